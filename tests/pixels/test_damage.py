"""Damaged files either decode or raise BadImage; nothing of Pillow comes through."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from keepsight.errors import BadImage
from keepsight.pixels import Limits, Picture, read_header

from .drawn import encoded, exif, scene

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
]


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data", "ignore:Tag data larger than file")
@settings(max_examples=600, deadline=2000)
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
        picture = Picture(content, read_header(content, Limits(max_pixels=1_000_000)))
        assert picture.preview(16).mode == "RGB"
        assert picture.cut((1, 1, 9, 9), (8, 8)).size == (8, 8)
    except BadImage as error:
        assert str(error).startswith("Invalid image file")
