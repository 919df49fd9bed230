"""What runs a network. One file per runtime; torch and OpenCV are imported when the first model is loaded."""

from keepsight.detect.runtime.load import load_detector, load_saliency

__all__ = ["load_detector", "load_saliency"]
