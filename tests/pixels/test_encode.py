import tracemalloc
from fractions import Fraction
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, JpegImagePlugin

from keepsight.errors import BadRequest
from keepsight.pixels import Encoding, Format, Limits, encode, encode_smallest, is_flat, read_header
from keepsight.pixels.opening import plugin
from keepsight.pixels.palette import exact
from keepsight.transformation.output import Output
from keepsight.transformation.values import Quality

from .drawn import picture, psnr, scene

WRITTEN = [format_ for format_ in Format if format_.written]
WITH_ALPHA = [format_ for format_ in WRITTEN if format_.has_alpha]


def read(data):
    return Image.open(BytesIO(data))


@pytest.mark.parametrize("format_", WRITTEN)
@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
def test_every_mode_in_every_format(format_, mode):
    image = scene(90, 60).convert(mode)
    data = encode(image, Encoding(format_))
    header = read_header(data, Limits())
    assert (header.format, header.width, header.height) == (format_, 90, 60)
    result = read(data)
    assert (result.format, result.size) == (plugin(format_), (90, 60))
    assert psnr(result.convert("RGB"), image.convert("RGB")) > 25
    assert data == encode(image, Encoding(format_)), "the same bytes for the same picture"


@pytest.mark.parametrize("format_", WRITTEN)
def test_no_metadata_is_written(format_):
    image = scene(20, 20)
    image.info = {"comment": b"here", "exif": b"Exif\0\0MM", "dpi": (300, 300), "icc_profile": b"none"}
    written = read(encode(image, Encoding(format_)))
    # Every BMP and TIFF has a density, every JPEG XL a description of its colours, and OpenJPEG signs its work.
    own = {Format.BMP: {"dpi"}, Format.TIFF: {"dpi"}, Format.JXL: {"icc_profile"}, Format.JP2: {"comment"}}.get(
        format_, set()
    )
    assert not {"comment", "exif", "dpi", "icc_profile", "xmp"} & set(written.info) - own
    assert b"here" not in encode(image, Encoding(format_))
    assert image.info["comment"] == b"here", "the picture itself is left alone"


def test_jpeg_defaults():
    image = read(encode(scene(90, 60), Encoding(Format.JPEG)))
    assert JpegImagePlugin.get_sampling(image) == 2, "4:2:0"
    assert "progressive" not in image.info
    full = read(encode(scene(90, 60), Encoding(Format.JPEG, chroma="444")))
    assert JpegImagePlugin.get_sampling(full) == 0


@pytest.mark.parametrize("format_", [Format.JPEG, Format.WEBP, Format.AVIF, Format.JXL, Format.JP2])
def test_more_quality_is_more_bytes(format_):
    sizes = [len(encode(scene(200, 150), Encoding(format_, quality))) for quality in (1, 30, 60, 90, 100)]
    assert sizes == sorted(set(sizes))


@pytest.mark.parametrize("format_", [Format.JPEG, Format.AVIF])
def test_full_chroma_is_nearer_to_the_picture(format_):
    image = scene(90, 60)
    half = read(encode(image, Encoding(format_, 90, "420"))).convert("RGB")
    full = read(encode(image, Encoding(format_, 90, "444"))).convert("RGB")
    assert psnr(full, image) > psnr(half, image)


def test_transparency_becomes_white_in_a_jpeg():
    clear = Image.new("RGBA", (16, 16), (0, 0, 0, 0))
    assert read(encode(clear, Encoding(Format.JPEG))).getpixel((8, 8)) == (255, 255, 255)


@pytest.mark.parametrize("format_", WITH_ALPHA)
def test_transparency_is_kept(format_):
    image = Image.new("RGBA", (16, 16), (0, 0, 0, 0))
    image.paste((200, 30, 30, 255), (0, 0, 8, 16))
    kept = read(encode(image, Encoding(format_))).convert("RGBA")
    assert (kept.getpixel((12, 8))[3], kept.getpixel((3, 8))[3]) == (0, 255)


def test_a_png_is_lossless():
    assert read(encode(scene(90, 60), Encoding(Format.PNG, 10))).tobytes() == scene(90, 60).tobytes()


@pytest.mark.parametrize(("format_", "side"), [(Format.WEBP, 16383), (Format.JPEG, 65500), (Format.AVIF, 32768)])
def test_too_large_for_the_format(format_, side):
    assert read(encode(Image.new("L", (side, 8)), Encoding(format_))).size == (side, 8)
    with pytest.raises(BadRequest, match=f"expected at most {side:,}"):
        encode(Image.new("L", (side + 1, 8)), Encoding(format_))


@pytest.mark.parametrize(
    "format_",
    [f for f in WRITTEN if f not in (Format.JPEG, Format.WEBP, Format.AVIF, Format.JXL, Format.JP2, Format.GIF)],
)
def test_what_has_no_quality_is_lossless(format_):
    shown = picture(encode(scene(90, 60), Encoding(format_, 10))).cut((0, 0, 90, 60), (90, 60))
    assert shown.tobytes() == scene(90, 60).tobytes()


@pytest.mark.parametrize("format_", [Format.JP2, Format.JXL])
def test_quality_100_is_lossless_where_the_format_can(format_):
    assert read(encode(scene(90, 60), Encoding(format_, 100))).tobytes() == scene(90, 60).tobytes()


@pytest.mark.parametrize(("word", "scans"), [(None, False), ("none", False), ("default", True), ("steep", True)])
def test_progressive_jpegs(word, scans):
    assert ("progressive" in read(encode(scene(90, 60), Encoding(Format.JPEG, progressive=word))).info) is scans


