"""Torso, chest, back and hip. Lengths in head heights of an adult with this body; every rule is decided here."""

from __future__ import annotations

from collections.abc import Iterator

from keepsight.detect.body.head import FACE
from keepsight.detect.body.part import Part
from keepsight.detect.body.skeleton import UP, Skeleton, direction, discs

SHOULDERS = ("left_shoulder", "right_shoulder")
HIPS = ("left_hip", "right_hip")
MARGIN = 0.3
"""From the joints to the outline of the trunk."""
LENGTH = 2.2
"""From the shoulders to the hips, in a portrait that shows no hips: .288 of the stature."""


def trunk_parts(body: Skeleton) -> Iterator[Part]:
    """Torso, chest or back when both shoulders are visible, and the hip when one of its sides is."""
    if body.body is None:
        return
    radius = MARGIN * body.body
    hips = tuple(name for name in HIPS if name in body)
    if hips:
        yield Part(("hip",), tuple(discs(1.3 * radius, *(body.points[name] for name in hips))), hips)
    if not all(name in body for name in SHOULDERS):
        return
    shoulders = tuple(body.points[name] for name in SHOULDERS)
    below = tuple(body.points[name] for name in hips) or _hips_below(body, shoulders)
    joints = (*SHOULDERS, *hips)
    yield Part(("torso",), tuple(discs(radius, *shoulders, *below)), joints)
    middle_down = sum(below) / len(below) - sum(shoulders) / 2
    if seen_from_behind(body, middle_down):
        yield Part(("back",), tuple(discs(radius, *shoulders, *below)), joints)
    else:
        half = tuple(shoulder + middle_down / 2 for shoulder in shoulders)
        yield Part(("chest",), tuple(discs(radius, *shoulders, *half)), SHOULDERS)


def seen_from_behind(body: Skeleton, down: complex) -> bool:
    """Whether the left shoulder is on the left, looking along the trunk (`down`), and no face is visible."""
    if any(name in body for name in FACE):
        return False
    across = body.points["left_shoulder"] - body.points["right_shoulder"]
    # To the right in the picture, for somebody upright: down turned by a quarter towards x.
    rightwards = down * -1j
    return (across * rightwards.conjugate()).real < 0


def _hips_below(body: Skeleton, shoulders: tuple[complex, ...]) -> tuple[complex, ...]:
    """Where the hips would be: away from the head. The person's box cuts off what the picture does not show."""
    middle = sum(shoulders) / 2
    head = body.middle(*FACE, "left_ear", "right_ear")
    down = (direction(head, middle) if head is not None else None) or -UP
    return tuple(shoulder + LENGTH * (body.body or 0) * down for shoulder in shoulders)
