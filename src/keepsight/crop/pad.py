"""`c_pad`, `c_lpad`, `c_mpad`: the whole picture on a canvas."""

from __future__ import annotations

from fractions import Fraction

from keepsight.crop.anchor import Anchor, Fixed
from keepsight.crop.box import Size
from keepsight.crop.compass import moved, offset
from keepsight.crop.ratio import fit, min_ratio
from keepsight.crop.result import CropBox
from keepsight.crop.sizes import requested
from keepsight.errors import BadRequest
from keepsight.transformation.plan import Resize
from keepsight.transformation.values import Mode


def pad(step: Resize, source: Size, anchor: Anchor) -> CropBox:
    """Place the picture on the canvas; `x_` and `y_` are pixels of the canvas or shares of the placed picture.

    Cloudinary: `pad` scales both ways, `lpad` only down, `mpad` not at all. Decided: the canvas of `mpad` is never
    smaller than the picture on either side; `ar_` alone makes the smallest canvas that holds the picture.
    Raises BadRequest for any anchor but a compass point.
    """
    if not isinstance(anchor, Fixed):
        raise BadRequest(f"c_{step.mode} places the picture by a compass gravity such as g_north_west")
    canvas = requested(step, source, _smallest_around)
    if step.mode is Mode.MPAD:
        canvas = Size(max(canvas.width, source.width), max(canvas.height, source.height))
    fits_unscaled = canvas.width >= source.width and canvas.height >= source.height
    picture = source if step.mode is not Mode.PAD and fits_unscaled else fit(source, canvas)
    across = offset(step.x, picture.width, Fraction(1))
    down = offset(step.y, picture.height, Fraction(1))
    x, y = moved(anchor.compass, canvas, picture, across, down)
    return CropBox(0, 0, source.width, source.height, canvas, (x, y, picture.width, picture.height))


def _smallest_around(source: Size, ratio: Fraction) -> Size:
    return min_ratio(source.width, source.height, ratio)
