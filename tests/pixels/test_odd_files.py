"""Odd and broken files out of the test suites of other image projects; they lie beside the repository, if at all."""

import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from keepsight.errors import BadImage
from keepsight.pixels import Limits, Picture, read_header, render

from .drawn import psnr

ODD = Path(__file__).resolve().parents[2].parent / "shared" / "odd"
FILES = sorted(path.name for path in ODD.glob("*") if path.suffix != ".json") if ODD.is_dir() else []
BAD = {
    "Pillow-decompression_bomb.ico",
    "libvips-truncated.jpg",
    "thumbor-16383x16383.png",
    "thumbor-BlueSquare_truncated.jpg",
}

pytestmark = pytest.mark.skipif(not FILES, reason="no folder shared/odd beside the repository")


def load(name):
    path = ODD / name
    if not path.is_file():
        pytest.skip(f"{name} is not in shared/odd")
    data = path.read_bytes()
    return Picture(data, read_header(data, Limits()))


@pytest.mark.parametrize("name", FILES)
def test_it_decodes_or_says_why_not(name):
    start = time.thread_time()
    if name in BAD:
        with pytest.raises(BadImage, match=r"^Invalid image file"):
            load(name).preview()
    else:
        picture = load(name)
        assert picture.preview(320).mode == "RGB"
        assert render(picture, (), lambda: None).size == picture.size
    assert time.thread_time() - start < 20


def test_all_eight_orientations_show_the_same_scene():
    # Each file is its own encode and wears its own digit in the middle; 5 to 8 are also smaller.
    scenes = [
        load(f"libvips-{number}.jpg").preview().resize((60, 80), Image.Resampling.LANCZOS) for number in range(1, 9)
    ]
    assert all(psnr(scenes[0], other) > 25 for other in scenes[1:])
    mirrored = scenes[0].transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    assert psnr(scenes[0], mirrored) < 18


def test_turned_webp_and_avif_are_upright():
    plain, turned = load("Pillow-hopper.avif").preview(), load("Pillow-hopper_orientation_6.webp").preview()
    assert psnr(plain, turned) > 25
    field = np.asarray(load("Pillow-rot3mir0.avif").preview(), float)
    assert field.shape[1] > field.shape[0]
    assert field[: len(field) // 4, :, 2].mean() > field[-len(field) // 4 :, :, 2].mean() + 50, "the sky is above"


def test_cmyk_is_not_inverted():
    picture = np.asarray(load("sharp-Channel_digital_image_CMYK_color_no_profile.jpg").preview(64), float)
    grass, rest = picture[-8:].mean(axis=(0, 1)), picture.mean()
    assert grass[1] > grass[2]
    assert 60 < rest < 190


def test_a_grey_profile_is_obeyed():
    # Dot gain prints darker, so the same number stands for a lighter grey than in sRGB.
    picture = load("thumbor-grayscale-icc.jpg")
    shown = render(picture, (), lambda: None)
    assert shown.mode == "L"
    assert shown.getpixel((25, 25)) != Image.open(ODD / "thumbor-grayscale-icc.jpg").getpixel((25, 25))
