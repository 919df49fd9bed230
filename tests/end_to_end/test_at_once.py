"""Many crops of one photo, asked for at once: its pixels are decoded once and looked at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from shutil import copy
from threading import Barrier

import pytest
from PIL import Image

from keepsight.app import open_origin, open_registry
from keepsight.delivery.client import client_of
from keepsight.detect.libraries import import_ultralytics
from keepsight.errors import ModelError
from keepsight.settings import Settings
from tests.conftest import shared

CROPS = 12


def test_crops_of_a_new_photo_share_its_decode_and_its_inference(tmp_path: Path) -> None:
    try:
        import_ultralytics()
    except ModelError as error:
        pytest.skip(str(error))
    for folder in ("media", "weights", "data"):
        (tmp_path / folder).mkdir()
    copy(shared("models/yolo11n-dq.pt"), tmp_path / "weights")
    with Image.open(shared("photos/000000000074.jpg")) as photo:
        photo.resize((3000, 2000)).save(tmp_path / "media" / "dog.jpg")
    settings = Settings.model_validate(
        {
            "storage": {"media": tmp_path / "media", "data": tmp_path / "data"},
            "models": {"weights": tmp_path / "weights", "deadline": 300},
            "limits": {"deadline": 300},
        }
    )
    origin, barrier, client = open_origin(settings, open_registry(settings)), Barrier(CROPS), client_of({}, b"")

    def ask(number: int) -> str:
        barrier.wait()
        cut = f"c_fill,g_auto:dog,w_{300 + number},h_300"
        answer = origin.deliver(f"/demo/image/upload/{cut}/dog.jpg", client).answer
        return dict(answer.headers)[b"x-focus"].decode()

    with ThreadPoolExecutor(CROPS) as pool:
        reasons = list(pool.map(ask, range(CROPS)))
    assert all("kept dog" in reason for reason in reasons)
    assert origin.analyst.cache.inferences == 1
    assert origin.maker.decodes.decodes == 1
