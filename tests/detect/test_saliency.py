from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from keepsight.detect.card import Card
from keepsight.detect.model import Model
from keepsight.detect.saliency import Saliency
from keepsight.errors import ModelError

from .conftest import shared


@pytest.fixture(scope="module")
def saliency(cards: dict[str, Card]) -> Saliency:
    pytest.importorskip("onnxruntime")
    return Model(cards["saliency"], shared("models")).saliency()


def test_a_disc_stands_out(saliency: Saliency) -> None:
    image = Image.new("RGB", (800, 400), (120, 150, 120))
    ImageDraw.Draw(image).ellipse((500, 100, 700, 300), fill=(220, 40, 30))
    seen = saliency.map(image)
    assert (seen.shape, seen.dtype) == ((320, 320), np.float32)
    assert (seen.min(), seen.max()) == (0, 1)
    assert seen[100:220, 210:270].mean() > 0.8  # the whole picture, stretched
    assert seen[:, :150].mean() < 0.1


def test_any_picture_has_a_map(saliency: Saliency) -> None:
    for image in (Image.new("RGB", (1, 1)), Image.new("RGB", (3000, 2)), Image.new("L", (50, 50), 255)):
        seen = saliency.map(image)
        assert np.isfinite(seen).all()
        assert 0 <= seen.min() <= seen.max() <= 1


def test_threads_see_the_same(saliency: Saliency) -> None:
    image = Image.linear_gradient("L").convert("RGB")
    with ThreadPoolExecutor(3) as pool:
        first, *others = pool.map(saliency.map, [image] * 4)
    assert all((first == other).all() for other in others)


def test_a_map_is_no_detector(tmp_path: Path, cards: dict[str, Card]) -> None:
    with pytest.raises(ModelError, match="no detections"):
        Model(cards["saliency"], tmp_path).detector()
    with pytest.raises(ModelError, match="no map"):
        Model(cards["coco"], tmp_path).saliency()
    with pytest.raises(ModelError, match="not installed"):
        Model(cards["saliency"], tmp_path).saliency()
