"""Numbers, colours and lists as they are written in a URL.

Every function takes percent-decoded text and raises ValueError, with a reason only where the parameter's own
`expected` sentence would not say it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from keepsight.transformation.colours import colour
from keepsight.transformation.rounding import half_up
from keepsight.transformation.values import Border, Length, Turn

MAX_SIDE = 65_535
"""No supported format stores more pixels on a side (JPEG's limit)."""

MAX_SHARE = 10
"""No side is meant to grow more than tenfold: `w_143.5` is what a page computed in pixels."""

_DECIMAL = re.compile(r"\d{1,9}(\.\d{0,100})?|\.\d{1,100}")
_PLACES = 9
_FINEST_RATIO = 100_000
"""Denominator up to which a ratio is exact: no side has more pixels that it could tell apart."""
_BORDER = re.compile(r"(?P<width>\d{1,4}(\.\d{0,100})?)(px)?_solid_(?P<colour>.+)", re.ASCII)
_UPRIGHT = frozenset({"exif", "auto"})
"""Older words for what happens anyway: the picture is turned as its EXIF orientation says."""
_FITTING = {"auto_right": Turn.ROTATE_90, "auto_left": Turn.ROTATE_270}
_QUARTERS: dict[int, tuple[Turn, ...]] = {
    0: (),
    90: (Turn.ROTATE_90,),
    180: (Turn.ROTATE_180,),
    270: (Turn.ROTATE_270,),
}


@dataclass(frozen=True, slots=True)
class Angle:
    """What `a_` asks for."""

    moves: tuple[Turn | int, ...] = ()
    """Quarter turns, mirror images, and other angles in degrees 1..359, in order."""
    fitting: Turn | None = None
    """The turn of `auto_left` or `auto_right`."""
    upright: bool = True
    """False with `ignore`."""


def decimal(text: str) -> Fraction:
    """A non-negative decimal number; what a page's arithmetic writes is rounded to nine places."""
    if not text.isascii() or not _DECIMAL.fullmatch(text):
        raise ValueError
    value = Fraction(text + "0" if text.endswith(".") else text)
    return value if len(text) <= _PLACES + 1 else Fraction(half_up(value * 10**_PLACES), 10**_PLACES)


def whole(text: str) -> int:
    """A non-negative number, rounded half up."""
    return half_up(decimal(text))


def decimal_text(value: Fraction, *, dot: bool = False) -> str:
    """The text that `decimal` reads back, exact for what it read; `dot` writes one even where the number is whole."""
    scaled = value * 10**9
    if scaled.denominator != 1:
        raise ValueError(f"{value} has no decimal form of at most nine places")
    sign = "-" if value < 0 else ""
    whole, places = divmod(abs(scaled.numerator), 10**9)
    tail = f"{places:09d}".rstrip("0")
    return f"{sign}{whole}" + (f".{tail or '0'}" if tail or dot else "")


def length_text(value: Length) -> str:
    """The text that `length` and `offset` read back."""
    return str(value) if isinstance(value, int) else decimal_text(value, dot=True)


def ratio_text(value: Fraction) -> str:
    """The text that `ratio` reads back."""
    return f"{value.numerator}:{value.denominator}"


def length(text: str) -> Length:
    """`300` is pixels, `0.5` and `1.0` shares: the dot decides (Cloudinary, transformation reference)."""
    value = decimal(text)
    return value if "." in text else int(value)


def side(text: str) -> Length:
    """A width or height: at least one pixel and at most MAX_SIDE, or a positive share up to MAX_SHARE."""
    value = length(text)
    if isinstance(value, Fraction) and value > MAX_SHARE:
        raise ValueError(
            f"with a decimal point it is a share of the picture, expected at most {MAX_SHARE}.0; "
            f"pixels are whole, such as {half_up(value)}"
        )
    if not 0 < value <= MAX_SIDE:
        raise ValueError
    return value


def offset(text: str) -> Length:
    """A length that may be negative; a share beyond MAX_SHARE can only be meant as pixels, and is rounded to them."""
    value = length(text.removeprefix("-"))
    if value > MAX_SHARE and isinstance(value, Fraction):
        value = half_up(value)
    return -value if text.startswith("-") else value


def ratio(text: str) -> Fraction:
    """`16:9` or `1.5`, from 1:10000 to 10000:1."""
    left, colon, right = text.partition(":")
    value = decimal(left) / (decimal(right) or 1) if colon else decimal(left)
    if not Fraction(1, 10_000) <= value <= 10_000 or (colon and decimal(right) == 0):
        raise ValueError
    return value.limit_denominator(_FINEST_RATIO)


def zoom(text: str) -> Fraction:
    """A factor from 0.01 to 10000."""
    value = decimal(text)
    if not Fraction(1, 100) <= value <= 10_000:
        raise ValueError
    return value


def device_pixel_ratio(text: str) -> Fraction:
    """A factor from 0.1 to 10."""
    value = decimal(text)
    if not Fraction(1, 10) <= value <= 10:
        raise ValueError
    return value


def percent(text: str) -> int:
    """A whole number from 0 to 100."""
    value = decimal(text)
    if value > 100:
        raise ValueError
    return half_up(value)


def border(text: str) -> Border:
    """`<width>px_solid_<colour>`, up to 1000 pixels wide."""
    match = _BORDER.fullmatch(text)
    if match is None or whole(match["width"]) > 1_000:
        raise ValueError
    return Border(whole(match["width"]), colour(match["colour"]))


def radii(text: str) -> tuple[int, int, int, int] | Literal["max"]:
    """Corner radii in pixels, clockwise from the top left; fewer than four are shared as in CSS."""
    if text == "max":
        return "max"
    parts = text.split(":")
    if not 1 <= len(parts) <= 4 or any(decimal(p) >= 100_000 for p in parts):
        raise ValueError
    # As in CSS: two are shared by opposite corners, of three the second one is.
    shared = {1: parts * 4, 2: parts * 2, 3: [*parts, parts[len(parts) // 2]], 4: parts}[len(parts)]
    first, second, third, fourth = (whole(p) for p in shared)
    return first, second, third, fourth


def angle(text: str) -> Angle:
    """Whole degrees clockwise, `hflip`, `vflip`, `auto_left`, `auto_right`, `exif` and `ignore`, joined by dots."""
    moves: list[Turn | int] = []
    upright = True
    fitting: Turn | None = None
    for part in text.split("."):
        if part in (Turn.HFLIP, Turn.VFLIP):
            moves.append(Turn(part))
        elif part == "ignore":
            upright = False
        elif part in _FITTING:
            fitting = _FITTING[part]
        elif part in _UPRIGHT:
            upright = True
        elif re.fullmatch(r"-?\d{1,6}", part, re.ASCII):
            degrees = int(part) % 360
            moves += [degrees] if degrees % 90 else _QUARTERS[degrees]
        else:
            raise ValueError
    return Angle(tuple(moves), fitting, upright)
