"""What is said of a first cut before anything was looked for: how much room it takes, and how large it is decoded."""

from __future__ import annotations

import pytest

from keepsight import parse_plan
from keepsight.delivery.first_cut import first_cut
from keepsight.pixels.formats import Format
from keepsight.pixels.header import Header

MOST = 16_000_000


def header(width: int, height: int, format_: Format = Format.PNG) -> Header:
    return Header(format_, width, height, 1, 1, False, 1)


@pytest.mark.parametrize(
    ("chain", "pixels"),
    [
        ("c_limit,w_4000,h_4000", 640 * 480),
        ("c_limit,w_4000", 640 * 480),
        ("c_lfill,w_2000,h_2000", 640 * 480),
        ("c_crop,w_1000,h_1000", 640 * 480),
        ("c_crop,w_100,h_100", 100 * 100),
        ("c_fit,w_1280,h_4000", 1280 * 960),
        ("c_scale,w_1280", 1280 * 960),
        ("c_fill,w_1000,h_200", 1000 * 200),
        ("c_pad,w_1000,h_2000", 1000 * 2000),
        ("c_scale,w_20000,h_20000", MOST),
        ("e_sepia", 640 * 480),
    ],
)
def test_no_more_room_is_taken_than_the_answer_can_need(chain: str, pixels: int) -> None:
    assert first_cut(parse_plan(chain), header(640, 480), MOST).pixels == pixels


@pytest.mark.parametrize(
    ("chain", "format_", "least", "close"),
    [
        ("c_fill,w_600,h_600", Format.PNG, 0.15, False),
        ("c_fit,w_600,h_600", Format.PNG, 0.1, False),
        ("c_thumb,w_600,h_400,g_face", Format.PNG, 0.1, True),
        ("c_auto,w_600,h_400", Format.WEBP, 0.1, True),
        ("c_thumb,w_600,h_400,g_face", Format.JPEG, 0.1, False),
        ("c_crop,w_600,h_400", Format.JPEG, 1.0, True),
    ],
)
def test_how_large_it_is_decoded(chain: str, format_: Format, least: float, close: bool) -> None:
    first = first_cut(parse_plan(chain), header(6000, 4000, format_), MOST)
    assert (pytest.approx(least), close) == (first.least, first.close)
