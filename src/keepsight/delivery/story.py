"""How a picture came about: what was decided for each step, and what is left to be done."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from keepsight.crop.anchor import Weighted
from keepsight.crop.box import Box, Size
from keepsight.crop.frame import Frame
from keepsight.crop.mass import weigh
from keepsight.crop.result import CropBox
from keepsight.focus.focus import Focus
from keepsight.pixels.operations import Operation, Source
from keepsight.transformation.output import Output
from keepsight.transformation.plan import Plan, Resize


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
        return self.frame.to_original(boxes(self.box)[0])

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


def all_warnings(plan: Plan, found: Iterable[str]) -> tuple[str, ...]:
    """Those of a plan and those `found` when its picture was made, each once."""
    return tuple(dict.fromkeys((*plan.warnings, *found)))


@dataclass(frozen=True, slots=True)
class Layout:
    """What the renderer has to do, and how it came about."""

    source: Source
    """Where the pixels come from: the original, or what had to be drawn to decide a later step."""
    operations: tuple[Operation, ...]
    decided: tuple[Decided, ...]
    others: tuple[Focus, ...]
    """What the places of layers and the regions of effects were found by."""
    visible: Box
    """The part of the original that is shown, in its pixels."""
    size: Size
    """Of the answer."""
    output: Output
    """How it is written."""
    warnings: tuple[str, ...] = ()
    """What was ignored or limited once the picture was there, a sentence each."""
    missing_scripts: tuple[str, ...] = ()
    """Scripts of texts for which boxes were drawn: the next one to ask may get letters."""

    @property
    def crop_box(self) -> str:
        """`x,y,w,h` in whole pixels of the upright original."""
        left, top = round(self.visible.left), round(self.visible.top)
        return f"{left},{top},{max(1, round(self.visible.right) - left)},{max(1, round(self.visible.bottom) - top)}"

    @property
    def reason(self) -> str:
        """For `X-Focus`: the reason of every cut, and of whatever else was looked for, joined by ` / `."""
        reasons = [d.focus.reason for d in self.decided] + [f.reason for f in self.others]
        return " / ".join(reasons) or "whole picture"

    @property
    def unavailable(self) -> tuple[str, ...]:
        """Models that were asked for and could not answer."""
        focuses = (*(d.focus for d in self.decided), *self.others)
        return tuple(dict.fromkeys(name for focus in focuses for name in focus.unavailable))


def boxes(box: CropBox) -> tuple[Box, Box]:
    """The window in the picture that was met, and where it lies on the new canvas."""
    x, y, width, height = box.content
    return Box(box.x, box.y, box.x + box.width, box.y + box.height), Box(x, y, x + width, y + height)
