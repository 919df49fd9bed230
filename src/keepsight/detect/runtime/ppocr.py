"""Lines of text: the detector of PP-OCR in ONNX, with the post-processing of DB.

Preprocessing and thresholds are those of PaddleOCR (`ppocr/postprocess/db_postprocess.py`, det_mv3_db.yml): BGR over
255, the ImageNet mean and deviation in that order, pixels above .3 are text, a line grows back by its area times 1.5
over its circumference, because the network was trained on shrunk lines (Liao et al., "Real-time Scene Text Detection
with Differentiable Binarization", 2020). Boxes are upright here; a slanted line gets the box around it.
Its score is the mean probability in the smallest rectangle around the line.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from keepsight.detect.card import Card
from keepsight.detect.detector import Detection, Detector, Identity
from keepsight.detect.runtime.components import components
from keepsight.detect.runtime.letterbox import Letterbox
from keepsight.detect.runtime.session import normalised, open_session, run_session
from keepsight.detect.sharpness import with_sharpness
from keepsight.errors import ModelError

STRIDE = 32
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
TEXT = 0.3
"""Probability above which a pixel is text."""
UNCLIP = 1.5
SHORTEST_SIDE = 3
"""Px of the network's input; a shrunk line below it is noise."""


@dataclass(frozen=True)
class PpocrDetector:
    """PP-OCR's text detector in the role of a Detector: its one label is `text`."""

    identity: Identity
    floor: float
    input_size: int
    session: Any
    labels: tuple[str, ...] = ("text",)

    def detect(self, image: Image.Image, *, zoom: float = 1.0) -> tuple[Detection, ...]:
        """See Detector."""
        letterbox = Letterbox.fit(image.size, round(zoom * self.input_size), STRIDE)
        bgr = letterbox.apply(image)[:, :, ::-1].astype(np.float32) / np.float32(255)
        answer = run_session(self.session, normalised(bgr, MEAN, DEVIATION))[0, 0]
        if answer.shape != (letterbox.input_height, letterbox.input_width):
            raise ModelError(f"{self.identity.name} answers in another size than it was asked in")
        found = []
        for line in components(answer > TEXT, answer):
            # What is inside the rectangle and no text counts as 0: this tells lines from blots of any other shape.
            confidence = min(1.0, line.total / (line.length * line.breadth))
            if confidence < self.floor or min(line.length, line.breadth) < SHORTEST_SIDE:
                continue
            grown = UNCLIP * line.length * line.breadth / (2 * (line.length + line.breadth))
            region = letterbox.region(line.left - grown, line.top - grown, line.right + grown, line.bottom + grown)
            if region is not None:
                found.append(Detection("text", confidence, region))
        found.sort(key=lambda detection: -detection.confidence)
        return with_sharpness(image, tuple(found))


def load_ppocr(identity: Identity, card: Card, content: bytes) -> Detector:
    """A text detector from the bytes of an `.onnx` file.

    Raises ModelError when ONNX Runtime is not installed or the file holds no such network.
    """
    detector = PpocrDetector(identity, card.floor, card.input_size, open_session(content))
    detector.detect(Image.new("RGB", (64, 64)))  # a network for another task shows now, not in a request
    return detector
