"""By hand, in a photo of 600 x 400: a square fill window measures 400 x 400 and stands at x 100 in the centre crop."""

from __future__ import annotations

import pytest
from quality_cases import case

from benchmarks.crop_quality.boxes import Box
from benchmarks.crop_quality.metrics import score
from benchmarks.crop_quality.tasks import Kind, Mode, Ratio

CENTRE = Box(100, 0, 500, 400)
AT_THE_LEFT = Box(0, 100, 200, 200)


def test_a_centre_crop_cuts_half_of_a_thing_at_the_left() -> None:
    key = case(AT_THE_LEFT)
    marks = score(key, CENTRE)
    assert key.hard
    assert key.ideal == Box(0, 0, 400, 400)
    assert marks.recall == 0.5
    assert marks.recall_of_best == 0.5
    assert marks.whole_if_fits == 0
    assert marks.iou_ideal == pytest.approx(300 / 500)
    assert marks.bde == pytest.approx((100 + 100) / 600 / 4)
    assert marks.tight is None
    assert marks.avoid_clean is None
    assert (marks.inside, marks.ratio_ok) == (1, 1)


def test_the_ideal_crop_has_full_marks() -> None:
    key = case(AT_THE_LEFT)
    marks = score(key, key.ideal)
    assert (marks.recall, marks.recall_of_best, marks.whole_if_fits, marks.iou_ideal, marks.bde) == (1, 1, 1, 1, 0)


def test_what_does_not_fit_is_measured_against_the_best_there_is() -> None:
    key = case(Box(0, 0, 600, 100))
    marks = score(key, Box(0, 0, 200, 200))
    assert not key.fits
    assert not key.hard
    assert key.reachable == pytest.approx(2 / 3)
    assert marks.recall == pytest.approx(1 / 3)
    assert marks.recall_of_best == pytest.approx(1 / 2)
    assert marks.whole_if_fits is None


def test_of_two_things_too_far_apart_the_ideal_shows_the_larger() -> None:
    key = case(Box(0, 0, 200, 400), Box(590, 0, 600, 400), kind=Kind.PLURAL)
    assert key.ideal.left <= 0
    assert key.reachable == pytest.approx(200 / 210)


def test_a_thumbnail_is_tight_by_its_area() -> None:
    key = case(Box(0, 0, 400, 100), mode=Mode.THUMB)
    assert key.window.width == key.window.height == 400
    key = case(Box(100, 100, 200, 150), mode=Mode.THUMB)
    assert key.window.width == 400  # never enlarged beyond what was asked for
    wide = case(Box(100, 100, 300, 200), mode=Mode.CROP)
    assert (wide.window.width, wide.window.height) == (200, 200)
    assert score(wide, Box(100, 50, 300, 250)).tight == 1
    assert score(wide, Box(0, 0, 400, 400)).tight == pytest.approx(0.25)
    assert score(wide, Box(150, 50, 350, 250)).tight == 0  # cut


def test_avoiding_is_measured_against_the_least_possible() -> None:
    key = case(Box(150, 0, 250, 400), kind=Kind.AVOID)
    assert key.reachable == pytest.approx(0.5)  # 200 px are free at the right, the window needs 400 of 600
    assert key.ideal == Box(200, 0, 600, 400)
    marks = score(key, CENTRE)
    assert marks.avoided_shown == 1
    assert marks.avoid_regret == pytest.approx(0.5)
    assert marks.avoid_clean is None
    assert marks.recall is None


def test_clean_is_asked_for_where_it_is_possible() -> None:
    key = case(Box(0, 0, 150, 400), kind=Kind.AVOID)
    assert key.reachable == 0
    assert score(key, CENTRE).avoid_clean == 0
    assert score(key, Box(148, 0, 548, 400)).avoid_clean == 1  # 2 of 150 px: 1.3 %
    assert score(key, Box(146, 0, 546, 400)).avoid_clean == 0  # 2.7 %


@pytest.mark.parametrize(
    ("crop", "inside", "ratio_ok"),
    [
        (Box(0, 0, 400, 400), 1, 1),
        (Box(-1, -1, 400, 400), 1, 1),
        (Box(-2, 0, 398, 400), 0, 1),
        (Box(201, 0, 602, 400), 0, 1),
        (Box(0, 0, 400, 397), 1, 0),
        (Box(0, 0, 0, 0), 0, 1),
    ],
)
def test_soundness(crop: Box, inside: float, ratio_ok: float) -> None:
    marks = score(case(AT_THE_LEFT), crop)
    assert (marks.inside, marks.ratio_ok) == (inside, ratio_ok)


def test_a_ratio_may_be_off_by_the_rounding_of_the_side_that_follows() -> None:
    key = case(AT_THE_LEFT, ratio=Ratio(16, 9))
    assert score(key, Box(0, 0, 600, 338)).ratio_ok == 1
    assert score(key, Box(0, 0, 600, 340)).ratio_ok == 0
