"""`c_crop`: pixels of the source as they are, never scaled."""

from __future__ import annotations

from fractions import Fraction

from keepsight.crop.anchor import Anchor, Fixed, Tight
from keepsight.crop.box import Box, Size
from keepsight.crop.compass import SHARES, moved, offset
from keepsight.crop.line import outer
from keepsight.crop.position import locate
from keepsight.crop.ratio import max_ratio, min_ratio
from keepsight.crop.result import CropBox, covering
from keepsight.crop.sizes import given_sides
from keepsight.errors import BadRequest
from keepsight.transformation.plan import Resize
from keepsight.transformation.rounding import half_up
from keepsight.transformation.values import Compass, Length


def extract(step: Resize, source: Size, anchor: Anchor) -> CropBox:
    """A region of the requested size, of the requested ratio around a box, the box itself, or all behind an offset.

    Cloudinary: `z_` divides the box, and only when neither width nor height is given.
    Raises BadRequest when there is neither a size nor a box.
    """
    window = _region(step, source)
    if window is None and isinstance(anchor, Fixed) and (step.x is not None or step.y is not None):
        return _rest(step, source, anchor.compass)
    if window is None and step.ratio is not None:
        window = max_ratio(source, step.ratio)
        if isinstance(anchor, Tight):
            window = _grown(anchor.box.clip(source), source, step.ratio, step.zoom)
    if window is not None:
        x, y = locate(step, source, window, window, anchor)
        return covering(x, y, window, window)
    if not isinstance(anchor, Tight):
        raise BadRequest("c_crop needs a size (w_, h_ or ar_) or a gravity that finds a box, such as g_face or g_cat")
    return _tight(anchor.box.clip(source), source, step.zoom)


def _region(step: Resize, source: Size) -> Size | None:
    """The window where at least one side is given.

    Decided: two sides larger than the source are cut to it one by one; a side that follows a ratio keeps it, and the
    largest window of that ratio serves where the source is too small.
    """
    sides = given_sides(step, source)
    if sides is None:
        return None
    if step.width is not None and step.height is not None:
        return Size(min(sides.width, source.width), min(sides.height, source.height))
    if sides.width > source.width or sides.height > source.height:
        return max_ratio(source, step.ratio or Fraction(source.width, source.height))
    return sides


def _rest(step: Resize, source: Size, compass: Compass) -> CropBox:
    """All that is left of the source behind the offset, at least a pixel, or the largest window of a ratio in that."""
    across, down = SHARES[compass]
    left, right = _left_over(source.width, across, step.x)
    top, bottom = _left_over(source.height, down, step.y)
    rest = Size(right - left, bottom - top)
    window = max_ratio(rest, step.ratio) if step.ratio is not None else rest
    x, y = moved(compass, rest, window, Fraction(0), Fraction(0))
    return covering(left + x, top + y, window, window)


def _left_over(line: int, share: Fraction, length: Length | None) -> tuple[int, int]:
    """Start and end of what a line shows of itself behind an offset; from the far end it counts backwards."""
    shift = half_up(offset(length, line, Fraction(1)))
    shift = max(1 - line, min(-shift if share == 1 else shift, line - 1))
    return max(0, shift), min(line, line + shift)


def _grown(box: Box, source: Size, ratio: Fraction, zoom: Fraction) -> Size:
    """The smallest window of `ratio` around the box, if the source holds one; else the largest there is."""
    tight = box.outer_size(source)
    grown = min_ratio(tight.width / zoom, tight.height / zoom, ratio)
    largest = max_ratio(source, ratio)
    return largest if grown.width > largest.width or grown.height > largest.height else grown


def _tight(box: Box, source: Size, zoom: Fraction) -> CropBox:
    left, right = outer(source.width, box.horizontal.scaled(1 / zoom, source.width))
    top, bottom = outer(source.height, box.vertical.scaled(1 / zoom, source.height))
    window = Size(right - left, bottom - top)
    return covering(left, top, window, window)
