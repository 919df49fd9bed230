"""The export that looks for boxes only where the network is sure of something."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from keepsight.detect.agreement import trial_pictures
from keepsight.detect.model import Model
from keepsight.detect.runtime.exported import FLOOR_INPUT
from keepsight.detect.runtime.head import EVERYTHING
from keepsight.detect.runtime.session import open_session
from keepsight.detect.runtime.yolo import YoloDetector

from .conftest import photo
from .networks import card_of

pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")


def detector(folder: Path, stem: str, runtime: str, **more: object) -> YoloDetector:
    made = Model(card_of(f"{stem}.pt", **more), folder, runtime=runtime).detector()  # type: ignore[arg-type]
    assert isinstance(made, YoloDetector)
    return made


@pytest.mark.parametrize("runtime", ["onnx", "openvino"])
def test_what_is_left_out_is_what_does_not_count(random: Path, runtime: str) -> None:
    pytest.importorskip(runtime.replace("onnx", "onnxruntime"))
    network = detector(random, "w", runtime)
    fewer = []
    for picture in trial_pictures():
        everything = network.look(picture, EVERYTHING)[1].boxes
        sure = everything[4:].max(axis=0) > 0.3
        chosen = network.look(picture, 0.3)[1].boxes
        assert chosen.shape == (everything.shape[0], sure.sum())
        # The same arithmetic in another order: the last digits may differ.
        np.testing.assert_allclose(chosen, everything[:, sure], rtol=1e-4, atol=1e-3)
        fewer.append(sure.mean())
    assert 0 < min(fewer) < 0.9


def test_every_place_of_a_photo_is_that_of_torch(real: Path) -> None:
    for stem in ("yolo11n-dq", "yolo11n-pose-dq", "yolov8n-seg-dq"):
        torch, onnx = (detector(real, stem, runtime, input_size=640) for runtime in ("torch", "onnx"))
        ours, theirs = (each.look(photo("000000000490"), EVERYTHING)[1].boxes for each in (onnx, torch))
        assert ours.shape == theirs.shape
        np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=0.02)  # px of the input; confidences follow below
        np.testing.assert_allclose(ours[4:5], theirs[4:5], atol=1e-4)


def test_a_picture_without_anything(random: Path) -> None:
    answer = detector(random, "w", "onnx").look(Image.new("RGB", (300, 200)), 0.9999)[1].boxes
    assert answer.shape == (4 + 3, 0)


def test_a_head_that_needs_no_suppression_is_exported_as_it_is(random: Path) -> None:
    inputs = {stem: open_session((random / f"{stem}.onnx").read_bytes()).get_inputs() for stem in ("w", "e")}
    assert [each.name for each in inputs["w"]] == ["images", FLOOR_INPUT]
    assert [each.name for each in inputs["e"]] == ["images"]
