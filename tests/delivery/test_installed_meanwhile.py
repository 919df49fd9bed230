"""Weights that come while a server runs decide the next answer, also of a crop that lies in memory."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from scenes import compose

from keepsight.app import create_app
from keepsight.detect.vocabulary import Vocabulary
from keepsight.settings import load_settings
from tests.detect.conftest import needs_ultralytics
from tests.detect.networks import save_network
from tests.faults.asking import ask

NAMES = list(Vocabulary.named("coco").names)


@pytest.mark.parametrize("crop", ["c_fill,g_auto:cat,w_40,h_60", "c_thumb,g_cat,w_40,h_40", "c_fill,g_auto,w_40,h_60"])
def test_a_crop_in_memory_is_made_anew(tmp_path: Path, crop: str) -> None:
    needs_ultralytics()
    weights, media = tmp_path / "weights", tmp_path / "media"
    weights.mkdir()
    media.mkdir()
    compose((600, 400), [("cat", (40.0, 150.0, 240.0, 350.0))], 1).image.save(media / "photo.jpg")
    given = {
        "storage": {"media": media, "data": tmp_path / "data"},
        "models": {"weights": weights, "preload": False},
    }
    app = create_app(load_settings(None, given))
    path = f"/demo/image/upload/{crop}/photo.jpg"
    changed(weights, 1)
    assert [ask(app, path).headers["x-cache"] for _ in range(3)] == ["miss", "hit", "hit"]
    save_network(weights / "yolo11n.pt", NAMES, sees_things=True)
    changed(weights, 2)
    assert [ask(app, path).headers["x-cache"] for _ in range(2)] == ["miss", "hit"]
    (weights / "yolo11n.pt").unlink()
    changed(weights, 3)
    assert ask(app, path).headers["x-cache"] == "hit"  # on disk, under the key of before


def changed(folder: Path, second: int) -> None:
    """As if it had been done that second, long ago: what is done at this very moment is never taken for settled."""
    os.utime(folder, (1_700_000_000 + second,) * 2)
