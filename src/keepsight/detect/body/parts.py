"""Every part of a person that the key points let us tell."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from keepsight.detect.body.head import head_parts
from keepsight.detect.body.limbs import limb_parts
from keepsight.detect.body.part import detections_of
from keepsight.detect.body.skeleton import skeleton_of
from keepsight.detect.body.trunk import trunk_parts
from keepsight.detect.detector import Detection

RULES = 1
"""Raised whenever a rule changes what is found; part of the identity of derived models."""


def body_parts(person: Detection, size: tuple[int, int]) -> Iterator[Detection]:
    """The person and the visible parts of its body, in a picture of `size` (width, height) px.

    Labels are names of the vocabulary `human-anatomy`; `left` and `right` are the person's own sides. A part is as
    confident as the person times the least visible key point it hangs on, lies inside the person's box, and has the
    person's sharpness. Hair and beard cannot be told from key points.
    """
    for label in ("person", "body"):
        yield Detection(label, person.confidence, person.region)
    skeleton = skeleton_of(person, size)
    for part in chain(head_parts(skeleton), trunk_parts(skeleton), limb_parts(skeleton)):
        yield from detections_of(part, skeleton, size)
