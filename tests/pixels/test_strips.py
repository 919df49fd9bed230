"""Cuts that are made while a picture comes: those of the whole, without the memory of the whole."""

import subprocess
import sys
from collections.abc import Iterator
from io import BytesIO
from math import ceil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from keepsight.errors import BadImage
from keepsight.pixels import Limits, Picture, read_header
from keepsight.pixels.decode import comes_in_strips, decode, reduction_of
from keepsight.pixels.decodes import Decodes
from keepsight.pixels.modes import resizable
from keepsight.pixels.resample import in_decoded_pixels, resample
from keepsight.pixels.strips import Strips, cut, whole

from .drawn import encoded, exif, scene
from .likeness import ssim

LARGE = (3600, 2400)
"""Above the 8 megapixels from which cuts are made so."""
ROOT = Path(__file__).resolve().parents[2]


def strips(image: Image.Image, rows: int, scale: float = 1.0) -> Strips:
    def each() -> Iterator[Image.Image]:
        for top in range(0, image.height, rows):
            yield image.crop((0, top, image.width, min(image.height, top + rows)))

    return Strips(image.mode, image.size, (image.width * scale, image.height * scale), each())


def difference(one: Image.Image, other: Image.Image) -> tuple[int, float]:
    """The largest one, and the share of values that differ."""
    assert (one.mode, one.size) == (other.mode, other.size)
    apart = np.abs(np.asarray(one, np.int16) - np.asarray(other, np.int16))
    return int(apart.max()), float((apart > 0).mean())


@given(
    st.sampled_from(["L", "RGB", "LA", "RGBA", "CMYK"]),
    st.integers(1, 90),
    st.sampled_from([1.0, 3.0, 2.5]),
    st.tuples(*[st.floats(0, 0.95)] * 2, *[st.floats(0.02, 1)] * 2),
    st.tuples(st.integers(1, 300), st.integers(1, 300)),
)
def test_a_cut_of_strips_is_that_of_the_whole(mode, rows, scale, part, size):
    image = scene(203, 151).convert(mode)
    wide, high = image.width * scale, image.height * scale
    left, top = part[0] * wide, part[1] * high
    box = left, top, min(wide, left + max(scale, part[2] * wide)), min(high, top + max(scale, part[3] * high))
    wanted = resample(resizable(image), in_decoded_pixels(box, (wide, high), image.size), size)
    most, share = difference(cut(strips(image, rows, scale), box, size), wanted)
    assert most <= 2
    assert share <= 0.01


def test_whole_pixels_are_copied():
    image = scene(203, 151)
    assert cut(strips(image, 20), (30.0, 17.0, 180.0, 140.0), (150, 123)).tobytes() == (
        image.crop((30, 17, 180, 140)).tobytes()
    )
    assert whole(strips(image, 20)).tobytes() == image.tobytes()


def test_all_rows_are_read_whatever_is_cut():
    def rows() -> Iterator[Image.Image]:
        yield scene(200, 20)
        raise BadImage("cut short")

    with pytest.raises(BadImage):
        cut(Strips("RGB", (200, 40), (200, 40), rows()), (0, 0, 10, 10), (10, 10))


def drawing() -> Image.Image:
    """Round things, and lines a pixel wide."""
    image = scene(450, 300).resize(LARGE, Image.Resampling.BICUBIC)
    pen = ImageDraw.Draw(image)
    for at in range(0, LARGE[0], 37):
        pen.line((at, 0, LARGE[0] - at, LARGE[1]), (at % 255, 90, 160))
    return image


FILES = {
    "png": ("PNG", {"compress_level": 1}),
    "png on its side": ("PNG", {"compress_level": 1, "exif": exif(6)}),
    "webp": ("WEBP", {"method": 0}),
    "webp as in a mirror, on its side": ("WEBP", {"method": 0, "exif": exif(5)}),
    "avif": ("AVIF", {"speed": 10}),
}


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_a_large_picture_is_cut_as_it_was_in_memory(name, mode, monkeypatch):
    format_, options = FILES[name]
    data = encoded(drawing().convert(mode), format_, **options)
    header = read_header(data, Limits())
    assert comes_in_strips(header, 1.0)
    assert not comes_in_strips(header, 0.2)
    boxes = {
        (0.0, 0.0, *map(float, (header.width, header.height))): (1200, 1000),
        (333.3, 417.9, 1900.0, 1313.1): (800, 457),
    }
    picture = Picture(data, header)
    picture.preview()
    cuts = [picture.cut(box, size) for box, size in boxes.items()]
    monkeypatch.setattr("keepsight.pixels.picture.comes_in_strips", lambda *_: False)
    for one, (box, size) in zip(cuts, boxes.items(), strict=True):
        most, share = difference(one, Picture(data, header).cut(box, size))
        assert most <= 1
        assert share <= 0.01


