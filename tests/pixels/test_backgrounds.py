import numpy as np
import pytest
from PIL import Image

from keepsight.pixels.backgrounds import automatic_colours, sheet
from keepsight.pixels.canvas import border_colour
from keepsight.pixels.effects.blur import gaussian
from keepsight.transformation.backgrounds import AutoBackground, BlurredBackground, background
from keepsight.transformation.values import Colour

from .drawn import psnr, scene
from .likeness import ssim

RED, GREEN, BLUE, GREY = (220, 20, 20), (20, 160, 30), (30, 40, 200), (128, 128, 128)


def framed():
    """Mostly blue, some green, a thin red border."""
    image = Image.new("RGB", (100, 80), RED)
    image.paste(BLUE, (4, 4, 96, 76))
    image.paste(GREEN, (4, 4, 36, 76))
    return image


def near(pixel, colour, by=12):
    return max(abs(a - b) for a, b in zip(pixel, colour, strict=True)) <= by


def colours(text, image):
    return [(c.red, c.green, c.blue) for c in automatic_colours(image, background(text))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("auto", [RED]),
        ("auto:predominant", [BLUE]),
        ("auto:predominant_gradient", [BLUE, GREEN]),
        ("auto:border_contrast", [(35, 235, 235)]),
        ("auto:predominant_contrast", [(225, 215, 55)]),
        ("auto:border:palette_blue_orange_teal", [(255, 165, 0)]),
        ("auto:predominant_gradient:2:palette_red_blue_lime", [(0, 0, 255), (0, 255, 0)]),
        ("auto:predominant_contrast:palette_navy_yellow", [(255, 255, 0)]),
        ("auto:predominant_gradient:4", [BLUE, GREEN, RED]),
    ],
)
def test_colours_of_a_picture(text, expected):
    found = colours(text, framed())
    assert all(near(one, other) for one, other in zip(found, expected, strict=False)), found
    assert len(found) == (4 if ":4" in text else 2 if "gradient" in text else 1)


def test_the_border_is_the_one_that_padding_takes():
    image = scene(90, 70)
    found = automatic_colours(image, AutoBackground())
    assert found == (border_colour(image),)


def test_a_middle_grey_still_has_a_contrast():
    assert colours("auto:border_contrast", Image.new("RGB", (9, 9), GREY))[0] in {(0, 0, 0), (255, 255, 255)}


def test_an_even_picture_gives_an_even_gradient():
    even = sheet(Image.new("L", (20, 20), 77), (40, 30), background("auto:predominant_gradient:4"))
    assert even.getcolors() == [(1200, (77, 77, 77))]


@pytest.mark.parametrize(
    ("direction", "first", "last"),
    [
        ("horizontal", (0, 25), (99, 25)),
        ("vertical", (50, 0), (50, 49)),
        ("diagonal_desc", (0, 0), (99, 49)),
        ("diagonal_asc", (0, 49), (99, 0)),
    ],
)
def test_two_colours_run_into_each_other(direction, first, last):
    made = sheet(framed(), (100, 50), background(f"auto:predominant_gradient:2:{direction}"))
    assert made.size == (100, 50) and made.mode == "RGB"
    assert near(made.getpixel(first), BLUE, 14) and near(made.getpixel(last), GREEN, 14)
    assert near(made.getpixel((50, 25)), tuple((a + b) // 2 for a, b in zip(BLUE, GREEN, strict=True)), 14)


def test_four_colours_sit_in_the_corners():
    made = sheet(framed(), (60, 60), background("auto:predominant_gradient:4:palette_red_lime_blue_white"))
    corners = {made.getpixel(at) for at in ((0, 0), (59, 0), (0, 59), (59, 59))}
    assert corners == {(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)}


def test_translucent_colours_make_a_translucent_sheet():
    assert sheet(framed(), (9, 9), Colour(1, 2, 3)).getcolors() == [(81, (1, 2, 3))]
    assert sheet(framed(), (9, 9), Colour(1, 2, 3, 4)).getcolors() == [(81, (1, 2, 3, 4))]
    assert sheet(framed(), (9, 9), background("auto:border:palette_f008")).getpixel((0, 0)) == (255, 0, 0, 136)


def test_a_blurred_background_covers_the_canvas_with_the_picture():
    image = scene(200, 100)
    made = sheet(image, (300, 300), BlurredBackground(20, 0))
    cover = image.resize((600, 300), Image.Resampling.BILINEAR).crop((150, 0, 450, 300))
    assert made.size == (300, 300) and ssim(made, cover) > 0.85


def test_blurring_at_a_small_size_looks_the_same():
    image = scene(800, 600)
    coarse = sheet(image, (800, 600), BlurredBackground(400, 0))
    assert psnr(coarse, gaussian(image, 20)) > 33


def test_blurred_backgrounds_get_brighter_and_darker():
    means = [
        np.asarray(sheet(scene(80, 60), (100, 100), BlurredBackground(100, brightness))).mean()
        for brightness in (-300, -100, -50, 0, 50, 100)
    ]
    assert means == sorted(means) and means[1] == 0 and means[2] > 0 and means[-1] > means[3] + 20


@pytest.mark.parametrize("size", [(1, 1), (3, 2)])
@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
@pytest.mark.parametrize(
    "text", ["auto", "auto:predominant", "auto:border_gradient_contrast:4", "blurred", "blurred:2000:-9"]
)
def test_small_pictures(size, mode, text):
    made = sheet(Image.new(mode, size, (90,) * len(mode) if mode != "L" else 90), (50, 7), background(text))
    assert made.size == (50, 7)


def test_transparency_counts_as_white():
    clear = Image.new("RGBA", (20, 20), (255, 0, 0, 0))
    assert colours("auto:predominant", clear) == [(255, 255, 255)]
    assert sheet(clear, (9, 9), BlurredBackground()).getpixel((4, 4)) == (255, 255, 255)
