"""What libvips decodes is what Pillow decodes, reduced on the way."""

import subprocess
import sys
from io import BytesIO

import numpy as np
import pytest
import pyvips
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms

from keepsight.pixels import Encoding, Format, Limits, Picture, encode, libvips, read_header
from keepsight.pixels.modes import resizable
from keepsight.pixels.resample import resample
from tests.conftest import shared

from .drawn import encoded, exif, picture, png, psnr, scene, stored
from .likeness import ssim

PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def with_alpha(mode):
    image = scene(401, 303).convert(mode)
    image.putalpha(Image.linear_gradient("L").resize(image.size))
    return image


def keyed():
    image = scene(401, 303)
    image.paste((1, 2, 3), (50, 60, 200, 180))
    return image


STILLS = {
    "rgb": lambda: encoded(scene(401, 303), "PNG", icc_profile=PROFILE),
    "grey": lambda: encoded(scene(401, 303).convert("L"), "PNG"),
    "grey and alpha": lambda: encoded(with_alpha("LA"), "PNG"),
    "rgba": lambda: encoded(with_alpha("RGBA"), "PNG"),
    "opaque rgba": lambda: encoded(scene(401, 303).convert("RGBA"), "PNG"),
    "palette": lambda: encoded(scene(401, 303).quantize(64), "PNG"),
    "palette with a clear entry": lambda: encoded(scene(401, 303).quantize(64), "PNG", transparency=5),
    "key colour": lambda: encoded(keyed(), "PNG", transparency=(1, 2, 3)),
    "two colours": lambda: encoded(scene(401, 303).convert("1"), "PNG"),
}
ALIKE = 45.0
"""dB from the path without libvips; what it gave for these scenes was 51 and more."""


def by_pillow(data, box, size):
    """The way that every picture went before: decoded in full, then averaged and scaled."""
    image = Image.open(BytesIO(data))
    image.load()
    return resample(resizable(image), box, size)


def flat(image):
    """On grey, so that the colour of invisible pixels does not count."""
    ground = Image.new("RGBA", image.size, (128, 128, 128, 255))
    return Image.alpha_composite(ground, image.convert("RGBA")).convert("RGB")


@pytest.mark.parametrize("kind", STILLS)
@pytest.mark.parametrize("size", [(401, 303), (350, 264), (120, 90), (61, 47), (20, 15)])
def test_a_png_is_as_it_was_without_libvips(kind, size):
    data = STILLS[kind]()
    header = read_header(data, Limits())
    assert libvips.is_taken(header, 1)
    assert libvips.read_strips(data, header, 3).image.size == (134, 101)
    cut, expected = picture(data).cut((0, 0, 401, 303), size), by_pillow(data, (0.0, 0.0, 401.0, 303.0), size)
    assert (cut.mode == "RGBA") == (expected.mode in {"LA", "RGBA"})
    assert psnr(flat(cut), flat(expected)) >= ALIKE


@pytest.mark.parametrize("reduction", [1, 2, 3, 7, 64, 101])
def test_pixels_are_averaged_in_whole_squares(reduction):
    data = STILLS["rgb"]()
    found = libvips.read_strips(data, read_header(data, Limits()), reduction)
    assert found.image.tobytes() == scene(401, 303).reduce(reduction).tobytes()
    assert found.profile == PROFILE
    assert found.extent == (found.image.width * reduction, found.image.height * reduction)


@given(
    left=st.floats(0, 300), top=st.floats(0, 200), width=st.floats(20, 100), height=st.floats(20, 100),
    orientation=st.integers(1, 8),
)  # fmt: skip
def test_any_part_of_a_turned_png(left, top, width, height, orientation):
    upright = scene(401, 303)
    box = left, top, left + width, top + height
    data = encoded(stored(upright, orientation), "PNG", exif=exif(orientation), compress_level=1)
    # Averaged from the corner of the picture, not from that of the box: a fifth of a pixel of the answer at most.
    exact = upright.resize((9, 9), Image.Resampling.LANCZOS, box=box)
    assert psnr(picture(data).cut(box, (9, 9)), exact) >= 30


@pytest.mark.parametrize("orientation", [1, 6, 8])
@pytest.mark.parametrize("size", [(400, 301), (200, 151), (130, 98), (75, 57)])
def test_a_webp_is_like_one_decoded_in_full(orientation, size):
    # 40 dB is what _SPARE of picture.py was chosen by for JPEG; the sides are no multiples of anything.
    data = encoded(stored(scene(1201, 907), orientation), "WEBP", quality=90, exif=exif(orientation))
    header = read_header(data, Limits())
    assert libvips.is_taken(header, 2)
    turned = Image.open(BytesIO(data)).convert("RGB")
    whole = {
        1: turned,
        6: turned.transpose(Image.Transpose.ROTATE_270),
        8: turned.transpose(Image.Transpose.ROTATE_90),
    }
    expected = resample(whole[orientation], (0.0, 0.0, 1201.0, 907.0), size)
    cut = picture(data).cut((0, 0, 1201, 907), size)
    assert psnr(cut, expected) >= 38
    assert ssim(cut, expected) >= 0.985