@pytest.mark.parametrize("reduction", [1.875, 1.5, 1.125, 1])
def test_a_large_webp_is_scaled_by_any_factor_while_it_is_decoded(reduction):
    data = encoded(drawing(), "WEBP", method=0)
    header, (width, height), scale = read_header(data, Limits()), LARGE, 0.999 / reduction
    assert reduction_of(header, scale) == reduction
    decoded = decode(data, header, scale)
    assert decoded.reduction == reduction
    assert decoded.suffices(scale)
    assert decoded.image.size == (across := ceil(width / reduction), round(height * across / width))
    # A cut is made from one and a half times its size.
    size = round(scale / 1.5 * width), round(scale / 1.5 * height)
    full = Image.open(BytesIO(data)).convert("RGB").resize(size, Image.Resampling.LANCZOS)
    assert ssim(Picture(data, header).cut((0, 0, width, height), size), full) >= 0.99


@pytest.mark.parametrize("reason", ["alpha", "no loss"])
def test_a_webp_that_only_pillow_reads_is_decoded_once_for_all_sizes(reason):
    data = encoded(drawing().convert("RGBA" if reason == "alpha" else "RGB"), "WEBP", method=0, lossless=True)
    header, decodes = read_header(data, Limits()), Decodes(1 << 27)
    for scale in (0.1, 0.3, 0.55, 0.7, 0.95, 1.0):
        assert decodes.decode("a", data, header, scale).image.size == LARGE
    assert decodes.decodes == 1


@pytest.mark.parametrize("format_", ["PNG", "WEBP", "AVIF"])
def test_a_large_picture_cut_short_is_refused(format_):
    data = encoded(drawing(), format_)
    header = read_header(data, Limits())
    damaged = data[: len(data) * 9 // 10]
    with pytest.raises(BadImage):
        Picture(damaged, header).cut((0, 0, 900, 600), (900, 600))


@pytest.mark.parametrize(
    ("image", "format_"), [("RGBA", "PNG"), ("CMYK", "TIFF"), ("RGB", "JPEG"), ("small", "PNG"), ("narrow", "PNG")]
)
def test_what_is_transparent_small_narrow_or_a_jpeg_comes_whole(image, format_):
    sizes = {"small": (400, 300), "narrow": (200_000, 50)}
    drawn = scene(400, 300).resize(sizes[image]) if image in sizes else drawing().convert(image)
    assert not comes_in_strips(read_header(encoded(drawn, format_), Limits(max_pixels=10**8)), 1.0)


def test_what_only_pillow_reads_is_decoded_once_for_all_cuts():
    """16 bits a channel, of which the header does not tell."""
    grey = np.asarray(drawing().convert("L"), np.uint16)
    data = encoded(Image.fromarray(grey * 257), "PNG", compress_level=1)
    header, decodes = read_header(data, Limits()), Decodes(1 << 24)
    assert comes_in_strips(header, 1.0)
    picture = Picture(data, header, decoder=decodes.of("d"))
    cuts = [picture.cut((0, 0, *LARGE), (1800, side)) for side in (1200, 1100)]
    assert decodes.decodes == 1
    assert [one.size for one in cuts] == [(1800, 1200), (1800, 1100)]


def test_a_hint_is_worth_a_decode_only_where_the_whole_comes():
    data = encoded(drawing(), "PNG", compress_level=1)
    header, decodes = read_header(data, Limits()), Decodes(1 << 24)
    picture = Picture(data, header, decoder=decodes.of("d"))
    for scale in (0.2, 1.0):
        picture.hint(scale)
    assert 0.2 <= picture.scale < 1
    assert picture.preview().size == (640, 427)
    picture.cut((0, 0, *LARGE), (720, 480))
    assert decodes.decodes == 1
    picture.cut((0, 0, *LARGE), (1800, 1200))
    assert decodes.decodes == 1
    assert decode(data, header, 1.0).image.size == LARGE


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads how much memory was taken from Linux")
@pytest.mark.parametrize(("format_", "most"), [("PNG", 60), ("WEBP", 240), ("AVIF", 60)])
def test_a_cut_of_24_megapixels_takes_little_memory(format_, most, tmp_path):
    """Decoded they are 96 MiB, and 72 more each for libwebp's decoder and for libvips; an AVIF's are elsewhere."""
    path = tmp_path / "large"
    drawing().resize((6000, 4000)).save(path, format_, **FILES[format_.lower()][1])
    asked = f"""
from pathlib import Path
from keepsight.memory import give_back_memory
from keepsight.pixels import Limits, Picture, read_header
give_back_memory()
def taken(): return int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) / 1024
data = Path({str(path)!r}).read_bytes()
picture = Picture(data, read_header(data, Limits()))
picture.preview()
before = taken()
picture.cut((0, 0, 6000, 4000), (2400, 1600))
picture.cut((0, 0, 6000, 4000), (2400, 900))  # averaged before it is scaled
print(taken() - before)
"""
    answer = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True, cwd=ROOT)
    assert float(answer.stdout) <= most
