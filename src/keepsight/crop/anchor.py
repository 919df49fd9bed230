"""What a window has to respect: a gravity after it has met the picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from keepsight.crop.box import Box
from keepsight.transformation.values import Compass


@dataclass(frozen=True, slots=True)
class Fixed:
    """One of the nine places; what was asked for but not found ends here too. `x_` and `y_` shift it."""

    compass: Compass


@dataclass(frozen=True, slots=True)
class Point:
    """A point of the source, in its pixels, to be in the middle of the window."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Tight:
    """One box in source pixels: the chosen object or face, or the hull of several."""

    box: Box
    top_first: bool = False
    """Where the box is taller than the window, keep its top (a person's head) instead of its middle."""


@dataclass(frozen=True, slots=True)
class Target:
    """A box in source pixels and how much it counts against the others; a weight of 0 or less counts nothing."""

    box: Box
    weight: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Weighted:
    """Automatic gravity: show as much as possible of `keep`, then as little of `avoid`, then what is important."""

    keep: tuple[Target, ...]
    avoid: tuple[Target, ...]
    importance: NDArray[np.floating] | None
    """(rows, columns) laid over the whole source, any resolution and scale; negative cells count as 0."""
    thirds: bool = False
    """Prefer the subject on a line of thirds when the choice is otherwise nearly free."""
    level: int = 0
    """How far a thumbnail steps back from the closest window, 0, towards the largest one, 100."""


Anchor = Fixed | Point | Tight | Weighted
