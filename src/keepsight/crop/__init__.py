"""Rectangles and windows: which box is cut out, exactly. Pure arithmetic; knows of the others only the resize step."""

from keepsight.crop.anchor import Anchor, Fixed, Point, Target, Tight, Weighted
from keepsight.crop.box import Box, Size, hull
from keepsight.crop.engine import crop_box
from keepsight.crop.result import CropBox

__all__ = [
    "Anchor",
    "Box",
    "CropBox",
    "Fixed",
    "Point",
    "Size",
    "Target",
    "Tight",
    "Weighted",
    "crop_box",
    "hull",
]
