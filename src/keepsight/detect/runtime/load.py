"""From a card and its weights to a detector."""

from __future__ import annotations

from keepsight.detect.card import Card
from keepsight.detect.detector import Detector, Identity
from keepsight.detect.runtime.choice import Source
from keepsight.detect.runtime.onnx import load_onnx
from keepsight.detect.runtime.openvino import load_openvino
from keepsight.detect.runtime.ultralytics import load_ultralytics
from keepsight.detect.runtime.yunet import load_yunet
from keepsight.detect.vocabulary import Vocabulary


def load_detector(card: Card, source: Source, vocabulary: Vocabulary) -> Detector:
    """Load the network that a card describes.

    Takes seconds the first time, when the runtime is imported.
    Raises ModelError when the runtime is not installed or the file does not hold what the card promises.
    """
    identity = Identity(card.name, card.version, source.weights.sha256)
    content = source.file.read()
    match source.runtime:
        case "yunet":
            return load_yunet(identity, card, content)
        case "torch":
            return load_ultralytics(identity, card, content, vocabulary)
        case "onnx":
            return load_onnx(identity, card, content, vocabulary)
        case "openvino":
            return load_openvino(identity, card, content, vocabulary)
