"""Colours, fingerprints and what is written in files."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageFilter

from keepsight.errors import BadImage
from keepsight.pixels.embedded import embedded, exif_only
from keepsight.pixels.header import read_header
from keepsight.pixels.limits import Limits
from keepsight.pixels.phash import distance, phash
from keepsight.pixels.picture import Picture
from keepsight.pixels.predominant import colours, predominant
from tests.conftest import shared


def test_the_shares_of_flat_colours_are_exact() -> None:
    image = Image.new("RGB", (200, 100), "#ff0000")
    image.paste("#0000ff", (0, 0, 50, 100))
    found = colours(image)
    assert found == [("#FF0000", 75.0), ("#0000FF", 25.0)]
    assert predominant(found) == {palette: [("red", 75.0), ("blue", 25.0)] for palette in ("google", "cloudinary")}


@pytest.mark.parametrize(
    ("colour", "name"),
    [
        ("#fefefe", "white"),
        ("#050505", "black"),
        ("#7a7a7a", "gray"),
        ("#3a2010", "brown"),
        ("#228b22", "green"),
        ("#ff9010", "orange"),
        ("#ff70b0", "pink"),
        ("#008b8b", "teal"),
    ],
)
def test_names(colour: str, name: str) -> None:
    found = colours(Image.new("RGB", (8, 8), colour))
    assert predominant(found)["google"] == [(name, 100.0)]


@given(st.integers(0, 2**32 - 1))
def test_shares_add_up(seed: int) -> None:
    noise = np.random.default_rng(seed).integers(0, 256, (20, 30, 3), dtype=np.uint8)
    found = colours(Image.fromarray(noise))
    assert len(found) <= 32
    for shares in (found, *predominant(found).values()):
        assert sum(share for _, share in shares) == pytest.approx(100, abs=4)  # each is rounded to a tenth
        assert [share for _, share in shares] == sorted((share for _, share in shares), reverse=True)


def _photo(name: str) -> Image.Image:
    data = shared(f"photos/{name}").read_bytes()
    return Picture(data, read_header(data, Limits())).preview()


def test_fingerprints_tell_pictures_apart_and_forgive_encoders() -> None:
    names = [path.name for path in sorted(shared("photos").glob("*.jpg"))[:12]]
    photos = [_photo(name) for name in names]
    prints = [phash(photo) for photo in photos]
    for photo, known in zip(photos, prints, strict=True):
        packed = io.BytesIO()
        photo.resize((photo.width // 2, photo.height // 2)).filter(ImageFilter.GaussianBlur(1)).save(
            packed, "JPEG", quality=40
        )
        assert distance(phash(Image.open(packed)), known) <= 6
    apart = [distance(a, b) for at, a in enumerate(prints) for b in prints[:at]]
    assert min(apart) > 12


def test_a_flat_picture_has_a_fingerprint() -> None:
    assert len(phash(Image.new("RGB", (3, 3), "white"))) == 16


def test_what_a_camera_writes() -> None:
    image = Image.new("RGB", (4, 4))
    exif = Image.Exif()
    exif[0x010F] = "Keepsight"
    exif[0x0132] = "2025:06:30 12:00:00"
    exif.get_ifd(0x8769)[0x829A] = (1, 250)
    packed = io.BytesIO()
    image.save(packed, "JPEG", exif=exif, dpi=(300, 300))
    found = embedded(packed.getvalue())
    assert found["Make"] == "Keepsight"
    assert found["DateTime"] == "2025:06:30 12:00:00"
    assert found["Colorspace"] == "RGB"
    assert found["XResolution"] == "300"
    assert exif_only(found).keys() >= {"Make", "DateTime"}
    assert "Colorspace" not in exif_only(found)


def test_odd_files_say_what_they_can() -> None:
    folder = shared("odd")
    for path in sorted(folder.iterdir()):
        if path.suffix == ".json":
            continue
        try:
            found = embedded(path.read_bytes())
        except BadImage:
            continue
        json.dumps(found)
        assert all(text.isprintable() for text in found.values()), path.name
