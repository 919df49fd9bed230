"""Automatic gravity laid over a picture: clipped, weighed, in an order that does not depend on how it was given."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache

from keepsight.crop.anchor import Target, Weighted
from keepsight.crop.box import Box, Size, hull
from keepsight.crop.mass import Mass, weigh

AIR = (0.04, 0.08, 0.16)
"""Decided: shares of a box's sides that are kept free around it where nothing else is at stake. A box of a detector
is off by some percent, so what touches the edge of a window is cut as often as not, and it looks cramped."""


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """What a search for the best window looks at."""

    source: Size
    keep: tuple[Target, ...]
    """Inside the source, none empty, heaviest first, weights summing to 1."""
    avoid: tuple[Target, ...]
    """As `keep`."""
    air: tuple[Target, ...]
    """The boxes of `keep` with some room around them, in several sizes."""
    berth: tuple[Target, ...]
    """The same of `avoid`."""
    focus: Box | None
    """What must stay whole if the window can hold it, and be near its middle: the hull of what to keep, or of the
    part of it that a close-up is about."""
    weighed: Callable[[], Mass | None]
    """Gives `mass`."""
    thirds: bool

    @property
    def mass(self) -> Mass | None:
        """What is important, weighed when first asked for: where what to keep decides, nobody asks."""
        return self.weighed()

    @property
    def subject(self) -> tuple[float, float] | None:
        """x and y of what the picture is about, in pixels of the source."""
        if self.focus is not None:
            return self.focus.centre
        return None if self.mass is None else self.mass.centre


def observe(anchor: Weighted, source: Size) -> Scene:
    """The scene of a source. A box given twice counts once; empty boxes and those without weight are left out."""
    keep = _ordered(anchor.keep, source)
    avoid = _ordered(anchor.avoid, source)
    focus = hull(target.box for target in keep) if keep else None
    weighed = cache(lambda: weigh(anchor.importance, source, (target.box for target in avoid)))
    return Scene(source, keep, avoid, _with_air(keep, source), _with_air(avoid, source), focus, weighed, anchor.thirds)


def _with_air(targets: tuple[Target, ...], source: Size) -> tuple[Target, ...]:
    return tuple(Target(target.box.grown(room).clip(source), target.weight) for target in targets for room in AIR)


def _ordered(targets: Iterable[Target], source: Size) -> tuple[Target, ...]:
    clipped = {Target(target.box.clip(source), target.weight) for target in targets}
    counted = [target for target in clipped if target.weight > 0 and target.box.area > 0]
    counted.sort(key=lambda target: _prominence(target, source), reverse=True)
    total = sum(target.weight for target in counted)
    return tuple(Target(target.box, target.weight / total) for target in counted)


def _prominence(target: Target, source: Size) -> tuple[float, ...]:
    """Heavier, then larger, then nearer to the centre; the place decides only between mirror images."""
    box = target.box
    off_x, off_y = box.left + box.right - source.width, box.top + box.bottom - source.height
    return target.weight, box.area, -(off_x**2 + off_y**2), -box.top, -box.left, -box.right
