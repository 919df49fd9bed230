"""How large a text would be, before memory for it is taken."""

from __future__ import annotations

import math
from fractions import Fraction

import pyvips

from keepsight.errors import BadRequest
from keepsight.pixels.text.setting import set_text
from keepsight.transformation.text_style import TextStyle
from keepsight.transformation.values import Colour

MAX_CHARACTERS = 4_000
MAX_LINES = 200
MAX_PIXELS = 25_000_000
"""What a text may fill where nothing else is said."""
_LONGEST_SIDE = 32_000
"""A little less than what Pango draws on."""
_SURVEYED = 4_000_000
"""Pixels that a trial may fill, roughly."""


def check_length(text: str) -> None:
    """Raises BadRequest for a text that is too long to be set."""
    lines = text.count("\n") + 1
    if len(text) > MAX_CHARACTERS or lines > MAX_LINES:
        raise BadRequest(
            f"Invalid text layer: {len(text)} characters in {lines} lines; "
            f"expected at most {MAX_CHARACTERS} and {MAX_LINES}"
        )


def check_extent(text: str, style: TextStyle, wrap: int | None, scale: int, max_pixels: int) -> None:
    """Raises BadRequest for a text that would fill more than `max_pixels`.

    Where a generous sum of its letters does not settle it, the text is set in a size of 2 to 64 pixels, where it is
    cheap, and its extent is scaled up: within a tenth of the truth, as letters are fitted to whole pixels. A tenth
    too much passes; who draws it sees the truth.
    """
    width, height = _most(text, style, wrap)
    # Few letters of any script are wider than two em; the widest has ten.
    if width * height * 5 > max_pixels or max(width, height) * 5 > _LONGEST_SIDE:
        width, height = _surveyed(text, style, wrap)
    if width * height * scale**2 > Fraction(11, 10) * max_pixels or max(width, height) * scale > _LONGEST_SIDE:
        raise too_large(f"{math.ceil(width)}x{math.ceil(height)}", max_pixels)


def too_large(size: str, max_pixels: int) -> BadRequest:
    """The answer to a text that fills too much."""
    return BadRequest(
        f"Invalid text layer: it would measure {size} pixels; "
        f"expected at most {max_pixels:,} in all and {_LONGEST_SIDE:,} a side"
    )


def _most(text: str, style: TextStyle, wrap: int | None) -> tuple[Fraction, Fraction]:
    """More than any text of ordinary letters measures."""
    lines = text.split("\n")
    letter = 2 * style.size + max(style.letter_spacing, Fraction(0))
    width = max(map(len, lines)) * letter
    rows = Fraction(len(lines))
    if wrap is not None:
        # A line is at least half full, or the next word would not have needed a line of its own.
        rows += min(Fraction(len(text)), len(text) * letter * 2 / wrap)
        width = min(width, max(Fraction(wrap), letter))
    return width, rows * (2 * style.size + max(style.line_spacing, Fraction(0)))


def _surveyed(text: str, style: TextStyle, wrap: int | None) -> tuple[Fraction, Fraction]:
    lines = text.split("\n")
    size = min(64.0, max(2.0, math.sqrt(_SURVEYED / (6 * len(lines) * max(map(len, lines))))))
    scale = min(Fraction(1), Fraction(size) / style.size)
    for spacing in (style.letter_spacing, style.line_spacing):
        if abs(spacing) * scale > 4:
            scale = 4 / abs(spacing)
    try:
        ink = set_text(text, style, Colour(0, 0, 0), wrap, scale)
    except pyvips.Error:
        return Fraction(_LONGEST_SIDE + 1) / scale, Fraction(1)
    if ink is None:
        return Fraction(1), Fraction(1)
    return ink.image.width / scale, ink.image.height / scale
