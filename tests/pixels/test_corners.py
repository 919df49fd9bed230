import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from keepsight.pixels.corners import corners
from keepsight.transformation.values import Colour

from .drawn import scene

SCENE = scene(120, 80)
RED = Colour(255, 0, 0)


def alpha(image):
    return np.asarray(image.convert("RGBA").getchannel("A"), int)


def supersampled(size, radii):
    """Rounded rectangle drawn 16 times as large and reduced."""
    mask = Image.new("L", (size[0] * 16, size[1] * 16), 255)
    for at, radius in enumerate(radii):
        if not radius:
            continue
        big = radius * 16
        x, y = ((0, 0), (1, 0), (1, 1), (0, 1))[at]
        left, top = (mask.width - big) * x, (mask.height - big) * y
        mask.paste(0, (left, top, left + big, top + big))
        centre = (left + big * (1 - x), top + big * (1 - y))
        ImageDraw.Draw(mask).pieslice(
            (centre[0] - big, centre[1] - big, centre[0] + big - 1, centre[1] + big - 1),
            *((180, 270), (270, 360), (0, 90), (90, 180))[at],
            fill=255,
        )
    return np.asarray(mask.reduce(16), int)


@pytest.mark.parametrize("radii", [(20, 20, 20, 20), (5, 0, 30, 12), (1, 2, 3, 4), (40, 40, 40, 40)])
def test_corners_are_round_and_smooth(radii):
    rounded = corners(SCENE, radii)
    assert rounded.content == (0, 0, 120, 80) and rounded.image.mode == "RGBA"
    assert rounded.image.convert("RGB").tobytes() == SCENE.tobytes()
    off = np.abs(alpha(rounded.image) - supersampled(SCENE.size, radii))
    assert off.max() <= 45 and off.mean() < 0.15


def test_max_is_an_ellipse():
    rounded = alpha(corners(SCENE, "max").image)
    assert rounded.sum() / 255 == pytest.approx(np.pi * 60 * 40, rel=0.005)
    assert rounded[40, 1] > 200 and rounded[1, 60] > 200 and rounded[5, 5] == 0
    assert np.array_equal(rounded, rounded[::-1, ::-1])


def test_radii_that_do_not_fit_are_scaled_down_together():
    assert corners(SCENE, (500,) * 4).image.tobytes() == corners(SCENE, (40,) * 4).image.tobytes()
    square = SCENE.resize((80, 80))
    assert corners(square, (500,) * 4).image.tobytes() == corners(square, "max").image.tobytes()


def test_nothing_asked_nothing_done():
    assert corners(SCENE).image is SCENE
    assert corners(SCENE, (0, 0, 0, 0), (0, RED)).image is SCENE


def test_a_border_lies_around_the_picture():
    bordered = corners(SCENE, border=(7, RED))
    assert bordered.image.size == (134, 94) and bordered.image.mode == "RGB" and bordered.content == (7, 7, 120, 80)
    assert bordered.image.crop((7, 7, 127, 87)).tobytes() == SCENE.tobytes()
    assert bordered.image.getpixel((0, 0)) == bordered.image.getpixel((133, 40)) == (255, 0, 0)
    grey = corners(SCENE.convert("L"), border=(3, Colour(9, 9, 9))).image
    assert grey.mode == "L" and grey.getpixel((1, 1)) == 9
    sheer = corners(SCENE, border=(7, Colour(255, 0, 0, 100))).image
    assert sheer.mode == "RGBA" and sheer.getpixel((3, 3)) == (255, 0, 0, 100)
    assert sheer.crop((7, 7, 127, 87)).convert("RGB").tobytes() == SCENE.tobytes()


def test_a_border_follows_round_corners():
    bordered = corners(SCENE, (30,) * 4, (10, RED)).image
    assert bordered.size == (140, 100)
    assert bordered.getpixel((2, 2))[3] == 0 and bordered.getpixel((70, 5)) == (255, 0, 0, 255)
    # Along the diagonal of the corner: outside up to the outer arc of 40, then red up to the inner one of 30.
    diagonal = [bordered.getpixel((at, at)) for at in range(30)]
    outer, inner = 40 - 40 / 2**0.5, 40 - 30 / 2**0.5
    assert all(pixel[3] == 0 for pixel in diagonal[: int(outer) - 1])
    assert all(pixel == (255, 0, 0, 255) for pixel in diagonal[int(outer) + 2 : int(inner) - 1])
    assert bordered.crop((40, 10, 100, 90)).convert("RGB").tobytes() == SCENE.crop((30, 0, 90, 80)).tobytes()


def test_transparency_of_the_picture_stays():
    hole = SCENE.convert("RGBA")
    hole.paste((0, 0, 0, 0), (50, 30, 70, 50))
    bordered = alpha(corners(hole, (10,) * 4, (4, RED)).image)
    assert bordered[44, 64] == 0 and bordered[10, 64] == 255


@given(
    st.tuples(st.integers(1, 9), st.integers(1, 9)),
    st.tuples(*[st.integers(0, 12)] * 4) | st.just("max"),
    st.none() | st.tuples(st.integers(0, 3), st.builds(Colour, *[st.integers(0, 255)] * 4)),
    st.sampled_from(("L", "RGB", "RGBA")),
)
def test_any_corners_on_small_pictures(size, radii, border, mode):
    rounded = corners(Image.new(mode, size), radii, border)
    width = border[0] if border else 0
    assert rounded.image.size == (size[0] + 2 * width, size[1] + 2 * width)
    assert rounded.content == (width, width, *size)
