"""From a resize step, a picture's size and an anchor to a window: the one door of the package."""

from __future__ import annotations

from fractions import Fraction

from keepsight.crop.anchor import Anchor
from keepsight.crop.box import Size
from keepsight.crop.extract import extract
from keepsight.crop.fill import fill
from keepsight.crop.fill_pad import auto_pad, fill_pad
from keepsight.crop.pad import pad
from keepsight.crop.result import CropBox
from keepsight.crop.thumb import auto, thumb
from keepsight.crop.whole import fit_within, scale
from keepsight.errors import BadRequest
from keepsight.transformation.plan import Resize
from keepsight.transformation.values import Mode


def crop_box(step: Resize, source: Size, anchor: Anchor, margin: Fraction = Fraction(1, 25)) -> CropBox:
    """Compute which pixels of the source are delivered, and at which size.

    `source` is the upright picture as the step meets it, and every coordinate of `anchor` is in its pixels. The
    gravity and background of the step are not looked at. `margin`, 0 or more, is what a thumbnail leaves free on each
    side of its subject, as a share of the subject's own side.

    Raises BadRequest when the step lacks a size that its mode needs, holds one that is not above 0, or meets an
    anchor that its mode cannot use.
    """
    if step.ratio is not None and step.ratio <= 0:
        raise BadRequest(f"ar_{step.ratio} is not a ratio; expected a width over a height above 0")
    if step.zoom <= 0:
        raise BadRequest(f"z_{step.zoom} is not a zoom; expected a number above 0")
    match step.mode:
        case Mode.SCALE:
            window = scale(step, source)
        case Mode.FIT | Mode.LIMIT | Mode.MFIT:
            window = fit_within(step, source)
        case Mode.PAD | Mode.LPAD | Mode.MPAD:
            window = pad(step, source, anchor)
        case Mode.FILL | Mode.LFILL:
            window = fill(step, source, anchor)
        case Mode.FILL_PAD:
            window = fill_pad(step, source, anchor)
        case Mode.CROP:
            window = extract(step, source, anchor)
        case Mode.THUMB:
            window = thumb(step, source, anchor, margin)
        case Mode.AUTO:
            window = auto(step, source, anchor, margin)
        case Mode.AUTO_PAD:
            window = auto_pad(step, source, anchor, margin)
    return window
