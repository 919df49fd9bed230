"""Every mode by example: what the documentation shows, and what was decided where it is silent."""

from __future__ import annotations

from fractions import Fraction

import pytest

from keepsight.crop import Anchor, Box, CropBox, Fixed, Point, Size, Target, Tight, Weighted, crop_box
from keepsight.errors import BadRequest
from keepsight.transformation.plan import Resize
from keepsight.transformation.values import Compass, Mode

CENTER = Fixed(Compass.CENTER)
NORTH_WEST = Fixed(Compass.NORTH_WEST)
SOUTH_EAST = Fixed(Compass.SOUTH_EAST)
LANDSCAPE = Size(400, 300)
CAT = Tight(Box(100, 100, 150, 140))
F = Fraction


def check(step: Resize, anchor: Anchor, window: tuple[int, int, int, int], delivered: tuple[int, int]) -> None:
    expected = CropBox(*window, Size(*delivered), (0, 0, *delivered))
    assert crop_box(step, LANDSCAPE, anchor) == expected


def test_the_published_sample_of_fill() -> None:
    answer = crop_box(Resize(Mode.FILL, width=750, ratio=F("0.7")), Size(1920, 1280), Point(23 + 448, 640))
    assert answer == CropBox(23, 0, 896, 1280, Size(750, 1071), (0, 0, 750, 1071))
    assert answer.delivered.width / answer.width == 0.8370535714285714


def test_the_published_sample_of_a_missing_side() -> None:
    assert crop_box(Resize(Mode.CROP, width=200), Size(400, 600), CENTER).delivered == Size(200, 300)


@pytest.mark.parametrize(
    ("step", "delivered"),
    [
        (Resize(Mode.SCALE, width=100, height=100), (100, 100)),
        (Resize(Mode.SCALE, width=F(1, 2)), (200, 150)),
        (Resize(Mode.SCALE, width=1), (1, 1)),
        (Resize(Mode.SCALE, width=F(1)), (400, 300)),
        (Resize(Mode.SCALE, height=600), (800, 600)),
        (Resize(Mode.SCALE, width=100, height=10, ratio=F(9)), (100, 10)),
        (Resize(Mode.SCALE, width=100, ratio=F(2)), (100, 50)),
        (Resize(Mode.SCALE, ratio=F(16, 9)), (400, 225)),
        (Resize(Mode.SCALE, ratio=F(1, 2)), (150, 300)),
        (Resize(Mode.SCALE, ratio=F(1)), (300, 300)),
        (Resize(Mode.FIT, width=200, height=200), (200, 150)),
        (Resize(Mode.FIT, width=4000, height=600), (800, 600)),
        (Resize(Mode.FIT, width=200, ratio=F(4)), (67, 50)),
        (Resize(Mode.LIMIT, width=200, height=200), (200, 150)),
        (Resize(Mode.LIMIT, width=800, height=800), (400, 300)),
        (Resize(Mode.LIMIT, width=800, height=150), (200, 150)),
        (Resize(Mode.MFIT, width=200, height=200), (400, 300)),
        (Resize(Mode.MFIT, width=800, height=150), (400, 300)),
        (Resize(Mode.MFIT, width=800, height=800), (800, 600)),
    ],
)
def test_whole_picture_modes(step: Resize, delivered: tuple[int, int]) -> None:
    check(step, CENTER, (0, 0, 400, 300), delivered)


