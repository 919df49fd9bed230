"""`c_scale`, `c_fit`, `c_limit`, `c_mfit`: the whole picture, only larger or smaller."""

from __future__ import annotations

from fractions import Fraction

from keepsight.crop.box import Size
from keepsight.crop.ratio import fit
from keepsight.crop.result import CropBox, covering
from keepsight.crop.sizes import given_sides, requested
from keepsight.errors import BadRequest
from keepsight.transformation.plan import Resize
from keepsight.transformation.rounding import half_up
from keepsight.transformation.values import Mode


def scale(step: Resize, source: Size) -> CropBox:
    """Exactly the requested size, distorted if the ratios differ.

    Cloudinary: with only `ar_`, a ratio above 1 keeps the width of the source, any other its height.
    """
    return covering(0, 0, source, requested(step, source, _along_longer_side))


def fit_within(step: Resize, source: Size) -> CropBox:
    """The largest size of the source's ratio inside the requested bounds.

    Cloudinary: `limit` only makes smaller, `mfit` only larger, `fit` both. Raises BadRequest when neither side is
    given: a ratio alone bounds nothing.
    """
    bounds = given_sides(step, source)
    if bounds is None:
        raise BadRequest(f"c_{step.mode} needs a width or a height: w_ or h_")
    fitted = fit(source, bounds)
    larger_than_source = bounds.width > source.width and bounds.height > source.height
    if (step.mode is Mode.LIMIT and larger_than_source) or (step.mode is Mode.MFIT and not larger_than_source):
        fitted = source
    return covering(0, 0, source, fitted)


def _along_longer_side(source: Size, ratio: Fraction) -> Size:
    if ratio > 1:
        return Size(source.width, max(1, half_up(source.width / ratio)))
    return Size(max(1, half_up(source.height * ratio)), source.height)
