"""Colours at the places where they have to be. The photos are 1280 wide, so a pixel of one is a pixel of the other."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from explain.conftest import Explain
from keepsight.explain.labels import Labels
from keepsight.explain.palette import AVOIDED, BYSTANDER, KEPT, LETTERS, PAPER, WINDOW

PHOTO = 24, 68
"""Where the photo lies under a title of one line."""
SEEN = (128, 128, 128)
DIMMED = (64, 64, 64)


@pytest.fixture
def drawn(explain: Explain, tmp_path: Path):
    def draw(transformation: str, public_id: str, name: str = "picture.png") -> Image.Image:
        result = explain(transformation, public_id, "--out", str(tmp_path / name))
        assert result.exit_code == 0, result.output
        return Image.open(tmp_path / name)

    return draw


def at(sheet: Image.Image, x: int, y: int) -> tuple[int, ...]:
    pixel = sheet.getpixel((PHOTO[0] + x, PHOTO[1] + y))
    assert isinstance(pixel, tuple)
    return pixel


def test_the_kept_box_the_other_one_the_window_and_its_thirds(drawn) -> None:
    sheet = drawn("c_crop,g_face,w_600,h_600", "faces")
    # The face is at 100..300, so the window is at 0..600 and 0..600.
    assert at(sheet, 101, 200) == KEPT
    assert at(sheet, 298, 200) == KEPT
    assert at(sheet, 900, 550) == BYSTANDER
    assert at(sheet, 2, 450) == WINDOW
    assert at(sheet, 450, 597) == WINDOW
    assert at(sheet, 399, 500) == WINDOW  # a line of thirds
    assert at(sheet, 500, 399) == WINDOW
    assert at(sheet, 500, 500) == SEEN
    assert at(sheet, 700, 700) == DIMMED
    assert at(sheet, 120, 85) == KEPT  # its label, above


def test_what_is_avoided_is_red(drawn) -> None:
    sheet = drawn("c_fill,g_auto:face_avoid:aoi_400_100_300_300,w_400,h_600", "faces")
    assert at(sheet, 101, 290) == AVOIDED
    assert at(sheet, 401, 350) == KEPT  # the area of interest


def test_custom_coordinates_are_drawn_through_a_turn(drawn) -> None:
    sheet = drawn("a_90/c_crop,g_custom", "custom")
    assert at(sheet, 800, 301) == KEPT
    assert at(sheet, 690, 400) == DIMMED


def test_a_chain_shows_what_each_step_left(drawn) -> None:
    sheet = drawn("c_crop,g_north_west,w_800,h_600/c_crop,g_south_east,w_300,h_300", "plain")
    assert at(sheet, 799, 100) == WINDOW  # a thin line
    assert at(sheet, 797, 100) == DIMMED
    assert at(sheet, 797, 450) == WINDOW  # bold
    assert at(sheet, 650, 450) == SEEN


def test_heat_is_where_the_map_is(drawn) -> None:
    sheet = drawn("c_fill,g_auto,w_1280,h_799", "subject")
    plain = drawn("c_fill,w_1280,h_799", "subject", "plain.png")
    assert at(plain, 1000, 420) == (200, 30, 30)
    assert at(sheet, 1000, 420)[2] > 120  # violet over red
    corner = np.subtract(at(sheet, 40, 40), SEEN)
    assert np.abs(corner).max() < 30


def test_the_delivered_crop_stands_beside_the_photo(drawn) -> None:
    sheet = drawn("c_crop,g_north_west,w_100,h_100,x_900,y_300", "subject", "picture.jpg")
    assert sheet.format == "JPEG"
    beside = sheet.getpixel((24 + 1280 + 24 + 100, PHOTO[1] + 100))
    assert np.abs(np.subtract(beside, (200, 30, 30))).max() < 12


@pytest.mark.parametrize("size", [(1, 1), (3, 2000), (2000, 3), (5000, 4000)])
def test_any_size_of_photo_can_be_drawn(drawn, media: Path, size: tuple[int, int]) -> None:
    Image.new("RGB", size, (90, 120, 90)).save(media / "odd.png")
    sheet = drawn("c_thumb,g_auto,w_100,h_100", "odd")
    assert max(sheet.size) < 3_000
    assert at(sheet, -10, 5) == PAPER


def test_labels_do_not_cover_each_other_and_the_least_important_yield() -> None:
    image = Image.new("RGB", (200, 120))
    labels = Labels(ImageDraw.Draw(image), image.size)
    box = (50, 40, 150, 80)
    for _ in range(6):
        labels.add("cat 0.90", box, KEPT, must=False)
    green = (np.asarray(image) == KEPT).all(axis=2).any(axis=1)
    assert green.sum() >= 3 * LETTERS  # above, inside, below
    before = image.tobytes()
    labels.add("cat 0.90", box, AVOIDED, must=False)
    assert image.tobytes() == before
    labels.add("cat 0.90", box, AVOIDED, must=True)
    assert image.tobytes() != before
