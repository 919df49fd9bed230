"""Photos to be tried: taken, found again, and gone when there are too many or when they are old."""

from __future__ import annotations

import io
import os
import time
from pathlib import Path

import pytest
from PIL import Image

from keepsight.errors import BadImage
from keepsight.pixels.limits import Limits
from keepsight.studio.dropped import DropBox

LIMITS = Limits(max_pixels=1_000_000, max_bytes=10_000_000)


def png(shade: int, side: int = 40) -> bytes:
    with io.BytesIO() as file:
        Image.effect_noise((side, side), 60).point(lambda v: (v + shade) % 256).save(file, "PNG")
        return file.getvalue()


def box(folder: Path, max_bytes: int = 10_000_000, max_age: int = 60) -> DropBox:
    return DropBox(folder / "studio", LIMITS, max_bytes=max_bytes, max_age=max_age)


def names(folder: Path) -> set[str]:
    return {path.name for path in (folder / "studio").iterdir()}


def test_one_photo_is_one_file(tmp_path: Path) -> None:
    drops, data = box(tmp_path), png(1)
    first = drops.take(data)
    assert (first.header.width, first.header.height) == (40, 40)
    assert drops.take(data).name == first.name
    assert names(tmp_path) == {first.name}
    assert first.name.endswith(".png")
    assert (tmp_path / "studio" / first.name).read_bytes() == data


def test_the_oldest_go_when_there_are_too_many(tmp_path: Path) -> None:
    photos = [png(shade) for shade in (1, 2, 3)]
    drops = box(tmp_path, max_bytes=len(photos[0]) * 2 + 100)
    taken = []
    for age, photo in zip((30, 20, 0), photos, strict=True):
        taken.append(drops.take(photo).name)
        moment = time.time() - age
        os.utime(tmp_path / "studio" / taken[-1], (moment, moment))
    assert names(tmp_path) == {taken[1], taken[2]}


def test_a_photo_over_the_bound_is_kept_alone(tmp_path: Path) -> None:
    drops = box(tmp_path, max_bytes=10)
    drops.take(png(1))
    last = drops.take(png(2))
    assert names(tmp_path) == {last.name}


def test_the_old_go(tmp_path: Path) -> None:
    old = box(tmp_path).take(png(1)).name
    moment = time.time() - 61
    os.utime(tmp_path / "studio" / old, (moment, moment))
    fresh = box(tmp_path).take(png(2)).name
    assert names(tmp_path) == {fresh}


@pytest.mark.parametrize("data", [b"", b"no picture", b"<html><script>alert(1)</script>", png(1)[:40]])
def test_what_is_no_picture_is_not_taken(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(BadImage):
        box(tmp_path).take(data)
    assert names(tmp_path) == set()


def test_a_photo_over_the_limits_is_not_taken(tmp_path: Path) -> None:
    with pytest.raises(BadImage):
        box(tmp_path).take(png(1, side=1_100))