@pytest.mark.parametrize(
    ("step", "compass", "canvas", "content"),
    [
        (Resize(Mode.PAD, width=200, height=200), Compass.CENTER, (200, 200), (0, 25, 200, 150)),
        (Resize(Mode.PAD, width=200, height=200), Compass.NORTH, (200, 200), (0, 0, 200, 150)),
        (Resize(Mode.PAD, width=200, height=200, y=10), Compass.SOUTH, (200, 200), (0, 40, 200, 150)),
        (Resize(Mode.PAD, width=200, height=200, y=10), Compass.NORTH, (200, 200), (0, 10, 200, 150)),
        (Resize(Mode.PAD, width=200, height=200, y=F(1, 5)), Compass.NORTH, (200, 200), (0, 30, 200, 150)),
        (Resize(Mode.PAD, width=200, height=200, y=999), Compass.NORTH, (200, 200), (0, 50, 200, 150)),
        (Resize(Mode.PAD, width=1200, height=600), Compass.EAST, (1200, 600), (400, 0, 800, 600)),
        (Resize(Mode.PAD, width=1200, height=600, x=50), Compass.EAST, (1200, 600), (350, 0, 800, 600)),
        (Resize(Mode.PAD, ratio=F(1)), Compass.CENTER, (400, 400), (0, 50, 400, 300)),
        (Resize(Mode.PAD, ratio=F(16, 9)), Compass.WEST, (534, 300), (0, 0, 400, 300)),
        (Resize(Mode.LPAD, width=200, height=200), Compass.CENTER, (200, 200), (0, 25, 200, 150)),
        (Resize(Mode.LPAD, width=800, height=800), Compass.CENTER, (800, 800), (200, 250, 400, 300)),
        (Resize(Mode.LPAD, width=800, height=150), Compass.CENTER, (800, 150), (300, 0, 200, 150)),
        (Resize(Mode.MPAD, width=200, height=200), Compass.CENTER, (400, 300), (0, 0, 400, 300)),
        (Resize(Mode.MPAD, width=500, height=500), Compass.SOUTH_EAST, (500, 500), (100, 200, 400, 300)),
        (Resize(Mode.MPAD, width=500, height=100), Compass.CENTER, (500, 300), (50, 0, 400, 300)),
    ],
)
def test_padding_modes(
    step: Resize, compass: Compass, canvas: tuple[int, int], content: tuple[int, int, int, int]
) -> None:
    assert crop_box(step, LANDSCAPE, Fixed(compass)) == CropBox(0, 0, 400, 300, Size(*canvas), content)


@pytest.mark.parametrize(
    ("step", "anchor", "window", "delivered"),
    [
        (Resize(Mode.FILL, width=150, height=150), CENTER, (50, 0, 300, 300), (150, 150)),
        (Resize(Mode.FILL, width=600, height=600), CENTER, (50, 0, 300, 300), (600, 600)),
        (Resize(Mode.FILL, ratio=F(1)), CENTER, (50, 0, 300, 300), (300, 300)),
        (Resize(Mode.FILL, width=150, height=150, x=10), Fixed(Compass.WEST), (20, 0, 300, 300), (150, 150)),
        (Resize(Mode.FILL, width=150, height=150, x=10), Fixed(Compass.EAST), (80, 0, 300, 300), (150, 150)),
        (Resize(Mode.FILL, width=150, height=150, x=F(1, 10)), Fixed(Compass.WEST), (40, 0, 300, 300), (150, 150)),
        (Resize(Mode.FILL, width=150, height=150, x=10), CAT, (0, 0, 300, 300), (150, 150)),
        (Resize(Mode.FILL, width=100, height=300), CAT, (75, 0, 100, 300), (100, 300)),
        (Resize(Mode.FILL, width=10, height=300), CAT, (120, 0, 10, 300), (10, 300)),
        (Resize(Mode.LFILL, width=150, height=150), CENTER, (50, 0, 300, 300), (150, 150)),
        (Resize(Mode.LFILL, width=500, height=200), CENTER, (0, 50, 400, 200), (400, 200)),
        (Resize(Mode.LFILL, width=500, height=500), CENTER, (0, 0, 400, 300), (400, 300)),
        (Resize(Mode.FILL_PAD, width=150, height=150), Fixed(Compass.EAST), (100, 0, 300, 300), (150, 150)),
    ],
)
def test_filling_modes(
    step: Resize, anchor: Anchor, window: tuple[int, int, int, int], delivered: tuple[int, int]
) -> None:
    check(step, anchor, window, delivered)


