"""Colours as they are written in a URL."""

from __future__ import annotations

import re

from PIL import ImageColor

from keepsight.transformation.values import Colour

EXPECTED = "a CSS colour name, or 3, 4, 6 or 8 hex digits with or without rgb: before them"

_HEX = re.compile(r"[0-9a-fA-F]{3}|[0-9a-fA-F]{4}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8}")


def is_colour(text: str) -> bool:
    """Whether the text is a colour by its form."""
    return bool(_HEX.fullmatch(text.removeprefix("rgb:").removeprefix("#"))) or text.lower() in _NAMES


def colour(text: str) -> Colour:
    """`red`, `rgb:f00`, `f00`, `ff0000` or `ff000080`; names of CSS in any case. Raises ValueError."""
    if text.lower() in _NAMES:
        named = _NAMES[text.lower()]
    else:
        digits = text.removeprefix("rgb:").removeprefix("#")
        if not _HEX.fullmatch(digits):
            raise ValueError(f"expected {EXPECTED}")
        named = f"#{digits}"
    red, green, blue, alpha = ImageColor.getcolor(named, "RGBA")  # type: ignore[misc]  # typed as int | tuple
    return Colour(red, green, blue, alpha)


def colour_text(value: Colour) -> str:
    """The shortest bare hex spelling with 6 or 8 digits: `ff0000`, `ff000080`."""
    alpha = "" if value.alpha == 255 else f"{value.alpha:02x}"
    return f"{value.red:02x}{value.green:02x}{value.blue:02x}{alpha}"


_NAMES = {**ImageColor.colormap, "transparent": "#00000000"}
