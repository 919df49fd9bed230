"""Where a window of a known size goes."""

from __future__ import annotations

import math
from fractions import Fraction

from keepsight.crop.anchor import Anchor, Fixed, Point, Tight
from keepsight.crop.box import Size
from keepsight.crop.compass import leads_out, moved, offset
from keepsight.crop.line import Span, keep, place
from keepsight.crop.result import CropBox
from keepsight.crop.scene import observe
from keepsight.crop.search import best_start
from keepsight.transformation.plan import Resize


def locate(step: Resize, source: Size, window: Size, delivered: Size, anchor: Anchor) -> tuple[int, int]:
    """x and y, in source pixels, of a window no larger than the source.

    `x_` and `y_` move a compass place, in pixels of the delivered picture or shares of the source; everything else
    that can anchor a window is found in the picture and leaves them without effect (Cloudinary).
    """
    match anchor:
        case Fixed(compass):
            across = offset(step.x, source.width, Fraction(window.width, delivered.width))
            down = offset(step.y, source.height, Fraction(window.height, delivered.height))
            return moved(compass, source, window, across, down)
        case Point(x, y):
            return (
                place(source.width, window.width, Fraction(x) - Fraction(window.width, 2)),
                place(source.height, window.height, Fraction(y) - Fraction(window.height, 2)),
            )
        case Tight(box, top_first):
            box = box.clip(source)
            return (
                _around(source.width, window.width, box.horizontal, low_first=False),
                _around(source.height, window.height, box.vertical, low_first=top_first),
            )
    return best_start(observe(anchor, source), window)


def held_inside(step: Resize, source: Size, box: CropBox, anchor: Anchor) -> bool:
    """Whether `x_` and `y_` would have moved the window of a cut out of the picture, where it was held back."""
    if not isinstance(anchor, Fixed):
        return False
    if step.width is None and step.height is None:  # all behind the offset, of which a pixel is always left
        lengths = (offset(step.x, source.width, Fraction(1)), offset(step.y, source.height, Fraction(1)))
        return any(abs(each) >= line for each, line in zip(lengths, (source.width, source.height), strict=True))
    window, delivered = Size(box.width, box.height), box.delivered
    across = offset(step.x, source.width, Fraction(window.width, delivered.width))
    down = offset(step.y, source.height, Fraction(window.height, delivered.height))
    return leads_out(anchor.compass, source, window, across, down)


def _around(line: int, window: int, span: Span, *, low_first: bool) -> int:
    """Start of the window centred on `span`; of one that cannot show all of it, the start of `span` if `low_first`.

    A span that can be shown whole is: the starts that do so lie evenly about the centred one, which is rounded to the
    nearest.
    """
    if low_first and keep(line, window, span) is None:
        return min(math.floor(span.low), line - window)
    return place(line, window, span.centre - Fraction(window, 2))
