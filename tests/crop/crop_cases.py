"""Random requests, and what happens to them when the picture is mirrored, turned or enlarged.

KEEPSIGHT_PROPERTY_CASES sets how many cases each property sees; the long run is 100000.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st

from keepsight.crop import Anchor, Box, CropBox, Fixed, Point, Size, Target, Tight, Weighted, crop_box, hull
from keepsight.transformation.plan import Resize
from keepsight.transformation.values import Compass, Mode

ASKED_FOR = os.environ.get("KEEPSIGHT_PROPERTY_CASES")
many_cases = settings(
    max_examples=int(ASKED_FOR or 120), deadline=None, derandomize=ASKED_FOR is None, database=None, print_blob=True
)

CUTTING = (Mode.CROP, Mode.THUMB, Mode.FILL, Mode.LFILL, Mode.AUTO)
AUTOMATIC = (Mode.FILL_PAD, Mode.AUTO_PAD)
PADDING = (Mode.PAD, Mode.LPAD, Mode.MPAD)
WHOLE = (Mode.SCALE, Mode.FIT, Mode.LIMIT, Mode.MFIT)

EAST_WEST = {
    c: Compass(c.replace("east", "?").replace("west", "east").replace("?", "west"))
    for c in Compass  # mirrored left to right
}
ON_ITS_SIDE = {
    Compass.NORTH_WEST: Compass.NORTH_WEST,
    Compass.NORTH: Compass.WEST,
    Compass.NORTH_EAST: Compass.SOUTH_WEST,
    Compass.WEST: Compass.NORTH,
    Compass.CENTER: Compass.CENTER,
    Compass.EAST: Compass.SOUTH,
    Compass.SOUTH_WEST: Compass.NORTH_EAST,
    Compass.SOUTH: Compass.EAST,
    Compass.SOUTH_EAST: Compass.SOUTH_EAST,
}


@dataclass(frozen=True)
class Case:
    step: Resize
    source: Size
    anchor: Anchor

    def answer(self) -> CropBox:
        return crop_box(self.step, self.source, self.anchor)

    @property
    def needed(self) -> Box | None:
        """What has to be whole if it fits."""
        match self.anchor:
            case Tight(box):
                return box.clip(self.source)
            case Weighted(keep):
                boxes = [target.box.clip(self.source) for target in keep]
                boxes = [box for box in boxes if box.area > 0]
                return hull(boxes) if boxes else None
        return None

    def mirrored(self) -> Case:
        """Left becomes right."""
        width = self.source.width

        def mirror(box: Box) -> Box:
            return Box(width - box.right, box.top, width - box.left, box.bottom)

        match self.anchor:
            case Fixed(compass):
                # In the middle column an offset runs to the right; there it has to be turned round.
                middle = compass in (Compass.NORTH, Compass.CENTER, Compass.SOUTH)
                step = replace(self.step, x=-self.step.x) if middle and self.step.x else self.step
                return Case(step, self.source, Fixed(EAST_WEST[compass]))
            case Point(x, y):
                return replace(self, anchor=Point(width - x, y))
            case Tight(box, top_first):
                return replace(self, anchor=Tight(mirror(box), top_first))
            case Weighted(keep, avoid, importance, thirds):
                anchor = Weighted(
                    tuple(Target(mirror(t.box), t.weight) for t in keep),
                    tuple(Target(mirror(t.box), t.weight) for t in avoid),
                    None if importance is None else importance[:, ::-1],
                    thirds,
                )
                return replace(self, anchor=anchor)

    def on_its_side(self) -> Case:
        """Rows become columns."""
        step = replace(
            self.step,
            width=self.step.height,
            height=self.step.width,
            ratio=None if self.step.ratio is None else 1 / self.step.ratio,
            x=self.step.y,
            y=self.step.x,
        )

        def turn(box: Box) -> Box:
            return Box(box.top, box.left, box.bottom, box.right)

        anchor: Anchor
        match self.anchor:
            case Fixed(compass):
                anchor = Fixed(ON_ITS_SIDE[compass])
            case Point(x, y):
                anchor = Point(y, x)
            case Tight(box):
                anchor = Tight(turn(box))
            case Weighted(keep, avoid, importance, thirds):
                anchor = Weighted(
                    tuple(Target(turn(t.box), t.weight) for t in keep),
                    tuple(Target(turn(t.box), t.weight) for t in avoid),
                    None if importance is None else importance.T,
                    thirds,
                )
        return Case(step, Size(self.source.height, self.source.width), anchor)

    def enlarged(self, factor: int) -> Case:
        """The picture and every length in pixels, `factor` times."""

        def grow(length: int | Fraction | None) -> int | Fraction | None:
            return length * factor if isinstance(length, int) else length

        def blow_up(box: Box) -> Box:
            return Box(box.left * factor, box.top * factor, box.right * factor, box.bottom * factor)

        step = replace(
            self.step,
            width=grow(self.step.width),
            height=grow(self.step.height),
            x=grow(self.step.x),
            y=grow(self.step.y),
        )
        anchor: Anchor
        match self.anchor:
            case Fixed():
                anchor = self.anchor
            case Point(x, y):
                anchor = Point(x * factor, y * factor)
            case Tight(box, top_first):
                anchor = Tight(blow_up(box), top_first)
            case Weighted(keep, avoid, importance, thirds):
                anchor = Weighted(
                    tuple(Target(blow_up(t.box), t.weight) for t in keep),
                    tuple(Target(blow_up(t.box), t.weight) for t in avoid),
                    importance,
                    thirds,
                )
        return Case(step, Size(self.source.width * factor, self.source.height * factor), anchor)


sides = st.one_of(st.integers(1, 12), st.integers(13, 900), st.integers(13, 120))
sources = st.builds(Size, sides, sides)
ratios = st.one_of(
    st.sampled_from([Fraction(1), Fraction(16, 9), Fraction(9, 16), Fraction(4, 5), Fraction(3), Fraction("0.7")]),
    st.fractions(Fraction(1, 8), Fraction(8), max_denominator=100),
)
lengths = st.one_of(
    st.integers(1, 1200), st.integers(1, 60), st.fractions(Fraction(1, 50), Fraction(3, 2), max_denominator=100)
)
offsets = st.one_of(
    st.none(), st.integers(-200, 200), st.fractions(Fraction(-1, 2), Fraction(1, 2), max_denominator=100)
)
zooms = st.one_of(st.just(Fraction(1)), st.fractions(Fraction(1, 4), Fraction(4), max_denominator=20))


@st.composite
def boxes(draw: st.DrawFn, source: Size) -> Box:
    """A box that is not empty inside the source and may reach beyond it; edges at eighths of a pixel or anywhere."""

    def edges(line: int) -> tuple[float, float]:
        if draw(st.booleans()):
            low = draw(st.integers(-8, 8 * line - 8))
            high = draw(st.integers(max(low, 0) + 1, 8 * line + 16))
            return low / 8, high / 8
        low_share, high_share = sorted(draw(st.tuples(*[st.floats(0, 1, allow_subnormal=False)] * 2)))
        return low_share * line, max(high_share * line, low_share * line + 0.25)

    left, right = edges(source.width)
    top, bottom = edges(source.height)
    box = Box(left, top, right, bottom)
    return box if box.clip(source).area > 0 else Box(0, 0, source.width, source.height)


@st.composite
def weighted(draw: st.DrawFn, source: Size) -> Weighted:
    targets = st.builds(Target, boxes(source), st.sampled_from([0.05, 0.3, 0.5, 1.0]))
    grid = None
    if draw(st.booleans()):
        random = np.random.default_rng(draw(st.integers(0, 10**6)))
        grid = random.random((draw(st.integers(1, 12)), draw(st.integers(1, 12))))
    return Weighted(
        tuple(draw(st.lists(targets, max_size=4))),
        tuple(draw(st.lists(targets, max_size=2))),
        grid,
        draw(st.booleans()),
    )


def anchors(source: Size, kinds: tuple[type, ...]) -> st.SearchStrategy[Anchor]:
    of_kind = {
        Fixed: st.builds(Fixed, st.sampled_from(Compass)),
        Point: st.builds(
            Point,
            st.integers(-40, 8 * source.width + 40).map(lambda n: n / 8),
            st.integers(-40, 8 * source.height + 40).map(lambda n: n / 8),
        ),
        Tight: st.builds(Tight, boxes(source)),
        Weighted: weighted(source),
    }
    return st.one_of([of_kind[kind] for kind in kinds])


@st.composite
def cases(
    draw: st.DrawFn,
    modes: tuple[Mode, ...] = tuple(Mode),
    kinds: tuple[type, ...] = (Fixed, Point, Tight, Weighted),
    zoomed: bool = True,
    shapes: tuple[str, ...] = ("wh", "w", "h", "wr", "hr", "whr", "r", ""),
) -> Case:
    """A legal request. `shapes` says which of width, height and ratio are given."""
    mode = draw(st.sampled_from(modes))
    source = draw(sources)
    if mode in AUTOMATIC:
        kinds = tuple(kind for kind in kinds if kind in (Fixed, Weighted))
    if mode in PADDING:
        kinds = (Fixed,)
    anchor = draw(anchors(source, kinds))
    if mode in (Mode.FIT, Mode.LIMIT, Mode.MFIT):
        shapes = tuple(shape for shape in shapes if shape != "r")
    if not (mode is Mode.CROP and isinstance(anchor, Tight)):
        shapes = tuple(shape for shape in shapes if shape)
    shape = draw(st.sampled_from(shapes))
    step = Resize(
        mode,
        width=draw(lengths) if "w" in shape else None,
        height=draw(lengths) if "h" in shape else None,
        ratio=draw(ratios) if "r" in shape else None,
        x=draw(offsets),
        y=draw(offsets),
        zoom=draw(zooms) if zoomed else Fraction(1),
    )
    return Case(step, source, anchor)


def shown_of(answer: CropBox, box: Box) -> float:
    """Square pixels of the box inside the window."""
    width = min(answer.x + answer.width, box.right) - max(answer.x, box.left)
    height = min(answer.y + answer.height, box.bottom) - max(answer.y, box.top)
    return max(0.0, width) * max(0.0, height)


def holds(answer: CropBox, box: Box) -> bool:
    return (
        answer.x <= box.left
        and answer.y <= box.top
        and answer.x + answer.width >= box.right
        and answer.y + answer.height >= box.bottom
    )


SOURCE = Size(400, 300)


def overlap(low: float, high: float, start: int, window: int) -> float:
    return max(0.0, min(start + window, high) - max(start, low)) / (high - low)


def share(box: Box, x: int, y: int, width: int, height: int) -> float:
    return overlap(box.left, box.right, x, width) * overlap(box.top, box.bottom, y, height)


def held(anchor: Weighted, source: Size, window: tuple[int, int, int, int]) -> float:
    """The mass of the importance, summed cell by cell."""
    grid = anchor.importance.copy()
    rows, columns = grid.shape
    total = 0.0
    for row in range(rows):
        for column in range(columns):
            top, bottom = row * source.height / rows, (row + 1) * source.height / rows
            left, right = column * source.width / columns, (column + 1) * source.width / columns
            total += grid[row, column] * share(Box(left, top, right, bottom), *window)
    return total / grid.sum()


def corner(x: int, y: int) -> np.ndarray:
    """A map of 40 x 30 cells with all its weight in 4 x 4 of them."""
    grid = np.zeros((30, 40))
    grid[y : y + 4, x : x + 4] = 1.0
    return grid
