"""Every pixel layout that the formats hold comes out as 8-bit L, RGB or RGBA."""

import struct

import numpy as np
import pytest
from PIL import Image

from .drawn import encoded, picture, png, psnr, scene


def whole(data):
    image = picture(data)
    return image.cut((0, 0, *image.size), image.size)


@pytest.mark.parametrize(
    ("mode", "expected"), [("1", "L"), ("L", "L"), ("LA", "RGBA"), ("P", "RGB"), ("RGB", "RGB"), ("RGBA", "RGBA")]
)
def test_png_modes(mode, expected):
    image = scene(40, 30).convert(mode)
    if mode.endswith("A"):
        image.putalpha(128)
    cut = whole(encoded(image, "PNG"))
    assert cut.mode == expected
    assert cut.tobytes() == image.convert(expected).tobytes()


def test_alpha_that_hides_nothing_is_dropped():
    assert whole(encoded(scene(40, 30).convert("RGBA"), "PNG")).mode == "RGB"
    assert whole(encoded(scene(40, 30).convert("LA"), "PNG")).mode == "L"


def test_sixteen_bit_grey_is_scaled():
    values = np.linspace(0, 65535, 256).astype(np.uint16).reshape(16, 16)
    cut = np.asarray(whole(encoded(Image.fromarray(values), "PNG")))
    assert np.abs(cut.astype(int) - np.rint(values / 257).astype(int)).max() == 0


def test_sixteen_bit_colour_is_scaled():
    rows = b"".join(b"\0" + struct.pack(">3H", 65535, 32896, 257 * y) * 4 for y in range(4))
    cut = whole(png(4, 4, 16, 2, rows))
    assert [cut.getpixel((0, y)) for y in range(4)] == [(255, 128, y) for y in range(4)]


def test_a_palette_with_alpha():
    image = Image.new("P", (2, 1))
    image.putpalette([255, 0, 0, 0, 0, 255])
    image.putpixel((1, 0), 1)
    cut = whole(encoded(image, "PNG", transparency=bytes((0, 128))))
    assert [cut.getpixel((x, 0)) for x in (0, 1)] == [(255, 0, 0, 0), (0, 0, 255, 128)]


def test_a_key_colour_becomes_alpha():
    image = Image.new("RGB", (2, 1), (9, 8, 7))
    image.putpixel((1, 0), (1, 1, 1))
    cut = whole(encoded(image, "PNG", transparency=(9, 8, 7)))
    assert [cut.getpixel((x, 0))[3] for x in (0, 1)] == [0, 255]


def test_cmyk_of_a_jpeg_is_not_inverted():
    image = scene(160, 120)
    cut = whole(encoded(image.convert("CMYK"), "JPEG", quality=95))
    assert cut.mode == "RGB"
    assert psnr(cut, image) > 30


def test_a_grey_jpeg_stays_grey():
    assert whole(encoded(scene(40, 30).convert("L"), "JPEG")).mode == "L"
