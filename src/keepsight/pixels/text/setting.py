"""Letters into pixels, by Pango through libvips: shaping, both directions, fallback fonts, line breaks, justification.

Chosen because its wheel brings Pango, HarfBuzz, FriBidi and fontconfig along, sets a line in half a millisecond and
may be called from any thread. Pillow with Raqm shapes as well, but knows no fallback fonts, no line breaks and no
justification.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from html import escape

import pyvips
from PIL import Image

from keepsight.pixels.text.fonts import families
from keepsight.pixels.text.words import physical
from keepsight.transformation.text_style import Align, TextStyle, Weight
from keepsight.transformation.values import Colour

_CSS_WEIGHT = {weight: 100 * (1 + step) for step, weight in enumerate(Weight)}
_ALIGN = {Align.CENTER: "centre", Align.END: "high", Align.RIGHT: "high"}
_UNIT = 1024
"""Pango's units in a pixel at 72 dots an inch."""


@dataclass(frozen=True, slots=True, eq=False)
class Ink:
    """What the letters cover, cut tight."""

    image: Image.Image
    """RGBA; colour glyphs (emoji) keep their colours."""
    left: int
    """Of the image, from the left of the box that the lines span; below 0 for overhang."""
    top: int
    """Of the image, from the top of the first line."""


def set_text(
    text: str, style: TextStyle, colour: Colour, wrap: int | None, scale: Fraction = Fraction(1)
) -> Ink | None:
    """Set drawable text, all lengths times `scale`; None where it leaves no ink. The colour's alpha is not applied.

    `wrap` is the width at which lines break: between words, inside of one that is wider. Raises pyvips.Error where a
    side would be over 32,767 pixels.
    """
    if not text.strip():
        return None
    # libvips does not tell an empty result from any other error.
    try:
        drawn = pyvips.Image.text(
            _markup(text, style, colour, scale),
            dpi=72,
            rgba=True,
            align=_ALIGN.get(style.align, "low"),
            justify=style.align is Align.JUSTIFY,
            spacing=round(style.line_spacing * scale),
            **({} if wrap is None else {"width": max(1, round(wrap * scale)), "wrap": "word-char"}),
        )
    except pyvips.Error as error:
        if "no text to render" in error.detail:
            return None
        raise
    return Ink(Image.fromarray(drawn.numpy(), "RGBA"), drawn.xoffset, drawn.yoffset)


def _markup(text: str, style: TextStyle, colour: Colour, scale: Fraction) -> str:
    attributes = {
        "font_family": families(style.family, text),
        "size": max(1, round(style.size * scale * _UNIT)),
        "weight": _CSS_WEIGHT[style.weight],
        "foreground": f"#{colour.red:02x}{colour.green:02x}{colour.blue:02x}",
        "insert_hyphens": "false",  # at breaks inside of words; nobody wrote them
        "style": "italic" if style.italic else None,
        "underline": "single" if style.underline else None,
        "strikethrough": "true" if style.strikethrough else None,
        "letter_spacing": round(style.letter_spacing * scale * _UNIT) or None,
    }
    if style.align in (Align.LEFT, Align.RIGHT):
        text = physical(text)
    written = " ".join(f'{name}="{escape(str(value))}"' for name, value in attributes.items() if value is not None)
    return f"<span {written}>{escape(text)}</span>"
