from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepsight.transformation.hints import NO_HINTS, AutoWidth, Hints, auto_dpr, auto_width, parse_hints
from keepsight.transformation.scalars import MAX_SIDE

sides = st.integers(1, MAX_SIDE)
ratios = st.fractions(Fraction(1, 10), Fraction(10), max_denominator=100)


@pytest.mark.parametrize(
    ("headers", "hints"),
    [
        ({}, NO_HINTS),
        ({b"dpr": b"2.0"}, Hints(dpr=Fraction(2))),
        ({b"dpr": b"2.0", b"sec-ch-dpr": b"3"}, Hints(dpr=Fraction(3))),  # the newer name counts
        ({b"dpr": b"2.0", b"sec-ch-dpr": b"x"}, Hints(dpr=Fraction(2))),
        ({b"sec-ch-dpr": b"1.100000023841858"}, Hints(dpr=Fraction(5, 4))),
        ({b"sec-ch-dpr": b"1000"}, Hints(dpr=Fraction(10))),
        ({b"sec-ch-dpr": b"0"}, NO_HINTS),
        ({b"sec-ch-width": b"640", b"viewport-width": b"1280"}, Hints(width=640, viewport_width=1280)),
        ({b"width": b"320"}, Hints(width=320)),
        ({b"sec-ch-viewport-width": b"412;q=1"}, Hints(viewport_width=412)),
        ({b"width": b"0"}, NO_HINTS),
        ({b"width": b"65536"}, NO_HINTS),
        ({b"width": b"-5"}, NO_HINTS),
        ({b"width": "٣".encode()}, NO_HINTS),
    ],
)
def test_what_is_read_of_headers(headers: dict[bytes, bytes], hints: Hints) -> None:
    assert parse_hints(headers) == hints


@given(st.dictionaries(st.sampled_from((b"dpr", b"sec-ch-dpr", b"width", b"viewport-width")), st.binary(max_size=40)))
def test_any_header_gives_hints_within_bounds(headers: dict[bytes, bytes]) -> None:
    hints = parse_hints(headers)
    assert hints.dpr is None or Fraction(1, 10) <= hints.dpr <= 10
    assert all(side is None or 1 <= side <= MAX_SIDE for side in (hints.width, hints.viewport_width))


@given(st.floats(0.1, 10))
def test_a_ratio_is_rounded_up_to_a_quarter_at_most(ratio: float) -> None:
    dpr = auto_dpr(parse_hints({b"dpr": f"{ratio:.3f}".encode()}))
    assert Fraction(f"{ratio:.3f}") <= dpr < Fraction(f"{ratio:.3f}") + Fraction(1, 4)


@pytest.mark.parametrize(
    ("text", "width"),
    [
        ("auto", AutoWidth(100)),
        ("auto:50", AutoWidth(50)),
        ("auto:50:400", AutoWidth(50, 400)),
        ("auto:breakpoints", AutoWidth(50, None, 50, 1000)),
        ("auto:breakpoints:400", AutoWidth(50, 400, 50, 1000)),
        ("auto:breakpoints_100_1900_20_15:400", AutoWidth(129, 400, 100, 1900)),
        ("auto:breakpoints_200_200", AutoWidth(1, None, 200, 200)),
    ],
)
def test_what_may_be_written(text: str, width: AutoWidth) -> None:
    assert auto_width(text) == width


@pytest.mark.parametrize(
    "text",
    ["", "automatic", "auto:", "auto:0", "auto:x", "auto:1:2:3", "auto:100:0", "auto:65536", "auto:100:x", "auto:٣",
     "auto:breakpoints:json", "auto:breakpoints_5", "auto:breakpoints_9_3", "auto:breakpoints_1_2_3_0"],
)  # fmt: skip
def test_what_may_not(text: str) -> None:
    with pytest.raises(ValueError, match=r"^$|expected|not offered"):
        auto_width(text)


@given(sides, st.integers(1, 1000), ratios)
def test_the_picture_is_never_too_narrow_and_less_than_a_step_too_wide(wanted: int, step: int, dpr: Fraction) -> None:
    width = AutoWidth(step)(Hints(width=wanted), dpr)
    assert width is not None
    assert width * dpr >= wanted or width == MAX_SIDE
    assert (width - step) * dpr < wanted
    assert width % step == 0 or width == MAX_SIDE


@given(sides, sides, st.integers(1, 30))
def test_breakpoints_stay_between_their_ends_and_are_no_more_than_allowed(one: int, other: int, images: int) -> None:
    least, most = sorted((one, other))
    automatic = auto_width(f"auto:breakpoints_{least}_{most}_20_{images}")
    sample = [least + (most - least) * n // 200 for n in range(-20, 220)]
    widths = {automatic(Hints(width=w)) for w in sample}
    assert all(width is not None and least <= width <= most for width in widths)
    assert len(widths) <= max(2, images)


def test_the_viewport_stands_in_for_the_picture_and_the_fallback_for_both() -> None:
    automatic = auto_width("auto:50:300")
    assert automatic(Hints(width=210, viewport_width=900)) == 250
    assert automatic(Hints(viewport_width=901), Fraction(2)) == 950  # CSS pixels already
    assert automatic(NO_HINTS) == 300
    assert auto_width("auto")(NO_HINTS) is None
    assert auto_dpr(NO_HINTS) == 1
