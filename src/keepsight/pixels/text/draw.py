"""Texts into pictures."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import pyvips
from PIL import Image

from keepsight.errors import BadRequest
from keepsight.pixels.text.bounds import MAX_PIXELS, check_extent, check_length, too_large
from keepsight.pixels.text.box import line_box
from keepsight.pixels.text.outline import thicken
from keepsight.pixels.text.setting import Ink, set_text
from keepsight.pixels.text.words import breaks, drawable
from keepsight.transformation.text_style import MAX_STROKE, Antialias, Hinting, TextStyle
from keepsight.transformation.values import Border, Colour

BLACK = Colour(0, 0, 0)
_OUTLINE = Border(1, BLACK)
"""Of `stroke` without `bo_`; Cloudinary does not say what it draws."""
_FINER = 3
"""How many times as large letters are set whose edges are to be the best, or that are not to be fitted to pixels."""
_ELLIPSIS = "…"
_NOTHING = (0, 0, 0, 0)


def draw_text(  # noqa: PLR0913  # each is one parameter of the URL
    text: str,
    style: TextStyle,
    *,
    colour: Colour = BLACK,
    background: Colour | None = None,
    border: Border | None = None,
    wrap: int | None = None,
    height: int | None = None,
    trim: bool = True,
    strict: bool = False,
    max_pixels: int = MAX_PIXELS,
) -> Image.Image:
    """Draw a text as an RGBA image in sRGB, with `background` under it, else on nothing.

    `border` is the outline of a style with `stroke`; it runs outside of the letters, its whole width. `wrap` and
    `height` bound the text in pixels: lines break at the one, and what passes the other is cut off and ends in an
    ellipsis, or is refused if `strict`. `trim` cuts the image tight around the ink, outline included; without it the
    image holds the whole lines, as wide as `wrap` if that is given. A text without ink, such as a space, is one
    transparent pixel if it is trimmed.

    Edges: `antialias_none` gives hard ones, `best` ones from nine samples a pixel; `gray`, `fast` and `good` are the
    same, and so is `subpixel`, because a picture does not know the screen it is seen on. `hinting_none` places letters
    at fractions of a pixel, any other hinting as the system is set up.

    Raises BadRequest for a text that is too long, would be too large, or does not fit.
    """
    words = drawable(text)
    check_length(words)
    outline = (style.border or border or _OUTLINE) if style.stroke else None
    if outline is not None and not 1 <= outline.width <= MAX_STROKE:
        raise BadRequest(f"Invalid text layer: outline of {outline.width} pixels; expected 1 to {MAX_STROKE}")
    check_extent(words, style, wrap, 1, max_pixels)
    page = _Page(style, colour, outline, wrap, trim, max_pixels)
    if height is not None and page.size(words)[1] > height:
        if strict:
            raise BadRequest(f"Invalid text layer: the text does not fit into a height of {height} pixels")
        words = _shortened(words, page, height)
    image = page.draw(words)
    if background is None:
        return image
    sheet = Image.new("RGBA", image.size, (background.red, background.green, background.blue, background.alpha))
    sheet.alpha_composite(image)
    return sheet


@dataclass(frozen=True, slots=True)
class _Page:
    style: TextStyle
    colour: Colour
    outline: Border | None
    wrap: int | None
    trim: bool
    max_pixels: int

    def size(self, words: str) -> tuple[int, int]:
        """Width and height of the image that `draw` makes, to the pixel except where letters are set finer."""
        ink = self._set(words)
        left, top, right, bottom = self._box(words, ink)
        return right - left, bottom - top

    def draw(self, words: str) -> Image.Image:
        """The image, without a background."""
        ink = self._finer(words) or self._set(words)
        left, top, right, bottom = self._box(words, ink)
        if (right - left) * (bottom - top) > self.max_pixels:
            raise too_large(f"{right - left}x{bottom - top}", self.max_pixels)
        sheet = Image.new("RGBA", (right - left, bottom - top), _NOTHING)
        if ink is None:
            return sheet
        letters = ink.image
        alpha = letters.getchannel("A")
        if self.style.antialias is Antialias.NONE:
            alpha = alpha.point(lambda value: 255 if value >= 128 else 0)
        if self.outline is not None:
            line, width = self.outline.colour, self.outline.width
            shape = thicken(alpha, width)
            around = Image.new("RGBA", shape.size, (line.red, line.green, line.blue))
            around.putalpha(_faded(shape, line.alpha))
            sheet.alpha_composite(around, (ink.left - width - left, ink.top - width - top))
        letters.putalpha(_faded(alpha, self.colour.alpha))
        sheet.alpha_composite(letters, (ink.left - left, ink.top - top))
        return sheet

    def _set(self, words: str, finer: int = 1) -> Ink | None:
        try:
            return set_text(words, self.style, self.colour, self.wrap, Fraction(finer))
        except pyvips.Error as error:
            raise too_large("too many", self.max_pixels) from error

    def _finer(self, words: str) -> Ink | None:
        """Set large and reduced, where the style asks for it and there is room."""
        if self.style.antialias is not Antialias.BEST and self.style.hinting is not Hinting.NONE:
            return None
        try:
            check_extent(words, self.style, self.wrap, _FINER, self.max_pixels)
        except BadRequest:
            return None  # of letters that large, the pixel grid is not seen
        ink = self._set(words, _FINER)
        if ink is None:
            return None
        left, top = ink.left // _FINER, ink.top // _FINER
        inside = ink.left - left * _FINER, ink.top - top * _FINER
        sides = [-(-(at + side) // _FINER) * _FINER for at, side in zip(inside, ink.image.size, strict=True)]
        sheet = Image.new("RGBA", (sides[0], sides[1]), _NOTHING)
        sheet.paste(ink.image, inside)
        return Ink(sheet.reduce(_FINER), left, top)

    def _box(self, words: str, ink: Ink | None) -> tuple[int, int, int, int]:
        """Left, top, right, bottom of the image, from the left of the lines and the top of the first."""
        boxes = []
        if ink is not None:
            reach = self.outline.width if self.outline is not None else 0
            width, height = ink.image.size
            boxes.append((ink.left - reach, ink.top - reach, ink.left + width + reach, ink.top + height + reach))
        if not self.trim:
            boxes.append((0, 0, *line_box(words, self.style, self.wrap)))
        lefts, tops, rights, bottoms = zip(*(boxes or [(0, 0, 1, 1)]), strict=True)
        return min(lefts), min(tops), max(rights), max(bottoms)


def _shortened(words: str, page: _Page, height: int) -> str:
    """As much of the text as fits, with an ellipsis behind it."""
    cuts = [0, *breaks(words)]
    fitting = [f"{words[: cuts[0]]}{_ELLIPSIS}"]
    if page.size(fitting[0])[1] > height:
        raise BadRequest(
            f"Invalid text layer: font size {page.style.size} does not fit into a height of {height} pixels"
        )
    low, high = 0, len(cuts)
    while high - low > 1:
        middle = (low + high) // 2
        if page.size(f"{words[: cuts[middle]].rstrip()}{_ELLIPSIS}")[1] <= height:
            low = middle
        else:
            high = middle
    return f"{words[: cuts[low]].rstrip()}{_ELLIPSIS}"


def _faded(alpha: Image.Image, level: int) -> Image.Image:
    return alpha if level == 255 else alpha.point(lambda value: round(value * level / 255))
