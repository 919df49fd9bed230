"""`c_fill` and `c_lfill`: the requested size, filled edge to edge."""

from __future__ import annotations

from fractions import Fraction

from keepsight.crop.anchor import Anchor
from keepsight.crop.box import Size
from keepsight.crop.position import locate
from keepsight.crop.ratio import max_ratio
from keepsight.crop.result import CropBox, covering
from keepsight.crop.sizes import requested
from keepsight.transformation.plan import Resize
from keepsight.transformation.values import Mode


def fill(step: Resize, source: Size, anchor: Anchor) -> CropBox:
    """The largest window of the requested ratio, scaled to the requested size.

    Cloudinary: `lfill` never enlarges. Decided: where it would have to, each side is cut to the request unscaled.
    """
    delivered = requested(step, source, max_ratio)
    window = max_ratio(source, Fraction(delivered.width, delivered.height))
    if step.mode is Mode.LFILL and (delivered.width > source.width or delivered.height > source.height):
        delivered = window = Size(min(delivered.width, source.width), min(delivered.height, source.height))
    x, y = locate(step, source, window, delivered, anchor)
    return covering(x, y, window, delivered)
