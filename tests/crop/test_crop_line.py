"""The primitives, against their definitions tried out over every integer."""

from __future__ import annotations

from fractions import Fraction

import pytest
from crop_cases import many_cases
from hypothesis import given
from hypothesis import strategies as st

from keepsight.crop.box import Box, Size
from keepsight.crop.line import Span, keep, outer, place
from keepsight.crop.ratio import fit, max_ratio, min_ratio
from keepsight.transformation.rounding import half_up

windows = st.integers(1, 60).flatmap(lambda line: st.tuples(st.just(line), st.integers(1, line)))
places = st.fractions(-10, 70, max_denominator=8)
spans = st.tuples(places, places).map(lambda ends: Span(min(ends), max(ends)))


@pytest.mark.parametrize(("value", "rounded"), [("0.5", 1), ("1.5", 2), ("2.49", 2), ("-0.5", 0), ("1071.43", 1071)])
def test_halves_round_upwards(value: str, rounded: int) -> None:
    assert half_up(Fraction(value)) == rounded


@pytest.mark.parametrize(
    ("line", "window", "wanted", "start"),
    [
        (10, 4, "-3", 0),
        (10, 4, "9", 6),
        (10, 4, "2.4", 2),
        (10, 4, "2.6", 3),
        (10, 4, "1.5", 2),  # a tie below the centre goes up to it
        (10, 4, "4.5", 4),  # a tie above it goes down
        (9, 4, "2.5", 2),  # the exact centre between two pixels: the lower one
        (5, 5, "1", 0),
    ],
)
def test_place(line: int, window: int, wanted: str, start: int) -> None:
    assert place(line, window, Fraction(wanted)) == start


@given(windows, places)
@many_cases
def test_placing_commutes_with_mirroring(drawn: tuple[int, int], wanted: Fraction) -> None:
    line, window = drawn
    free = line - window
    start, mirrored = place(line, window, wanted), place(line, window, free - wanted)
    assert 0 <= start <= free
    assert abs(start - min(max(wanted, 0), free)) <= Fraction(1, 2)
    assert start + mirrored == free or wanted == Fraction(free, 2)


@given(windows, spans)
@many_cases
def test_keep_is_the_set_of_starts_that_show_the_span(drawn: tuple[int, int], span: Span) -> None:
    line, window = drawn
    span = Span(min(max(span.low, Fraction(0)), Fraction(line)), min(max(span.high, Fraction(0)), Fraction(line)))
    showing = [start for start in range(line - window + 1) if start <= span.low and span.high <= start + window]
    assert keep(line, window, span) == ((showing[0], showing[-1]) if showing else None)


@given(st.integers(1, 60), spans)
@many_cases
def test_outer_covers_what_is_inside_with_as_few_pixels_as_can_be(line: int, span: Span) -> None:
    start, end = outer(line, span)
    assert 0 <= start < end <= line
    low, high = max(span.low, 0), min(span.high, line)
    if low < high:
        assert start <= low < start + 1
        assert end - 1 < high <= end


@pytest.mark.parametrize(
    ("size", "ratio", "window"),
    [
        (Size(1920, 1280), Fraction(750, 1071), Size(896, 1280)),
        (Size(400, 300), Fraction(1), Size(300, 300)),
        (Size(300, 400), Fraction(16, 9), Size(300, 169)),
        (Size(400, 300), Fraction(4, 3), Size(400, 300)),
        (Size(3, 1000), Fraction(1000), Size(3, 1)),
    ],
)
def test_max_ratio(size: Size, ratio: Fraction, window: Size) -> None:
    assert max_ratio(size, ratio) == window


@pytest.mark.parametrize(
    ("width", "height", "ratio", "window"),
    [
        (100, 10, Fraction(3, 2), Size(100, 67)),
        (10, 100, Fraction(2, 3), Size(67, 100)),
        (30, 20, Fraction(3, 2), Size(30, 20)),
        (Fraction(7, 2), 1, Fraction(1), Size(4, 4)),
    ],
)
def test_min_ratio(width: Fraction, height: Fraction, ratio: Fraction, window: Size) -> None:
    assert min_ratio(width, height, ratio) == window


def test_fit_never_vanishes() -> None:
    assert fit(Size(1000, 1), Size(10, 10)) == Size(10, 1)


def test_the_noise_of_floats_costs_no_pixel() -> None:
    assert Box(0.1 * 3 * 100, 0, 64.00000000000001, 9.999999999).clip(Size(100, 100)) == Box(30, 0, 64, 10)


@pytest.mark.parametrize("edge", [float("nan"), float("inf")])
def test_an_edge_that_is_no_number_is_refused(edge: float) -> None:
    with pytest.raises((ValueError, OverflowError)):
        Box(0, 0, edge, 10).clip(Size(100, 100))
