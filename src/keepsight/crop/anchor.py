"""What a window has to respect: a gravity after it has met the picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

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


class Grid(Protocol):
    """An array, or what becomes one when numpy asks for it: see `Later`."""

    def __array__(self) -> NDArray[Any]:
        """Shape (rows, columns)."""


class Later:
    """An array that is made when numpy first asks for it: most windows are chosen without looking at importance."""

    def __init__(self, make: Callable[[], NDArray[np.floating]]) -> None:
        self._make = cache(make)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        """As numpy's protocol has it. Raises what `make` raises."""
        return np.array(self._make(), dtype, copy=copy)


@dataclass(frozen=True, slots=True, eq=False)
class Weighted:
    """Automatic gravity: show as much as possible of `keep`, then as little of `avoid`, then what is important."""

    keep: tuple[Target, ...]
    avoid: tuple[Target, ...]
    importance: Grid | None
    """(rows, columns) laid over the whole source, any resolution and scale; negative cells count as 0."""
    thirds: bool = False
    """Prefer the subject on a line of thirds when the choice is otherwise nearly free."""
    level: int = 0
    """How far a thumbnail steps back from the closest window, 0, towards the largest one, 100."""


Anchor = Fixed | Point | Tight | Weighted
