"""The first cut of a plan before anything was looked for: how large it is decoded, and how much room it takes."""

from __future__ import annotations

from dataclasses import dataclass

from keepsight.pixels.formats import Format
from keepsight.pixels.header import Header
from keepsight.transformation.plan import Plan, Resize
from keepsight.transformation.values import Mode

_FITTING = frozenset({Mode.FIT, Mode.LIMIT, Mode.PAD, Mode.LPAD, Mode.MPAD})
_CLOSE = frozenset({Mode.THUMB, Mode.AUTO, Mode.AUTO_PAD})
_NEVER_LARGER = frozenset({Mode.LIMIT, Mode.LFILL, Mode.CROP})


@dataclass(frozen=True, slots=True)
class FirstCut:
    """What can be said of it."""

    least: float
    """Pixels per source pixel that it needs if it shows the whole picture."""
    close: bool
    """Whether it may be closer to its subject, which is known once that is found. A JPEG is then decoded again, out of
    its cheap scales; the others cost as much at any scale, so they come in full from the start, unless they are so
    large that cuts are made while they come."""
    pixels: int
    """Of what is made of it, at most, roughly."""


def first_cut(plan: Plan, header: Header, max_pixels: int) -> FirstCut:
    """What the first step of a plan asks of an original; `max_pixels` is the most that an answer may have."""
    first = plan.steps[0] if plan.steps else None
    original = header.width * header.height
    if not isinstance(first, Resize):
        return FirstCut(1.0, close=False, pixels=original)
    width = first.width if isinstance(first.width, int) else header.width * (first.width or 0)
    height = first.height if isinstance(first.height, int) else header.height * (first.height or 0)
    scales = [float(each) for each in (width / header.width, height / header.height) if each]
    # What has to fit into the request needs no more than its tighter side asks for.
    least = (min if first.mode in _FITTING else max)(scales, default=1.0)
    shaped_like_it = first.mode in (Mode.FIT, Mode.LIMIT) or not (width and height)
    pixels = int(least**2 * original if shaped_like_it else width * height)
    if first.mode in _NEVER_LARGER:
        pixels = min(pixels, original)
    close = first.mode is Mode.CROP or (first.mode in _CLOSE and header.format is not Format.JPEG)
    return FirstCut(1.0 if first.mode is Mode.CROP else least, close, min(pixels, max_pixels))