@pytest.mark.parametrize(
    ("step", "anchor", "window"),
    [
        (Resize(Mode.CROP, width=100, height=50), CENTER, (150, 125, 100, 50)),
        (Resize(Mode.CROP, width=100, height=50, x=30, y=20), NORTH_WEST, (30, 20, 100, 50)),
        (Resize(Mode.CROP, width=100, height=50, x=30, y=20), SOUTH_EAST, (270, 230, 100, 50)),
        (Resize(Mode.CROP, width=100, height=50, x=30, y=20), CENTER, (180, 145, 100, 50)),
        (Resize(Mode.CROP, width=100, height=50, x=390, y=20), NORTH_WEST, (300, 20, 100, 50)),
        (Resize(Mode.CROP, width=F(1, 4), height=F(1, 2), x=F(1, 10)), NORTH_WEST, (40, 0, 100, 150)),
        (Resize(Mode.CROP, width=1000, height=50), CENTER, (0, 125, 400, 50)),
        (Resize(Mode.CROP, width=1000, ratio=F(1)), CENTER, (50, 0, 300, 300)),
        (Resize(Mode.CROP, width=1000), CENTER, (0, 0, 400, 300)),
        (Resize(Mode.CROP, height=100, ratio=F(3, 2)), CENTER, (125, 100, 150, 100)),
        (Resize(Mode.CROP, ratio=F(1)), CENTER, (50, 0, 300, 300)),
        (Resize(Mode.CROP, width=100, height=50), Point(100, 100), (50, 75, 100, 50)),
        (Resize(Mode.CROP, width=100, height=50), Point(10, 299), (0, 250, 100, 50)),
        (Resize(Mode.CROP), CAT, (100, 100, 50, 40)),
        (Resize(Mode.CROP), Tight(Box(100.2, 100.9, 149.5, 139.1)), (100, 100, 50, 40)),
        (Resize(Mode.CROP, zoom=F(1, 2)), CAT, (75, 80, 100, 80)),
        (Resize(Mode.CROP, zoom=F(2)), CAT, (112, 110, 26, 20)),
        (Resize(Mode.CROP, zoom=F(1, 10)), CAT, (0, 0, 375, 300)),
        (Resize(Mode.CROP, ratio=F(1)), CAT, (100, 95, 50, 50)),
        (Resize(Mode.CROP, ratio=F(2)), CAT, (85, 100, 80, 40)),
        (Resize(Mode.CROP, ratio=F(2), zoom=F(1, 2)), CAT, (45, 80, 160, 80)),
        (Resize(Mode.CROP, ratio=F(4)), Tight(Box(50, 0, 90, 300)), (0, 100, 400, 100)),
        (Resize(Mode.CROP, width=100, height=100, x=9, y=9, zoom=F(3)), CAT, (75, 70, 100, 100)),
        (Resize(Mode.CROP, width=60, height=60), Tight(Box(0, 0, 20, 20)), (0, 0, 60, 60)),
        (Resize(Mode.CROP, width=20, height=20), CAT, (115, 110, 20, 20)),
        (Resize(Mode.CROP, width=20, height=20), Tight(CAT.box, top_first=True), (115, 100, 20, 20)),
        (Resize(Mode.CROP, width=60, height=60), Tight(CAT.box, top_first=True), (95, 90, 60, 60)),
    ],
)
def test_crop(step: Resize, anchor: Anchor, window: tuple[int, int, int, int]) -> None:
    check(step, anchor, window, window[2:])


@pytest.mark.parametrize(
    ("step", "anchor", "window", "delivered"),
    [
        # 50 x 40 and 4 % on each side are 54 x 44 pixels once rounded outwards
        (Resize(Mode.THUMB, width=27, height=22), CAT, (98, 98, 54, 44), (27, 22)),
        (Resize(Mode.THUMB, width=27, height=27), CAT, (98, 93, 54, 54), (27, 27)),
        (Resize(Mode.THUMB, width=20, height=20), CAT, (98, 93, 54, 54), (20, 20)),
        (Resize(Mode.THUMB, width=20, height=20, zoom=F(1, 2)), CAT, (71, 66, 108, 108), (20, 20)),
        (Resize(Mode.THUMB, width=20, height=20, zoom=F(2)), CAT, (112, 107, 27, 27), (20, 20)),
        (Resize(Mode.THUMB, width=120, height=120), CAT, (65, 60, 120, 120), (120, 120)),
        (Resize(Mode.THUMB, width=600, height=600), CAT, (0, 0, 300, 300), (300, 300)),
        (Resize(Mode.THUMB, width=20, height=20), CENTER, (50, 0, 300, 300), (20, 20)),
        (Resize(Mode.THUMB, width=20, height=20, zoom=F(3)), Fixed(Compass.NORTH), (50, 0, 300, 300), (20, 20)),
        (Resize(Mode.THUMB, width=20, height=20), Tight(Box(0, 0, 400, 300)), (50, 0, 300, 300), (20, 20)),
    ],
)
def test_thumb(step: Resize, anchor: Anchor, window: tuple[int, int, int, int], delivered: tuple[int, int]) -> None:
    check(step, anchor, window, delivered)


