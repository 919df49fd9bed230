"""From a plan to numbers: every cut and turn decided from the header and the detections, before pixels are touched."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from keepsight.crop.anchor import Weighted
from keepsight.crop.box import Box, Size
from keepsight.crop.engine import crop_box
from keepsight.crop.frame import Frame
from keepsight.crop.mass import weigh
from keepsight.crop.result import CropBox
from keepsight.errors import BadRequest
from keepsight.focus.focus import Focus
from keepsight.focus.resolve import resolve
from keepsight.focus.sight import Sight
from keepsight.pixels.operations import Cut, Operation
from keepsight.transformation.plan import Plan, Resize, Rotate
from keepsight.transformation.values import Mode


@dataclass(frozen=True, slots=True)
class Decided:
    """One resize after it met the picture."""

    step: Resize
    focus: Focus
    box: CropBox
    frame: Frame
    """The picture that the step met."""

    @property
    def window(self) -> Box:
        """What the step shows, in pixels of the original; padding of earlier steps may reach outside of it."""
        return self.frame.to_original(_boxes(self.box)[0])

    @property
    def importance_kept(self) -> float | None:
        """Share 0..1 of the importance map inside the window; None where no map had a say."""
        if not isinstance(self.focus.anchor, Weighted):
            return None
        mass = weigh(self.focus.anchor.importance, self.frame.size, ())
        if mass is None:
            return None
        xs, ys = np.array([self.box.x]), np.array([self.box.y])
        return float(mass.held(xs, ys, Size(self.box.width, self.box.height))[0, 0])


@dataclass(frozen=True, slots=True)
class Layout:
    """What the renderer has to do, and how it came about."""

    operations: tuple[Operation, ...]
    decided: tuple[Decided, ...]
    visible: Box
    """The part of the original that is shown, in its pixels."""
    size: Size
    """Of the answer."""

    @property
    def crop_box(self) -> str:
        """`x,y,w,h` in whole pixels of the upright original."""
        left, top = round(self.visible.left), round(self.visible.top)
        return f"{left},{top},{max(1, round(self.visible.right) - left)},{max(1, round(self.visible.bottom) - top)}"

    @property
    def reason(self) -> str:
        """For `X-Focus`: the reason of every cut, joined by ` / `."""
        return " / ".join(d.focus.reason for d in self.decided) or "whole picture"

    @property
    def unavailable(self) -> tuple[str, ...]:
        """Models that were asked for and could not answer."""
        return tuple(dict.fromkeys(name for d in self.decided for name in d.focus.unavailable))


def lay_out(plan: Plan, sight: Sight, margin: Fraction, max_pixels: int) -> Layout:
    """Decide every step of the plan for one picture. Raises BadRequest, also for an answer above `max_pixels`."""
    frame = Frame(sight.size)
    visible = Box(0, 0, sight.size.width, sight.size.height)
    operations: list[Operation] = []
    decided: list[Decided] = []
    for step in plan.steps:
        match step:
            case Resize():
                focus = resolve(step, frame, sight)
                if step.mode is Mode.CROP and not focus.kept:  # a crop zooms into what was found, and nothing was
                    step = replace(step, zoom=Fraction(1))  # noqa: PLW2901 - the step as it is carried out
                box = crop_box(step, frame.size, focus.anchor, margin)
                _check_size(box.delivered, max_pixels)
                decided.append(Decided(step, focus, box, frame))
                operations.append(_cut(step, box))
                window, content = _boxes(box)
                visible = _overlap(visible, frame.to_original(window))
                frame = frame.cut(window, content, box.delivered)
            case Rotate(turns):
                for turn in turns:
                    operations.append(turn)
                    frame = frame.turn(turn)
    return Layout(tuple(operations), tuple(decided), visible, frame.size)


def _cut(step: Resize, box: CropBox) -> Cut:
    x, y, width, height = box.content
    return Cut(
        box=(box.x, box.y, box.x + box.width, box.y + box.height),
        size=(width, height),
        canvas=(box.delivered.width, box.delivered.height),
        offset=(x, y),
        background=step.background,
    )


def _boxes(box: CropBox) -> tuple[Box, Box]:
    x, y, width, height = box.content
    return Box(box.x, box.y, box.x + box.width, box.y + box.height), Box(x, y, x + width, y + height)


def _overlap(a: Box, b: Box) -> Box:
    return Box(max(a.left, b.left), max(a.top, b.top), min(a.right, b.right), min(a.bottom, b.bottom))


def _check_size(size: Size, max_pixels: int) -> None:
    if size.width * size.height > max_pixels:
        raise BadRequest(
            f"The image would measure {size.width}x{size.height} (expected at most {max_pixels} pixels in all)"
        )
