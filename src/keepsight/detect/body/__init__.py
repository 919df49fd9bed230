"""Parts of a human body from the key points of a pose. Pure arithmetic on one person at a time."""

from keepsight.detect.body.parts import RULES, body_parts
from keepsight.detect.body.skeleton import POINTS

__all__ = ["POINTS", "RULES", "body_parts"]
