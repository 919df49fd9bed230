"""What share of the importance of a picture a window holds."""

from __future__ import annotations

import numpy as np
import pytest
from crop_cases import SOURCE, corner, held, many_cases
from hypothesis import given
from hypothesis import strategies as st

from keepsight.crop import Box, Size, Weighted
from keepsight.crop.mass import weigh


@given(st.data(), st.integers(1, 30), st.integers(1, 30), st.integers(0, 10**6))
@many_cases
def test_a_window_holds_the_sum_of_its_cells(data: st.DataObject, width: int, height: int, seed: int) -> None:
    """Windows as wide or as high as the picture, and nearly so: they are summed in another way."""
    source, grid = Size(width, height), np.random.default_rng(seed).random((5, 7))
    mass = weigh(grid, source, ())
    assert mass is not None
    near = [st.integers(max(1, side - 2), side) | st.integers(1, side) for side in (width, height)]
    window = Size(data.draw(near[0]), data.draw(near[1]))
    xs, ys = np.arange(width - window.width + 1), np.arange(height - window.height + 1)
    found = mass.held(xs, ys, window)
    assert found.shape == (len(ys), len(xs))
    for x, y in {(0, 0), (int(xs[-1]), int(ys[-1])), (int(xs[-1]), 0)}:
        expected = held(Weighted((), (), grid), source, (x, y, window.width, window.height))
        assert found[y, x] == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("grid", [np.full((3, 3), -1.0), np.full((2, 2), np.nan), np.zeros((0, 0)), None])
def test_a_map_without_mass_is_no_map(grid: np.ndarray | None) -> None:
    assert weigh(grid, SOURCE, ()) is None


def test_mass_inside_what_to_avoid_is_gone_and_the_rest_makes_up_the_whole() -> None:
    mass = weigh(
        np.ones((2, 4)), SOURCE, [Box(0, 0, 150, 150)]
    )  # one and a half of eight cells; within a cell, mass is even
    assert mass is not None
    origin = np.array([0])
    assert mass.held(origin, origin, Size(100, 150))[0, 0] == pytest.approx(0, abs=1e-12)
    assert mass.held(origin, origin, Size(200, 150))[0, 0] == pytest.approx(0.5 / 6.5)
    assert mass.held(origin, origin, SOURCE)[0, 0] == pytest.approx(1)


def test_the_centre_of_mass() -> None:
    mass = weigh(corner(30, 20), SOURCE, ())
    assert mass is not None
    assert mass.centre == pytest.approx((320, 220))
