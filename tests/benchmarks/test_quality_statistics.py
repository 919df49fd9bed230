from __future__ import annotations

import numpy as np
import pytest

from benchmarks.crop_quality.bootstrap import Bootstrap


def test_the_mean_is_over_cases_and_what_is_undefined_is_left_out() -> None:
    estimate = Bootstrap([0, 0, 1, 2]).mean(np.array([1.0, 0.0, np.nan, 1.0]))
    assert estimate is not None
    assert estimate.mean == pytest.approx(2 / 3)
    assert estimate.cases == 3
    assert Bootstrap([0]).mean(np.array([np.nan])) is None


def test_photos_are_resampled_not_cases() -> None:
    # A thousand cases of two photos that disagree: no more evidence than two photos give.
    photos = [0] * 500 + [1] * 500
    estimate = Bootstrap(photos).mean(np.array([0.0] * 500 + [1.0] * 500))
    assert estimate is not None
    assert (estimate.low, estimate.high) == (0, 1)


def test_the_interval_of_independent_cases_is_the_textbook_one() -> None:
    marks = np.random.default_rng(1).normal(size=400)
    estimate = Bootstrap(range(400)).mean(marks)
    assert estimate is not None
    half = 1.96 * marks.std() / 20
    assert estimate.high - estimate.mean == pytest.approx(half, rel=0.1)
    assert estimate.mean - estimate.low == pytest.approx(half, rel=0.1)


def test_a_constant_difference_has_no_spread() -> None:
    marks = np.random.default_rng(1).uniform(size=40)
    estimate = Bootstrap([i // 4 for i in range(40)]).difference(marks + 0.25, marks)
    assert estimate is not None
    assert estimate.low == pytest.approx(estimate.high) == pytest.approx(0.25)


def test_the_same_seed_gives_the_same_interval() -> None:
    marks = np.arange(30.0)
    one, same, other = (Bootstrap(range(30), seed).mean(marks) for seed in (0, 0, 1))
    assert one == same != other
