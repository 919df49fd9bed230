"""Labels beside their boxes, none over another."""

from __future__ import annotations

from collections.abc import Iterator

from PIL import ImageDraw

from keepsight.explain.palette import CASING, LETTERS, Colour, lettering

Rect = tuple[int, int, int, int]
"""Left, top, right, bottom in pixels of the drawing."""

_PAD = 4


class Labels:
    """Sets labels on one drawing; those set first have the choice of places."""

    def __init__(self, draw: ImageDraw.ImageDraw, size: tuple[int, int]) -> None:
        self._draw, self._size = draw, size
        self._font = lettering(LETTERS)
        self._taken: list[Rect] = []

    def add(self, text: str, box: Rect, colour: Colour, *, must: bool) -> None:
        """Set a label at a box. Where no place is free it is left out, or with `must` set over others."""
        places = [p for p in self._places(text, box) if self._inside(p)]
        free = [p for p in places if not any(_overlap(p, other) for other in self._taken)]
        chosen = free[0] if free else places[0] if places and must else None
        if chosen is None:
            return
        self._taken.append(chosen)
        self._draw.rectangle(chosen, fill=colour)
        # Dark on bright and bright on dark, by the luma of ITU-R BT.601.
        bright = 0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2] > 110
        ink = CASING if bright else (255, 255, 255)
        self._draw.text((chosen[0] + _PAD, chosen[1] + _PAD // 2), text, fill=ink, font=self._font)

    def _places(self, text: str, box: Rect) -> Iterator[Rect]:
        """Above, inside at the top, inside at the bottom, below; on the left and on the right of the box."""
        width = round(self._font.getlength(text)) + 2 * _PAD
        height = LETTERS + 2 * _PAD
        left, top, right, bottom = box
        # What would leave the drawing on one side is pushed back; boxes at its border have labels, too.
        lefts = (max(0, min(left, self._size[0] - width - 1)), max(0, min(right - width, self._size[0] - width - 1)))
        for y in (top - height, top, bottom - height, bottom):
            for x in lefts:
                yield x, y, x + width, y + height

    def _inside(self, rect: Rect) -> bool:
        return rect[0] >= 0 and rect[1] >= 0 and rect[2] < self._size[0] and rect[3] < self._size[1]


def _overlap(a: Rect, b: Rect) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
