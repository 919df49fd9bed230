"""Where an effect on part of a picture works."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil, floor

from keepsight.crop.box import Box
from keepsight.crop.frame import Frame
from keepsight.focus.focus import Focus
from keepsight.focus.resolve import resolve
from keepsight.focus.sight import Sight
from keepsight.transformation.effects import EFFECTS, Kind
from keepsight.transformation.gravity import Faces
from keepsight.transformation.plan import ApplyEffect, Resize
from keepsight.transformation.rounding import half_up
from keepsight.transformation.values import Length, Mode

Pixels = tuple[int, int, int, int]
"""Left, top, right, bottom."""


@dataclass(frozen=True, slots=True)
class Regions:
    """Boxes in whole pixels of the current picture, and how they were found, where something was looked for."""

    boxes: tuple[Pixels, ...]
    focus: Focus | None = None


def regions(step: ApplyEffect, frame: Frame, sight: Sight) -> Regions:
    """The boxes of a region effect: every face, what a gravity finds, or the rectangle of `x_`, `y_`, `w_`, `h_`.

    An object means all of its kind: who blurs a number plate wants none to be read. What a gravity does not find is
    left alone: a region effect has no fallback (both decided; the documents say nothing).
    A rectangle lacks nothing: it begins at the top left corner and reaches to the other edges.
    """
    gravity = Faces(every=True) if EFFECTS[step.effect.name].kind is Kind.FACES else step.gravity
    if gravity is not None:
        focus = resolve(Resize(Mode.CROP, gravity=gravity), frame, sight, every=True)
        return Regions(_inside((frame.to_current(seen.box) for seen in focus.kept), frame), focus)
    size = frame.size
    left, top = _pixels(step.x, size.width, 0), _pixels(step.y, size.height, 0)
    width, height = _pixels(step.width, size.width, size.width), _pixels(step.height, size.height, size.height)
    return Regions(_inside([Box(left, top, left + width, top + height)], frame))


def _inside(boxes: Iterable[Box], frame: Frame) -> tuple[Pixels, ...]:
    clipped = (box.clip(frame.size) for box in boxes)
    return tuple((floor(b.left), floor(b.top), ceil(b.right), ceil(b.bottom)) for b in clipped if b.area > 0)


def _pixels(length: Length | None, whole: int, otherwise: int) -> int:
    if length is None:
        return otherwise
    return length if isinstance(length, int) else half_up(length * whole)
