"""Damaged files either decode or raise BadImage; nothing of Pillow comes through."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from keepsight.errors import BadImage
from keepsight.pixels import Limits, Picture, read_header
from tests.conftest import SHARED

from .drawn import encoded, exif, picture, scene

SOUND = [
    encoded(scene(40, 30), "JPEG", exif=exif(6)),
    encoded(scene(40, 30), "JPEG", progressive=True),
    encoded(scene(40, 30).convert("CMYK"), "JPEG"),
    encoded(scene(40, 30), "PNG", exif=exif(3)),
    encoded(scene(40, 30).convert("P"), "PNG", transparency=3),
    encoded(scene(40, 30), "WEBP"),
    encoded(scene(40, 30).convert("RGBA"), "WEBP", lossless=True, exif=exif(8)),
    encoded(scene(40, 30), "AVIF", exif=exif(5)),
    encoded(scene(40, 30), "GIF", save_all=True, append_images=[Image.new("RGB", (40, 30))]),
    encoded(scene(40, 30), "PNG", save_all=True, append_images=[Image.new("RGB", (40, 30))]),
    encoded(scene(40, 30), "TIFF", save_all=True, append_images=[Image.new("RGB", (20, 30))]),
    encoded(scene(40, 30), "TIFF", compression="tiff_lzw"),
    encoded(scene(40, 30), "TIFF", compression="jpeg"),
    encoded(scene(40, 30).convert("1"), "TIFF", compression="group4"),
    encoded(scene(40, 30), "BMP"),
    encoded(scene(40, 30).convert("P"), "BMP"),
    encoded(scene(40, 30).convert("RGBA"), "ICO", sizes=[(40, 30)]),
    encoded(scene(40, 30).convert("RGBA"), "ICO", sizes=[(40, 30)], bitmap_format="bmp"),
    encoded(scene(40, 30), "JPEG2000"),
    *(path.read_bytes() for path in (SHARED / "odd").glob("*.heic")),
]

ANIMATED = {
    format_: encoded(
        scene(40, 30), format_, save_all=True, append_images=[Image.new("RGB", (40, 30)), scene(40, 30)], duration=90
    )
    for format_ in ("GIF", "PNG", "WEBP", "AVIF")
}


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data", "ignore:Tag data larger than file")
@settings(max_examples=500)
@given(
    st.sampled_from(SOUND),
    st.lists(st.tuples(st.integers(0, 1500), st.integers(0, 255)), min_size=1, max_size=6),
    st.integers(0, 60),
)
def test_a_damaged_file_never_surprises(data, edits, cut_off):
    damaged = bytearray(data)
    for at, value in edits:
        damaged[at % len(damaged)] = value
    content = bytes(damaged[: len(damaged) - cut_off])
    try:
        original = Picture(content, read_header(content, Limits(max_pixels=1_000_000)))
        assert original.preview(16).mode == "RGB"
        assert original.cut((1, 1, 9, 9), (8, 8)).size == (8, 8)
    except BadImage as error:
        assert str(error).startswith("Invalid image file")


@settings(max_examples=300)
@given(
    st.sampled_from([encoded(scene(40, 30), "JXL", num_threads=0), encoded(scene(8, 8), "JXL", use_container=True)]),
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 255)), min_size=1, max_size=6),
    st.integers(0, 200),
)
def test_the_header_of_a_damaged_jpeg_xl_never_surprises(data, edits, cut_off):
    damaged = bytearray(data)
    for at, value in edits:
        damaged[at % len(damaged)] = value
    try:
        assert read_header(bytes(damaged[: len(damaged) - cut_off]), Limits()).width > 0
    except BadImage as error:
        assert str(error).startswith("Invalid image file")


@pytest.mark.parametrize("left", [0.3, 0.6, 0.9])
def test_a_jpeg_xl_cut_short_is_a_bad_image(left):
    data = encoded(scene(200, 150), "JXL", num_threads=0)
    data = data[: int(left * len(data))]
    with pytest.raises(BadImage, match=r"^Invalid image file: damaged"):
        picture(data).preview()


@settings(max_examples=300)
@given(
    st.sampled_from(["GIF", "PNG", "WEBP", "AVIF"]),
    st.lists(st.tuples(st.integers(0, 3000), st.integers(0, 255)), min_size=1, max_size=6),
)
def test_a_damaged_animation_never_surprises(format_, edits):
    damaged = bytearray(ANIMATED[format_])
    for at, value in edits:
        damaged[at % len(damaged)] = value
    content = bytes(damaged)
    try:
        original = Picture(content, read_header(content, Limits(max_pixels=1_000_000, max_frames=50)))
        if original.header.animated:
            assert len(original.header.durations) == original.header.frames
            for each in original.frames(range(original.header.frames)):
                assert each.cut((0, 0, 8, 8), (8, 8)).size == (8, 8)
    except BadImage as error:
        assert str(error).startswith("Invalid image file")
