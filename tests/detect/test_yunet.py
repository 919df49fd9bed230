"""YuNet gives the same faces in both of its runtimes."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from keepsight.detect.card import find_cards
from keepsight.detect.detector import Identity
from keepsight.detect.runtime.yunet import YunetDetector, _in_opencv, load_yunet
from keepsight.detect.runtime.yunet_onnx import YunetSession
from keepsight.errors import ModelError

from .conftest import photo, shared

IDENTITY = Identity("faces", 1, "0" * 64)
(CARD,) = (card for card in find_cards() if card.name == "faces")


def weights() -> bytes:
    return shared("models", "face_detection_yunet_2026may.onnx").read_bytes()


def test_onnx_runtime_sees_what_opencv_sees() -> None:
    pytest.importorskip("cv2")
    pytest.importorskip("onnxruntime")
    ours = load_yunet(IDENTITY, CARD, weights())
    theirs = YunetDetector(IDENTITY, CARD.input_size, _in_opencv(CARD, weights()))
    assert isinstance(ours, YunetDetector)
    assert isinstance(getattr(ours.faces, "__self__", None), YunetSession)
    seen = 0
    names = ("000000000569", "000000000165", "000000000263", "000000000081", "000000000575")
    for name in names:
        image = photo(name)
        pairs = list(zip(ours.detect(image), theirs.detect(image), strict=True))
        for mine, other in pairs:
            boxes = [(d.region.x, d.region.y, d.region.width, d.region.height, d.confidence) for d in (mine, other)]
            assert np.allclose(*boxes, atol=1e-5)
            assert np.allclose(*([(k.x, k.y) for k in d.keypoints] for d in (mine, other)), atol=1e-5)
        seen += len(pairs)
    assert seen >= 2


def test_a_network_of_another_kind_is_no_yunet() -> None:
    pytest.importorskip("onnxruntime")
    with pytest.raises(ModelError, match="YuNet"):
        YunetSession(shared("models", "u2netp.onnx").read_bytes(), 0.7, 0.3, 640 * 640)


def test_opencv_is_not_loaded_where_onnx_runtime_is_installed() -> None:
    pytest.importorskip("onnxruntime")
    program = (
        "import sys; from PIL import Image; from tests.detect.test_yunet import CARD, IDENTITY, load_yunet, weights;"
        "load_yunet(IDENTITY, CARD, weights()).detect(Image.new('RGB', (64, 48))); print('cv2' in sys.modules)"
    )
    weights()
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
