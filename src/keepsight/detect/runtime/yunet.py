"""Faces: YuNet through ONNX Runtime; through OpenCV where that is missing, or the network takes one size only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from keepsight.detect.card import Card
from keepsight.detect.detector import Detection, Detector, Identity
from keepsight.detect.runtime.keypoints import keypoints_of
from keepsight.detect.runtime.letterbox import Letterbox
from keepsight.detect.runtime.spares import Spares
from keepsight.detect.runtime.yunet_onnx import MAX_CANDIDATES, YunetSession
from keepsight.detect.sharpness import with_sharpness
from keepsight.errors import ModelError

STRIDE = 32
NMS_IOU = 0.3
"""OpenCV's own default; faces hardly ever overlap more."""
LANDMARKS = ("right_eye", "left_eye", "nose", "right_mouth_corner", "left_mouth_corner")
"""The key points of each face, in their order; right and left are the person's own."""


@dataclass(frozen=True)
class YunetDetector:
    """YuNet in the role of a Detector; its one label is `face`."""

    identity: Identity
    input_size: int
    faces: Callable[[NDArray[np.uint8]], NDArray[Any]]
    """From a picture in BGR to rows of x, y, width, height, five landmarks, score, in px."""
    labels: tuple[str, ...] = ("face",)

    def detect(self, image: Image.Image, *, zoom: float = 1.0) -> tuple[Detection, ...]:
        """See Detector."""
        letterbox = Letterbox.fit(image.size, round(zoom * self.input_size), STRIDE)
        bgr = np.ascontiguousarray(letterbox.apply(image)[:, :, ::-1])
        try:
            rows = np.asarray(self.faces(bgr), dtype=np.float64)
        except Exception as error:  # neither library's errors are subclasses of anything narrower
            raise ModelError(f"{self.identity.name} failed on a picture") from error
        if not np.isfinite(rows).all():
            raise ModelError(f"{self.identity.name} answered with something that is no number")
        found = []
        for x, y, width, height, *places, score in rows.tolist():
            region = letterbox.region(x, y, x + width, y + height)
            if region is not None:
                # The network does not say how sure it is of each: all are as visible as they are inside the picture.
                triples = [value for at in range(0, len(places), 2) for value in (places[at], places[at + 1], 1.0)]
                found.append(Detection("face", min(1.0, score), region, keypoints=keypoints_of(triples, letterbox)))
        found.sort(key=lambda detection: -detection.confidence)
        return with_sharpness(image, tuple(found))


def load_yunet(identity: Identity, card: Card, content: bytes) -> Detector:
    """A face detector from the bytes of an `.onnx` file.

    Raises ModelError when neither ONNX Runtime nor OpenCV can run it or the file does not hold YuNet.
    """
    detector = YunetDetector(identity, card.input_size, _in_onnx_runtime(card, content) or _in_opencv(card, content))
    try:
        detector.detect(Image.new("RGB", (64, 64)))  # OpenCV complains about a wrong network when it runs
    except Exception as error:  # that of OpenCV, too
        raise ModelError("the file does not hold a YuNet network") from error
    return detector


def _in_onnx_runtime(card: Card, content: bytes) -> Callable[[NDArray[np.uint8]], NDArray[Any]] | None:
    """None where it is not installed, and for a network that it cannot give pictures of any size to."""
    if find_spec("onnxruntime") is None:
        return None
    try:
        return YunetSession(content, card.floor, NMS_IOU, card.input_size**2).faces
    except ModelError:
        return None


def _in_opencv(card: Card, content: bytes) -> Callable[[NDArray[np.uint8]], NDArray[Any]]:
    """Raises ModelError where it is not installed."""
    try:
        import cv2  # noqa: PLC0415 - slow to import, and not always installed
    except ImportError as error:
        raise ModelError(
            f"the file does not hold a YuNet network that can be run here without OpenCV ({error})"
        ) from error
    cv2.setNumThreads(1)
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)
    model, no_config = np.frombuffer(content, dtype=np.uint8), np.empty(0, dtype=np.uint8)

    def make() -> Any:
        size = (card.input_size, card.input_size)
        return cv2.FaceDetectorYN.create("onnx", model, no_config, size, card.floor, NMS_IOU, MAX_CANDIDATES)

    networks = Spares[Any](make)

    def faces(bgr: NDArray[np.uint8]) -> NDArray[Any]:
        with networks.borrow() as network:
            network.setInputSize((bgr.shape[1], bgr.shape[0]))
            _, rows = network.detect(bgr)
        return np.empty((0, 15)) if rows is None else np.asarray(rows)

    return faces
