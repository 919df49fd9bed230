"""What stands out: U²-Net in ONNX. Preprocessing as its authors do (u2net_test.py: RescaleT, ToTensorLab)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from keepsight.detect.detector import Identity
from keepsight.detect.runtime.session import normalised, open_session, run_session
from keepsight.detect.saliency import Saliency

SIDE = 320
"""Px of its square input: the picture is stretched to it."""
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


@dataclass(frozen=True)
class U2netSaliency:
    """U²-Net in the role of a Saliency; its map is SIDE px high and wide."""

    identity: Identity
    session: Any

    def map(self, image: Image.Image) -> NDArray[np.float32]:
        """See Saliency."""
        resized = image.convert("RGB").resize((SIDE, SIDE), Image.Resampling.BILINEAR, reducing_gap=2.0)
        pixels = np.asarray(resized, dtype=np.float32)
        brightest = float(pixels.max()) or 1.0
        answer = run_session(self.session, normalised(pixels / brightest, MEAN, DEVIATION))[0, 0]
        low, high = float(answer.min()), float(answer.max())
        if high <= low:
            return np.zeros_like(answer)
        result: NDArray[np.float32] = (answer - low) / (high - low)
        return result


def load_u2net(identity: Identity, content: bytes) -> Saliency:
    """A saliency network from the bytes of an `.onnx` file.

    Raises ModelError when ONNX Runtime is not installed or the file holds no such network.
    """
    saliency = U2netSaliency(identity, open_session(content))
    saliency.map(Image.new("RGB", (64, 64)))  # a network for another task shows now, not in a request
    return saliency
