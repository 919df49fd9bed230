"""What runs a network. One file per runtime; its library is imported when the first model is loaded."""

from keepsight.detect.runtime.choice import Choice, Runtime, Source, choose, installed
from keepsight.detect.runtime.classifier import load_classifier
from keepsight.detect.runtime.device import Device
from keepsight.detect.runtime.kserve import ServerGone, load_kserve
from keepsight.detect.runtime.load import load_detector, load_saliency

__all__ = [
    "Choice",
    "Device",
    "Runtime",
    "ServerGone",
    "Source",
    "choose",
    "installed",
    "load_classifier",
    "load_detector",
    "load_kserve",
    "load_saliency",
]
