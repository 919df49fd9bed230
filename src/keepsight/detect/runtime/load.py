"""From a card and its weights to a detector."""

from __future__ import annotations

from keepsight.detect.card import Card
from keepsight.detect.detector import Detector, Identity
from keepsight.detect.runtime.ppocr import load_ppocr
from keepsight.detect.runtime.u2net import load_u2net
from keepsight.detect.runtime.ultralytics import load_ultralytics
from keepsight.detect.runtime.yunet import load_yunet
from keepsight.detect.saliency import Saliency
from keepsight.detect.vocabulary import Vocabulary
from keepsight.detect.weights import Weights
from keepsight.errors import ModelError


def load_detector(card: Card, weights: Weights, vocabulary: Vocabulary) -> Detector:
    """Load the network that a card describes.

    Takes seconds the first time, when torch or OpenCV is imported.
    Raises ModelError when the runtime is not installed or the file does not hold what the card promises.
    """
    identity = Identity(card.name, card.version, weights.sha256)
    match card.runtime:
        case "yunet":
            return load_yunet(identity, card, weights.read())
        case "ppocr":
            return load_ppocr(identity, card, weights.read())
        case "ultralytics":
            return load_ultralytics(identity, card, weights.read(), vocabulary)
        case "u2net":  # the card's own check leaves no way here
            raise ModelError(f"{card.name} gives a map of what stands out, no detections")


def load_saliency(card: Card, weights: Weights) -> Saliency:
    """Load the network of a card whose task is saliency. Raises ModelError as `load_detector` does."""
    return load_u2net(Identity(card.name, card.version, weights.sha256), weights.read())
