from math import cos, radians, sin

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from keepsight.pixels.tilt import tilt

from .drawn import psnr, scene

SCENE = scene(120, 80)


def alpha(image):
    return np.asarray(image.convert("RGBA").getchannel("A"), int)


@pytest.mark.parametrize(
    ("degrees", "method"),
    [
        (90, Image.Transpose.ROTATE_270),
        (180, Image.Transpose.ROTATE_180),
        (-90, Image.Transpose.ROTATE_90),
        (450, Image.Transpose.ROTATE_270),
    ],
)
def test_quarter_turns_are_exact(degrees, method):
    turned = tilt(SCENE, degrees)
    assert turned.image.tobytes() == SCENE.transpose(method).tobytes()


def test_no_turn_is_the_picture():
    assert tilt(SCENE, 0).image is SCENE and tilt(SCENE, 720).image is SCENE


def test_it_turns_clockwise():
    marked = Image.new("RGB", (101, 101))
    marked.paste((255, 0, 0), (45, 0, 56, 20))  # at the top
    turned = tilt(marked, 45).image
    middle = turned.width / 2
    at = (int(middle + 40 * sin(radians(45))), int(middle - 40 * cos(radians(45))))
    assert turned.getpixel(at)[:3] == (255, 0, 0)


@given(st.floats(-720, 720).map(lambda value: round(value, 2)), st.integers(1, 60), st.integers(1, 60))
def test_the_canvas_holds_the_picture_and_little_more(degrees, width, height):
    turned = tilt(Image.new("RGB", (width, height), "red"), degrees).image
    angle = radians(degrees)
    wide = width * abs(cos(angle)) + height * abs(sin(angle))
    high = width * abs(sin(angle)) + height * abs(cos(angle))
    assert wide - 0.01 <= turned.width <= wide + 2.01 and high - 0.01 <= turned.height <= high + 2.01


def test_free_corners_are_transparent():
    opaque = alpha(tilt(SCENE, 30).image)
    assert opaque[0, 0] == 0 and opaque[-1, -1] == 0 and opaque.sum() / 255 == pytest.approx(120 * 80, rel=0.01)


def test_points_can_be_followed():
    turned = tilt(SCENE, 25)
    left, top, width, height = turned.content
    assert (width, height) == (120, 80)
    angle, middle = radians(25), (turned.image.width / 2, turned.image.height / 2)
    for x, y in ((30, 26), (85, 58), (60, 70)):
        across, down = left + x - middle[0], top + y - middle[1]
        at = (
            round(middle[0] + across * cos(angle) - down * sin(angle) - 0.5),
            round(middle[1] + across * sin(angle) + down * cos(angle) - 0.5),
        )
        assert turned.image.getpixel(at)[:3] == pytest.approx(SCENE.getpixel((x, y)), abs=30)


def test_there_and_back():
    back = tilt(tilt(SCENE, 20).image, -20).image
    left, top = (back.width - 120) // 2, (back.height - 80) // 2
    assert (
        psnr(back.crop((left + 10, top + 10, left + 110, top + 70)).convert("RGB"), SCENE.crop((10, 10, 110, 70))) > 20
    )


def test_large_pictures_are_scaled_down_first():
    turned = tilt(Image.new("L", (6000, 60)), 45)
    assert turned.content[2:] == (3000, 30)
    assert tilt(Image.new("L", (6000, 60)), 90).image.size == (60, 6000)