def test_the_margin_of_a_thumbnail_can_be_set() -> None:
    step = Resize(Mode.THUMB, width=10, height=8)
    assert crop_box(step, LANDSCAPE, CAT, margin=F(0)) == CropBox(100, 100, 50, 40, Size(10, 8), (0, 0, 10, 8))
    assert crop_box(step, LANDSCAPE, CAT, margin=F(1, 2)).width == 100


@pytest.mark.parametrize(
    ("ratio", "window"), [(F(1), (100, 95, 50, 50)), (F(2), (85, 100, 80, 40)), (F(1, 2), (100, 70, 50, 100))]
)
def test_a_thumbnail_of_a_ratio_without_a_size_is_as_close_as_the_ratio_allows(
    ratio: Fraction, window: tuple[int, int, int, int]
) -> None:
    answer = crop_box(Resize(Mode.THUMB, ratio=ratio), LANDSCAPE, CAT, margin=F(0))
    assert (answer.x, answer.y, answer.width, answer.height) == window
    assert answer.delivered == Size(*window[2:]), "at its own size"
    assert crop_box(Resize(Mode.THUMB, ratio=ratio), LANDSCAPE, CENTER).height == min(300, int(400 / ratio))


def test_fill_pad_fills_when_that_cuts_nothing() -> None:
    anchor = Weighted((Target(Box(10, 50, 150, 200)),), (), None)
    check(Resize(Mode.FILL_PAD, width=100, height=100), anchor, (0, 0, 300, 300), (100, 100))


def test_fill_pad_pads_just_enough() -> None:
    anchor = Weighted((Target(Box(10, 50, 350, 200)),), (), None)
    answer = crop_box(Resize(Mode.FILL_PAD, width=100, height=100), LANDSCAPE, anchor)
    assert answer == CropBox(10, 0, 340, 300, Size(100, 100), (0, 6, 100, 88))


@pytest.mark.parametrize("mode", [Mode.FILL_PAD, Mode.AUTO_PAD])
def test_a_box_of_stored_coordinates_is_all_there_is_to_keep(mode: Mode) -> None:
    box = Box(10, 50, 350, 200)
    step = Resize(mode, width=100, height=100)
    kept = crop_box(step, LANDSCAPE, Weighted((Target(box),), (), None))
    assert crop_box(step, LANDSCAPE, Tight(box)) == kept


@pytest.mark.parametrize(
    ("step", "anchor", "said"),
    [
        (Resize(Mode.SCALE), CENTER, "c_scale needs a size: w_, h_ or ar_"),
        (Resize(Mode.FILL), CAT, "c_fill needs a size"),
        (Resize(Mode.THUMB), CAT, "c_thumb needs a size"),
        (Resize(Mode.PAD), CENTER, "c_pad needs a size"),
        (Resize(Mode.FILL_PAD), CENTER, "c_fill_pad needs a size"),
        (Resize(Mode.FIT, ratio=F(1)), CENTER, "c_fit needs a width or a height"),
        (Resize(Mode.LIMIT, ratio=F(1)), CENTER, "c_limit needs a width or a height"),
        (Resize(Mode.MFIT), CENTER, "c_mfit needs a width or a height"),
        (Resize(Mode.CROP), CENTER, "c_crop needs a size"),
        (Resize(Mode.CROP), Weighted((), (), None), "c_crop needs a size"),
        (Resize(Mode.FILL, width=0), CENTER, "w_0 is not a size"),
        (Resize(Mode.FILL, height=F(0)), CENTER, "h_0 is not a size"),
        (Resize(Mode.CROP, width=10, height=-1), CENTER, "h_-1 is not a size"),
        (Resize(Mode.FILL, width=10, ratio=F(0)), CENTER, "ar_0 is not a ratio"),
        (Resize(Mode.CROP, zoom=F(0)), CAT, "z_0 is not a zoom"),
        (Resize(Mode.FILL_PAD, width=10, height=10), Point(1, 1), "c_fill_pad takes automatic gravity only"),
        (Resize(Mode.LPAD, width=10, height=10), CAT, "c_lpad places the picture by a compass gravity"),
    ],
)
def test_what_cannot_be_answered_says_what_was_expected(step: Resize, anchor: Anchor, said: str) -> None:
    with pytest.raises(BadRequest, match=said):
        crop_box(step, LANDSCAPE, anchor)
