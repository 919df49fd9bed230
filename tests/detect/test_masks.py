"""Outlines of things, from a real segmentation network."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from keepsight.detect.analysis import AnalysisCache
from keepsight.detect.card import Card
from keepsight.detect.detector import Detection, Region
from keepsight.detect.libraries import import_ultralytics
from keepsight.detect.mask import LONGEST, Mask
from keepsight.detect.model import Model
from keepsight.detect.runtime.letterbox import Letterbox
from keepsight.detect.runtime.masks import mask_of
from keepsight.errors import ModelError

from .conftest import needs_ultralytics, photo, shared

DOG = "000000000490"


@pytest.mark.parametrize("runtime", ["torch", "onnx", "openvino"])
def test_the_mask_of_a_dog_is_that_of_ultralytics(real: Path, cards: dict[str, Card], runtime: str) -> None:
    pytest.importorskip({"onnx": "onnxruntime"}.get(runtime, runtime))
    model = Model(cards["masks"], real, runtime=runtime)  # type: ignore[arg-type]
    dog = next(each for each in model.detector().detect(photo(DOG)) if each.label == "dog")
    assert dog.mask is not None
    assert max(dog.mask.width, dog.mask.height) <= LONGEST
    assert len(dog.mask.bits) <= LONGEST * LONGEST // 8
    theirs = _of_ultralytics(real / "yolov8n-seg-dq.pt", dog.region)
    ours = np.asarray(Image.fromarray(dog.mask.cells()).resize(theirs.shape[::-1], Image.Resampling.NEAREST))
    both, either = (ours & theirs).sum(), (ours | theirs).sum()
    assert both / either > 0.93
    assert 0.3 < dog.mask.share < 0.95


def _of_ultralytics(path: Path, region: Region) -> np.ndarray:
    """Ultralytics' own masks, cut out at a region of the photo."""
    torch = import_ultralytics()
    from ultralytics.utils.nms import non_max_suppression  # noqa: PLC0415 - the peer of this test
    from ultralytics.utils.ops import process_mask  # noqa: PLC0415 - the peer of this test

    from keepsight.detect.runtime.ultralytics import fused_network  # noqa: PLC0415

    picture = photo(DOG)
    box = Letterbox.fit(picture.size, 640, 32)
    pixels = torch.from_numpy(box.apply(picture).transpose(2, 0, 1)[None].copy()).float() / 255
    network = fused_network(path.read_bytes(), 640)
    with torch.inference_mode():
        (predictions, prototypes), _ = network(pixels)
        (rows,) = non_max_suppression(predictions, 0.25, 0.7, nc=80)
        masks = process_mask(prototypes[0], rows[:, 6:], rows[:, :4], pixels.shape[2:], upsample=True)
    dog = next(index for index, row in enumerate(rows.tolist()) if network.names[int(row[5])] == "dog")
    left, top = box.left + region.x * box.width, box.top + region.y * box.height
    right, bottom = left + region.width * box.width, top + region.height * box.height
    cut: np.ndarray = masks[dog].numpy().astype(bool)[round(top) : round(bottom), round(left) : round(right)]
    return cut


def test_without_the_capability_nothing_is_computed(real: Path, cards: dict[str, Card]) -> None:
    plain = cards["masks"].model_copy(update={"task": "detect", "capabilities": ("tag", "box")})
    assert all(each.mask is None for each in Model(plain, real).detector().detect(photo(DOG)))


def test_a_network_without_masks_is_no_model_for_them(tmp_path: Path, cards: dict[str, Card]) -> None:
    needs_ultralytics()
    shutil.copy(shared("models", "yolo11n-dq.pt"), tmp_path / "yolo11n-seg.pt")
    with pytest.raises(ModelError, match="gives no masks"):
        Model(cards["masks"], tmp_path).detector()


@given(st.integers(1, 64), st.integers(1, 64), st.integers(0, 1 << 30))
def test_there_and_back(width: int, height: int, seed: int) -> None:
    cells = np.random.default_rng(seed).random((height, width)) < 0.5
    mask = Mask.of(cells)
    assert (mask.cells() == cells).all()
    assert mask.share == pytest.approx(cells.mean())


@given(
    x=st.floats(0, 0.99), y=st.floats(0, 0.99), width=st.floats(0.001, 1), height=st.floats(0.001, 1),
    size=st.sampled_from([(640, 480), (333, 500), (37, 23), (5000, 40)]),
)  # fmt: skip
def test_the_mask_lies_where_the_prototype_says(
    x: float, y: float, width: float, height: float, size: tuple[int, int]
) -> None:
    region = Region(x, y, min(width, 1 - x), min(height, 1 - y))
    box = Letterbox.fit(size, 640, 32)
    prototypes = np.zeros((2, box.input_height // 4, box.input_width // 4), dtype=np.float32)
    middle = (box.left + box.width / 2) / 4 - 0.5
    prototypes[0] = np.arange(prototypes.shape[2]) - middle  # the right half of the picture
    mask = mask_of([1.0, 5.0], prototypes, region, box)
    centres = region.x + (np.arange(mask.width) + 0.5) / mask.width * region.width
    clear = np.abs(centres - 0.5) * box.width > 4
    assert (mask.cells()[:, clear] == (centres > 0.5)[clear]).all()


def test_masks_and_attributes_survive_a_restart(tmp_path: Path) -> None:
    cells = np.random.default_rng(1).random((30, 41)) < 0.4
    plain = Detection("coat", 0.5, Region(0, 0, 1, 1))
    seen = (replace(plain, mask=Mask.of(cells), attributes=(("collar", "v-neck"), ("zipper", "no"))), plain)
    cache = AnalysisCache(tmp_path / "a.sqlite")
    cache.detections("d", "m", lambda: seen)
    cache.close()
    assert AnalysisCache(tmp_path / "a.sqlite").detections("d", "m", lambda: pytest.fail("it is known")) == seen
