"""Numbers, colours and lists as they are written in a URL.

Every function takes percent-decoded text and raises ValueError, with a reason only where the parameter's own
`expected` sentence would not say it.
"""

from __future__ import annotations

import re
from fractions import Fraction

from PIL import ImageColor

from keepsight.transformation.values import AutoColour, Background, Colour, Length, Quality, Turn

MAX_SIDE = 65_535
"""No supported format stores more pixels on a side (JPEG's limit)."""

_DECIMAL = re.compile(r"\d{1,6}(\.\d{0,9})?|\.\d{1,9}")
_HEX = re.compile(r"[0-9a-fA-F]{3,8}")
_LEVELS = ("best", "good", "eco", "low")
_QUARTERS: dict[int, tuple[Turn, ...]] = {
    0: (),
    90: (Turn.ROTATE_90,),
    180: (Turn.ROTATE_180,),
    270: (Turn.ROTATE_270,),
}


def decimal(text: str) -> Fraction:
    """A non-negative decimal number, exact."""
    if not text.isascii() or not _DECIMAL.fullmatch(text):
        raise ValueError
    return Fraction(text + "0" if text.endswith(".") else text)


def length(text: str) -> Length:
    """`300` is pixels, `0.5` and `1.0` shares: the dot decides (Cloudinary, transformation reference)."""
    value = decimal(text)
    return value if "." in text else int(value)


def side(text: str) -> Length:
    """A width or height: at least one pixel and at most MAX_SIDE, or a positive share."""
    value = length(text)
    if not 0 < value <= MAX_SIDE:
        raise ValueError
    return value


def offset(text: str) -> Length:
    """A length that may be negative."""
    return -length(text[1:]) if text.startswith("-") else length(text)


def ratio(text: str) -> Fraction:
    """`16:9` or `1.5`, from 1:100 to 100:1."""
    left, colon, right = text.partition(":")
    value = decimal(left) / (decimal(right) or 1) if colon else decimal(left)
    if not Fraction(1, 100) <= value <= 100 or (colon and decimal(right) == 0):
        raise ValueError
    return value


def zoom(text: str) -> Fraction:
    """A factor from 0.01 to 100."""
    value = decimal(text)
    if not Fraction(1, 100) <= value <= 100:
        raise ValueError
    return value


def device_pixel_ratio(text: str) -> Fraction:
    """A factor from 0.1 to 10."""
    value = decimal(text)
    if not Fraction(1, 10) <= value <= 10:
        raise ValueError("dpr_auto is not offered yet" if text == "auto" else "")
    return value


def background(text: str) -> Background:
    """`rgb:<3, 4, 6 or 8 hex digits>`, a CSS colour name, `transparent`, `none` or `auto`."""
    if text in ("auto", "auto:border"):
        return AutoColour()
    if text in ("transparent", "none"):
        return Colour(0, 0, 0, 0)
    digits = text.removeprefix("rgb:").removeprefix("#")
    if digits != text:
        if not _HEX.fullmatch(digits) or len(digits) not in (3, 4, 6, 8):
            raise ValueError
        named = f"#{digits}"
    elif text.lower() in ImageColor.colormap:
        named = text
    else:
        raise ValueError(
            f"{text} is not offered by this server" if text.startswith(("auto:", "gen_", "blurred")) else ""
        )
    red, green, blue, alpha = ImageColor.getcolor(named, "RGBA")  # type: ignore[misc]  # typed as int | tuple
    return Colour(red, green, blue, alpha)


def quality(text: str) -> Quality:
    """`1`…`100` with an optional `:420` or `:444`, or `auto[:best|good|eco|low]`."""
    head, *rest = text.split(":")
    if head == "auto":
        if rest not in ([], *([level] for level in _LEVELS)):
            raise ValueError
        return Quality(level=rest[0] if rest else "good")  # type: ignore[arg-type]  # checked against _LEVELS
    if rest not in ([], ["420"], ["444"]) or not head.isdecimal() or not 1 <= int(head) <= 100:
        raise ValueError
    return Quality(value=int(head), chroma=rest[0] if rest else None)  # type: ignore[arg-type]  # checked above


def turns(text: str) -> tuple[Turn, ...]:
    """Quarter turns in degrees, clockwise, `hflip` and `vflip`, joined by dots."""
    found: list[Turn] = []
    for part in text.split("."):
        if part in (Turn.HFLIP, Turn.VFLIP):
            found.append(Turn(part))
        elif re.fullmatch(r"-?\d{1,6}", part, re.ASCII) and int(part) % 90 == 0:
            found += _QUARTERS[int(part) % 360]
        else:
            raise ValueError
    return tuple(found)