def test_photographs_cannot_be_told_apart():
    ratios = {"PNG": [], "WEBP": []}
    for path in sorted(shared("photos").glob("*.jpg"))[:8]:
        photo = Image.open(path).convert("RGB")
        photo.info = {}
        for format_, found in ratios.items():
            data = encoded(photo, format_, quality=85, method=2, compress_level=1)
            whole = Image.open(BytesIO(data)).convert("RGB")
            for times in (2, 3, 4.5):
                size = round(photo.width / times), round(photo.height / times)
                expected = whole.resize(size, Image.Resampling.LANCZOS, reducing_gap=2)
                found.append(psnr(picture(data).cut((0, 0, *photo.size), size), expected))
    assert min(ratios["PNG"]) >= 50
    assert np.median(ratios["WEBP"]) >= 44
    assert min(ratios["WEBP"]) >= 36


def test_sixteen_bits_are_left_to_pillow():
    row = b"\0" + bytes(range(240)) * 2
    data = png(80, 60, 16, 2, row * 60)
    header = read_header(data, Limits())
    assert libvips.read_strips(data, header, 2) is None
    assert psnr(picture(data).cut((0, 0, 80, 60), (20, 15)), by_pillow(data, (0.0, 0.0, 80.0, 60.0), (20, 15))) == 99


@pytest.mark.parametrize(
    ("format_", "options"),
    [
        ("WEBP", {"lossless": True}),
        ("WEBP", {"save_all": True, "append_images": [Image.new("RGB", (401, 303))]}),
        ("PNG", {"save_all": True, "append_images": [Image.new("RGB", (401, 303))]}),
        ("AVIF", {}),
        ("GIF", {}),
        ("TIFF", {}),
    ],
)
def test_what_pillow_does_better_or_alone(format_, options):
    data = encoded(scene(401, 303), format_, **options)
    assert not libvips.is_taken(read_header(data, Limits()), 4)
    assert picture(data).cut((0, 0, 401, 303), (40, 30)).size == (40, 30)


def test_a_webp_with_alpha_keeps_it():
    data = encoded(with_alpha("RGBA"), "WEBP", quality=90)
    assert not libvips.is_taken(read_header(data, Limits()), 4)
    assert picture(data).cut((0, 0, 401, 303), (40, 30)).getchannel("A").getextrema() != (255, 255)


def test_a_preview_and_a_fill_share_one_decode(monkeypatch):
    seen = []
    decode = libvips.read_strips

    def counted(data, header, reduction, *use):
        seen.append(reduction)
        return decode(data, header, reduction, *use)

    monkeypatch.setattr(libvips, "read_strips", counted)
    data = encoded(scene(3000, 2000), "PNG", compress_level=1)
    one = Picture(data, read_header(data, Limits()))
    one.hint(0.15)
    assert one.preview(640).size == (640, 427)
    one.cut((166.5, 0, 2833.5, 2000), (400, 300))
    assert seen == [3]


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
def test_a_png_is_written_without_loss_and_says_nothing_else(mode):
    image = with_alpha("RGBA").convert(mode)
    data = libvips.encode_png(image)
    assert Image.open(BytesIO(data)).tobytes() == image.tobytes()
    assert Image.open(BytesIO(data)).info == {}
    assert encode(image, Encoding(Format.PNG)) == data
    assert len(data) < 1.02 * len(encoded(image, "PNG", compress_level=3))


def test_a_png_with_a_density_has_it_of_pillow():
    data = encode(scene(90, 60), Encoding(Format.PNG, density=300))
    assert round(Image.open(BytesIO(data)).info["dpi"][0]) == 300


def test_libvips_is_set_up_for_a_server():
    assert (pyvips.cache_get_max(), pyvips.concurrency_get()) == (0, 1)
    with pytest.raises(pyvips.Error):  # a loader that libvips itself does not trust with foreign bytes
        pyvips.Image.new_from_buffer(b"P5 2 2 255 1234", "")


def test_a_large_png_is_never_in_memory_as_a_whole(tmp_path):
    Image.linear_gradient("L").resize((6000, 4000)).convert("RGB").save(tmp_path / "large.png", compress_level=1)
    script = """
import resource, sys
from keepsight.pixels import Limits, Picture, libvips, read_header
data = open(sys.argv[1], "rb").read()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
Picture(data, read_header(data, Limits())).cut((0, 0, 6000, 4000), (400, 267))
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""
    result = subprocess.run(  # our own script
        [sys.executable, "-c", script, str(tmp_path / "large.png")], capture_output=True, text=True, check=True
    )
    assert int(result.stdout) < 40, "MiB; 24 megapixels are 69 MiB, and 92 in Pillow"
