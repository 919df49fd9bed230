from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.crop_quality.boxes import Box, Size, hull, intersection_over_union, union_area

EVERYTHING = Box(0, 0, 100, 100)
sides = st.tuples(st.integers(0, 90), st.integers(0, 90), st.integers(1, 60), st.integers(1, 60))
boxes = sides.map(lambda s: Box(s[0], s[1], s[0] + s[2], s[1] + s[3]))


@pytest.mark.parametrize(
    ("covering", "area"),
    [
        ([], 0),
        ([Box(10, 10, 30, 20)], 200),
        ([Box(90, 90, 120, 120)], 100),
        ([Box(0, 0, 10, 10), Box(5, 5, 15, 15)], 175),  # 100 + 100 - 25
        ([Box(0, 0, 10, 10), Box(20, 0, 30, 10)], 200),
        ([Box(0, 0, 50, 50), Box(10, 10, 20, 20)], 2500),
        ([Box(0, 0, 0, 50)], 0),
    ],
)
def test_overlaps_count_once_and_what_is_outside_does_not(covering: list[Box], area: float) -> None:
    assert union_area(covering, EVERYTHING) == area


@given(st.lists(boxes, min_size=1, max_size=5))
def test_union_area_counts_covered_pixels(covering: list[Box]) -> None:
    pixels = {
        (x, y)
        for box in covering
        for x in range(int(box.left), min(100, int(box.right)))
        for y in range(int(box.top), min(100, int(box.bottom)))
    }
    assert union_area(covering, EVERYTHING) == len(pixels)


@given(boxes, boxes)
def test_intersection_over_union(a: Box, b: Box) -> None:
    assert intersection_over_union(a, a) == 1
    assert intersection_over_union(a, b) == intersection_over_union(b, a)
    assert intersection_over_union(a, b) == pytest.approx(a.meet(b).area / union_area([a, b], hull((a, b))))


@given(boxes)
def test_mirroring_twice_changes_nothing(box: Box) -> None:
    assert box.mirrored(150).mirrored(150) == box
    assert box.mirrored(150).width == box.width


def test_clip() -> None:
    assert Box(-5, 5, 200, 300).clip(Size(100, 50)) == Box(0, 5, 100, 50)
    assert Box(120, 0, 140, 10).clip(Size(100, 50)).area == 0
