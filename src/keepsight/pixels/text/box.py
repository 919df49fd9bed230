"""The box of a text that is not cut tight around its ink."""

from __future__ import annotations

from keepsight.pixels.text.setting import Ink, set_text
from keepsight.transformation.text_style import TextStyle
from keepsight.transformation.values import Colour

_ANY = Colour(0, 0, 0)
_APART = "\u200c"
"""Zero width non-joiner: keeps letters from joining or kerning with what is measured beside them."""


def line_box(text: str, style: TextStyle, wrap: int | None) -> tuple[int, int]:
    """Width and height of the lines of a text, with the room that its letters keep around them.

    libvips tells what letters cover and not how far they advance, so a letter is set after the last line and a bar on
    either side of every paragraph, and what they move by is the answer. Exact to a pixel.
    """
    below, alone = _bottom(f"{text}\nx", style, wrap), _bottom("x", style, None)
    height = max(1, below - alone - round(style.line_spacing))
    if wrap is not None:
        return wrap, height
    bare = _width(_APART * 2, style)
    return max(1, *(_width(f"{_APART}{line}{_APART}", style) - bare for line in text.split("\n"))), height


def _bottom(text: str, style: TextStyle, wrap: int | None) -> int:
    ink = set_text(text, style, _ANY, wrap)
    return 0 if ink is None else ink.top + ink.image.height


def _width(text: str, style: TextStyle) -> int:
    ink: Ink | None = set_text(f"|{text}|", style, _ANY, None)
    return 0 if ink is None else ink.image.width
