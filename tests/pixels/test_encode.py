from io import BytesIO

import pytest
from PIL import Image, JpegImagePlugin

from keepsight.errors import BadRequest
from keepsight.pixels import QUALITY_AUTO, Encoding, Format, auto_quality, encode
from keepsight.transformation.values import Colour

from .drawn import psnr, scene


def read(data):
    return Image.open(BytesIO(data))


@pytest.mark.parametrize("format_", list(Format))
@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
def test_every_mode_in_every_format(format_, mode):
    image = scene(90, 60).convert(mode)
    data = encode(image, Encoding(format_))
    result = read(data)
    assert (result.format, result.size) == (format_.name, (90, 60))
    assert psnr(result.convert("RGB"), image.convert("RGB")) > 25
    assert data == encode(image, Encoding(format_)), "the same bytes for the same picture"


@pytest.mark.parametrize("format_", list(Format))
def test_no_metadata_is_written(format_):
    image = scene(20, 20)
    image.info = {"comment": b"here", "exif": b"Exif\0\0MM", "dpi": (300, 300), "icc_profile": b"none"}
    written = read(encode(image, Encoding(format_)))
    assert not {"comment", "exif", "dpi", "icc_profile", "xmp"} & set(written.info)
    assert image.info["comment"] == b"here", "the picture itself is left alone"


def test_jpeg_defaults():
    image = read(encode(scene(90, 60), Encoding(Format.JPEG)))
    assert JpegImagePlugin.get_sampling(image) == 2, "4:2:0"
    assert "progressive" not in image.info
    full = read(encode(scene(90, 60), Encoding(Format.JPEG, chroma="444")))
    assert JpegImagePlugin.get_sampling(full) == 0


@pytest.mark.parametrize("format_", [Format.JPEG, Format.WEBP, Format.AVIF])
def test_more_quality_is_more_bytes(format_):
    sizes = [len(encode(scene(200, 150), Encoding(format_, quality))) for quality in (1, 30, 60, 90, 100)]
    assert sizes == sorted(set(sizes))


@pytest.mark.parametrize("format_", [Format.JPEG, Format.AVIF])
def test_full_chroma_is_nearer_to_the_picture(format_):
    image = scene(90, 60)
    half = read(encode(image, Encoding(format_, 90, "420"))).convert("RGB")
    full = read(encode(image, Encoding(format_, 90, "444"))).convert("RGB")
    assert psnr(full, image) > psnr(half, image)


def test_transparency_becomes_white_or_the_background_in_a_jpeg():
    clear = Image.new("RGBA", (16, 16), (0, 0, 0, 0))
    assert read(encode(clear, Encoding(Format.JPEG))).getpixel((8, 8)) == (255, 255, 255)
    red, green, blue = read(encode(clear, Encoding(Format.JPEG, 95, background=Colour(200, 100, 0)))).getpixel((8, 8))
    assert abs(red - 200) + abs(green - 100) + blue < 12


@pytest.mark.parametrize("format_", [Format.PNG, Format.WEBP, Format.AVIF, Format.GIF])
def test_transparency_is_kept_unless_a_background_is_given(format_):
    image = Image.new("RGBA", (16, 16), (0, 0, 0, 0))
    image.paste((200, 30, 30, 255), (0, 0, 8, 16))
    kept = read(encode(image, Encoding(format_))).convert("RGBA")
    assert (kept.getpixel((12, 8))[3], kept.getpixel((3, 8))[3]) == (0, 255)
    filled = read(encode(image, Encoding(format_, background=Colour(0, 0, 255)))).convert("RGBA")
    assert filled.getpixel((12, 8))[2] > 240
    assert filled.getpixel((12, 8))[3] == 255


def test_a_png_is_lossless():
    assert read(encode(scene(90, 60), Encoding(Format.PNG, 10))).tobytes() == scene(90, 60).tobytes()


@pytest.mark.parametrize(("format_", "side"), [(Format.WEBP, 16383), (Format.JPEG, 65500), (Format.AVIF, 32768)])
def test_too_large_for_the_format(format_, side):
    assert read(encode(Image.new("L", (side, 8)), Encoding(format_))).size == (side, 8)
    with pytest.raises(BadRequest, match=f"expected at most {side:,}"):
        encode(Image.new("L", (side + 1, 8)), Encoding(format_))


def test_levels_of_automatic_quality_descend():
    for format_ in QUALITY_AUTO:
        numbers = [auto_quality(level, format_) for level in ("best", "good", "eco", "low")]
        assert numbers == sorted(set(numbers), reverse=True)
    assert auto_quality("low", Format.PNG) == 100
