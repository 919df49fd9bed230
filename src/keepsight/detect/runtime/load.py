"""From a card and its weights to a detector.

A runtime is imported with the first model that needs it: a server needs few of them, and none to start.
"""

from __future__ import annotations

from keepsight.detect.card import Card
from keepsight.detect.detector import Detector, Identity
from keepsight.detect.runtime.choice import Source
from keepsight.detect.saliency import Saliency
from keepsight.detect.vocabulary import Vocabulary
from keepsight.errors import ModelError


def load_detector(card: Card, source: Source, vocabulary: Vocabulary) -> Detector:
    """Load the network that a card describes.

    Takes seconds the first time, when the runtime is imported.
    Raises ModelError when the runtime is not installed or the file does not hold what the card promises.
    """
    identity = Identity(card.name, card.version, source.weights.sha256)
    content = source.file.read()
    match source.runtime:
        case "yunet":
            from keepsight.detect.runtime.yunet import load_yunet  # noqa: PLC0415 - see the head of this file

            return load_yunet(identity, card, content)
        case "ppocr":
            from keepsight.detect.runtime.ppocr import load_ppocr  # noqa: PLC0415 - see the head of this file

            return load_ppocr(identity, card, content)
        case "torch":
            from keepsight.detect.runtime.ultralytics import load_ultralytics  # noqa: PLC0415 - see the head of this file

            return load_ultralytics(identity, card, content, vocabulary, source.device)
        case "onnx":
            from keepsight.detect.runtime.onnx import load_onnx  # noqa: PLC0415 - see the head of this file

            return load_onnx(identity, card, content, vocabulary, source.device)
        case "openvino":
            from keepsight.detect.runtime.openvino import load_openvino  # noqa: PLC0415 - see the head of this file

            return load_openvino(identity, card, content, vocabulary)
        case "detr":
            from keepsight.detect.runtime.detr import load_detr  # noqa: PLC0415 - see the head of this file

            return load_detr(identity, card, content, vocabulary, source.device)
        case "u2net" | "kserve":  # the card's own check leaves no way here
            raise ModelError(f"{card.name} has nothing here that could be loaded as a detector")


def load_saliency(card: Card, source: Source) -> Saliency:
    """Load the network of a card whose task is saliency. Raises ModelError as `load_detector` does."""
    from keepsight.detect.runtime.u2net import load_u2net  # noqa: PLC0415 - see the head of this file

    return load_u2net(Identity(card.name, card.version, source.weights.sha256), source.file.read())
