"""Our own walk through a still WebP says what Pillow says."""

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from keepsight.errors import BadImage
from keepsight.pixels import Limits, read_header, webp
from tests.conftest import SHARED

from .drawn import encoded, exif, scene

SOUND = {
    "lossy": lambda: encoded(scene(41, 30), "WEBP"),
    "lossless": lambda: encoded(scene(41, 30), "WEBP", lossless=True),
    "lossy with alpha": lambda: encoded(seen_through("RGBA"), "WEBP"),
    "lossless with alpha": lambda: encoded(seen_through("RGBA"), "WEBP", lossless=True),
    "with a profile": lambda: encoded(scene(41, 30), "WEBP", icc_profile=b"x" * 131),
    "turned": lambda: encoded(scene(41, 30), "WEBP", exif=exif(6)),
    "turned, lossless": lambda: encoded(scene(41, 30), "WEBP", lossless=True, exif=exif(5), xmp=b"<x/>"),
    "largest": lambda: encoded(Image.new("L", (16383, 1)), "WEBP"),
}


def seen_through(mode):
    image = scene(41, 30).convert(mode)
    image.putalpha(100)
    return image


@pytest.mark.parametrize("kind", SOUND)
def test_a_still_is_described_as_pillow_does(kind):
    data = SOUND[kind]()
    still, image = webp.survey(data), Image.open(BytesIO(data))
    assert (still.width, still.height) == image.size
    assert still.has_alpha == image.has_transparency_data
    assert still.lossless == ("lossless" in kind)
    assert still.exif == image.info.get("exif")


def test_the_odd_ones_too():
    for path in (SHARED / "odd").glob("*.webp"):
        image, still = Image.open(path), webp.survey(path.read_bytes())
        if image.n_frames > 1:
            assert still is None
        else:
            assert (still.width, still.height, still.has_alpha) == (*image.size, image.has_transparency_data)


def test_an_animation_is_left_to_pillow():
    frames = [scene(41, 30), Image.new("RGB", (41, 30))]
    data = encoded(frames[0], "WEBP", save_all=True, append_images=frames[1:], duration=70)
    assert webp.survey(data) is None
    assert read_header(data, Limits()).durations == (70, 70)


@pytest.mark.parametrize("kind", SOUND)
def test_one_cut_short_is_refused(kind):
    data = SOUND[kind]()
    for left in (13, 20, 29, len(data) // 2, len(data) - 3):
        with pytest.raises(BadImage, match=r"^Invalid image file"):
            read_header(data[:left], Limits())


@given(
    st.sampled_from([make() for name, make in SOUND.items() if name != "largest"]),
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 255)), min_size=1, max_size=4),
)
def test_a_damaged_one_has_the_size_that_pillow_sees_or_none(data, edits):
    damaged = bytearray(data)
    for at, value in edits:
        damaged[at % len(damaged)] = value
    still = webp.survey(bytes(damaged))
    if still is None or damaged[:4] != b"RIFF" or damaged[8:12] != b"WEBP":
        return
    try:
        image = Image.open(BytesIO(bytes(damaged)), formats=("WEBP",))
    except Exception:  # one of the many ways in which Pillow refuses
        return
    assert (still.width, still.height) == image.size
    assert still.has_alpha or not image.has_transparency_data
