"""What holds for every photo: the ends of the scale are where they should be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from quality_cases import RATIOS, case

from benchmarks.crop_quality.boxes import Box, Size
from benchmarks.crop_quality.cases import centre_crop
from benchmarks.crop_quality.metrics import score
from benchmarks.crop_quality.places import Weighed, automatic
from benchmarks.crop_quality.tasks import Kind, Mode, Ratio

sizes = st.builds(Size, st.integers(60, 900), st.integers(60, 900))
fractions = st.floats(0, 1, allow_nan=False)


@st.composite
def scenes(draw: st.DrawFn, most: int = 3) -> tuple[Size, tuple[Box, ...]]:
    """A size, and boxes of at least 4 px inside it."""
    size = draw(sizes)
    boxes = []
    for _ in range(draw(st.integers(1, most))):
        left, top = draw(fractions) * (size.width - 4), draw(fractions) * (size.height - 4)
        width, height = (4 + draw(fractions) * (room - 4) for room in (size.width - left, size.height - top))
        boxes.append(Box(left, top, left + width, top + height))
    return size, tuple(boxes)


ratios = st.sampled_from(RATIOS)
modes = st.sampled_from(list(Mode))


@given(scenes(), ratios, modes)
def test_the_oracle_shows_all_that_fits(scene: tuple[Size, tuple[Box, ...]], ratio: Ratio, mode: Mode) -> None:
    size, boxes = scene
    key = case(*boxes, size=size, ratio=ratio, mode=mode, kind=Kind.PLURAL)
    marks = score(key, key.ideal)
    assert (marks.inside, marks.ratio_ok) == (1, 1)
    assert (marks.recall_of_best, marks.bde) == (1, 0)
    if key.fits and all(b.width > 100 and b.height > 100 for b in boxes):  # "fits" grants a pixel, 1 % of that
        assert marks.whole_if_fits == 1
        assert marks.recall is not None
        assert marks.recall >= 0.99


@given(scenes(), ratios, modes)
def test_nobody_shows_more_than_the_oracle_with_its_window(
    scene: tuple[Size, tuple[Box, ...]], ratio: Ratio, mode: Mode
) -> None:
    size, boxes = scene
    key = case(*boxes, size=size, ratio=ratio, mode=mode)
    for x in range(0, size.width - key.window.width + 1, 40):
        for y in range(0, size.height - key.window.height + 1, 40):
            marks = score(key, Box(x, y, x + key.window.width, y + key.window.height))
            assert marks.recall is not None
            # Whole pixels against real edges: up to a pixel along either axis.
            slack = sum(b.width + b.height + 1 for b in boxes) / key.area
            assert marks.recall <= key.reachable + slack


@given(scenes(), ratios)
def test_no_window_shows_less_than_the_least(scene: tuple[Size, tuple[Box, ...]], ratio: Ratio) -> None:
    size, boxes = scene
    key = case(*boxes, size=size, ratio=ratio, kind=Kind.AVOID)
    for crop in (key.ideal, Box(0, 0, key.window.width, key.window.height)):
        marks = score(key, crop)
        assert marks.avoid_regret is not None
        assert marks.avoid_regret >= -1e-9


@given(scenes(), ratios)
def test_the_centre_crop_is_symmetrical(scene: tuple[Size, tuple[Box, ...]], ratio: Ratio) -> None:
    size, boxes = scene
    crop = centre_crop(case(*boxes, size=size, ratio=ratio).task)
    assert abs(crop.left - (size.width - crop.right)) <= 1
    assert abs(crop.top - (size.height - crop.bottom)) <= 1


@given(scenes(most=1), ratios)
def test_a_mirrored_photo_has_mirrored_marks(scene: tuple[Size, tuple[Box, ...]], ratio: Ratio) -> None:
    size, boxes = scene
    here = case(*boxes, size=size, ratio=ratio)
    there = case(*(b.mirrored(size.width) for b in boxes), size=size, ratio=ratio)
    assert abs(here.ideal.left - there.ideal.mirrored(size.width).left) <= 1
    assert here.reachable == pytest.approx(there.reachable, abs=2 * sum(b.height for b in boxes) / here.area)


@given(scenes(most=1), ratios)
def test_the_reference_geometry_keeps_whole_what_fits(scene: tuple[Size, tuple[Box, ...]], ratio: Ratio) -> None:
    size, (box,) = scene
    key = case(box, size=size, ratio=ratio)
    crop = automatic(size, key.window, keep=[Weighed(box)])
    marks = score(key, crop)
    assert (marks.inside, marks.ratio_ok) == (1, 1)
    assert marks.recall == pytest.approx(key.reachable, abs=2 * (box.width + box.height) / key.area)
