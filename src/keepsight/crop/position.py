"""Where a window of a known size goes."""

from __future__ import annotations

import math
from fractions import Fraction

from keepsight.crop.anchor import Anchor, Fixed, Point, Tight
from keepsight.crop.box import Size
from keepsight.crop.compass import moved, offset
from keepsight.crop.line import Span, keep, place
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


def _around(line: int, window: int, span: Span, *, low_first: bool) -> int:
    """Start of the window centred on `span`, shifted as little as possible to show all of it."""
    start = place(line, window, span.centre - Fraction(window, 2))
    whole = keep(line, window, span)
    if whole is not None:
        return min(max(start, whole[0]), whole[1])
    return min(math.floor(span.low), line - window) if low_first else start
