"""Colours, sizes and lettering of the drawing."""

from __future__ import annotations

from PIL import ImageFont

Colour = tuple[int, int, int]

KEPT: Colour = (46, 204, 64)
AVOIDED: Colour = (255, 65, 54)
BYSTANDER: Colour = (170, 170, 170)
WINDOW: Colour = (0, 195, 255)
CASING: Colour = (0, 0, 0)
"""Beside every line, so that it is seen on any photo."""
HEAT: Colour = (190, 40, 255)
"""Violet: hardly any photo is, and no box."""
PAPER: Colour = (30, 31, 34)
INK: Colour = (232, 234, 237)

LINE, BOLD = 3, 6
"""Widths in pixels of the drawing, which has the same size for every photo."""
LETTERS = 20
"""Height of a line of text in a label, in pixels."""


def lettering(size: int) -> ImageFont.FreeTypeFont:
    """Pillow's own typeface, so that nothing needs to be installed; letters outside of Latin come out as boxes."""
    font = ImageFont.load_default(size)
    if not isinstance(font, ImageFont.FreeTypeFont):
        raise RuntimeError("this Pillow was built without FreeType")
    return font