def test_few_colours_make_a_small_png_without_loss():
    image = Image.new("RGBA", (300, 200), (10, 20, 30, 128))
    image.paste((200, 30, 30, 255), (20, 20, 90, 90))
    written = read(encode(image, Encoding(Format.PNG)))
    assert written.mode == "P"
    assert written.convert("RGBA").tobytes() == image.tobytes()
    assert read(encode(image, Encoding(Format.PNG, depth="png32"))).mode == "RGBA"
    assert read(encode(image, Encoding(Format.PNG, depth="png24"))).mode == "RGB"


def test_png8_is_a_third_of_the_bytes_and_near():
    image = scene(300, 200)
    whole, small = encode(image, Encoding(Format.PNG)), encode(image, Encoding(Format.PNG, depth="png8"))
    assert read(small).mode == "P"
    assert len(small) < 0.5 * len(whole)
    assert psnr(read(small).convert("RGB"), image) > 32


def test_png8_of_an_opaque_picture_has_no_transparency():
    data = encode(scene(120, 80), Encoding(Format.PNG, depth="png8"))
    assert "transparency" not in read(data).info
    assert not read_header(data, Limits()).has_alpha


def test_png8_keeps_soft_edges():
    image = scene(120, 80).convert("RGBA")
    image.putalpha(Image.linear_gradient("L").resize((120, 80)))
    written = read(encode(image, Encoding(Format.PNG, depth="png8"))).convert("RGBA")
    assert psnr(written.getchannel("A"), image.getchannel("A")) > 28


@pytest.mark.parametrize("format_", [Format.PNG, Format.GIF])
def test_lossy_is_fewer_bytes_the_lower_the_quality(format_):
    usual = len(encode(scene(300, 200), Encoding(format_)))
    sizes = [len(encode(scene(300, 200), Encoding(format_, quality, lossy=True))) for quality in (90, 60, 30)]
    assert sorted((usual, *sizes), reverse=True) == [usual, *sizes]


def test_few_colours_are_counted_in_little_memory():
    blocks = np.random.default_rng(5).integers(0, 6, (100, 100, 3), dtype=np.uint8) * 50
    image = Image.fromarray(blocks).resize((1000, 1000), Image.Resampling.NEAREST)
    tracemalloc.start()
    flat = exact(image)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert flat is not None
    assert np.array_equal(np.asarray(flat.convert("RGB")), np.asarray(image))
    assert peak < 12 * image.width * image.height


def test_a_gif_of_few_colours_is_exact():
    image = Image.new("RGB", (50, 40), (10, 200, 30))
    image.paste((1, 2, 3), (5, 5, 20, 20))
    assert read(encode(image, Encoding(Format.GIF))).convert("RGB").tobytes() == image.tobytes()


def test_tiff_compressions():
    assert read(encode(scene(90, 60), Encoding(Format.TIFF))).info["compression"] == "tiff_lzw"
    fax = read(encode(scene(90, 60), Encoding(Format.TIFF, tiff="group4")))
    assert (fax.mode, fax.info["compression"]) == ("1", "group4")


@pytest.mark.parametrize("format_", [Format.JPEG, Format.PNG, Format.TIFF, Format.BMP])
def test_density(format_):
    across, down = read(encode(scene(9, 9), Encoding(format_, density=300))).info["dpi"]
    assert (round(float(across)), round(float(down))) == (300, 300)


def test_an_icon_is_no_larger_than_256():
    assert read(encode(scene(256, 200), Encoding(Format.ICO))).size == (256, 200)
    with pytest.raises(BadRequest, match="expected at most 256"):
        encode(scene(257, 200), Encoding(Format.ICO))


def test_an_encoding_says_what_the_output_asks():
    output = Output(
        quality=Quality(70, chroma="444"), lossy=True, depth="png8", progressive="semi", density=Fraction(3, 2)
    )
    assert Encoding.of(output, Format.PNG) == Encoding(
        Format.PNG, 70, "444", lossy=True, depth="png8", progressive="semi", density=1.5
    )


def test_the_smaller_of_two_formats():
    drawing = Image.new("RGB", (300, 200), "white")
    drawing.paste((200, 0, 0), (10, 10, 60, 60))
    assert is_flat(drawing)
    assert not is_flat(scene())
    format_, data = encode_smallest(drawing, [Encoding(Format.JPEG), Encoding(Format.PNG)])
    assert format_ is Format.PNG
    assert data == encode(drawing, Encoding(Format.PNG))
    assert encode_smallest(scene(), [Encoding(Format.JPEG), Encoding(Format.PNG)])[0] is Format.JPEG


@pytest.mark.parametrize("fault", [AttributeError, PermissionError])
@pytest.mark.parametrize("format_", [Format.JPEG, Format.GIF])
def test_the_bytes_are_the_same_where_the_system_has_no_files_in_memory(format_, fault, monkeypatch):
    def none(name: str) -> int:
        raise fault(name)

    image = scene(640, 427)
    written = encode(image, Encoding(format_))
    monkeypatch.setattr("os.memfd_create", none, raising=False)
    assert encode(image, Encoding(format_)) == written


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts descriptors in /proc, which this system lacks")
def test_no_descriptor_is_left_open():
    def still_open() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    encode(scene(9, 9), Encoding(Format.JPEG))
    before = still_open()
    for _ in range(20):
        encode(scene(90, 60), Encoding(Format.JPEG))
    with pytest.raises(BadRequest):
        encode(scene(9, 9).convert("HSV"), Encoding(Format.JPEG))
    assert still_open() == before
