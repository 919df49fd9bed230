"""Text layers, `l_text:Arial_40_bold:Hello`: what comes after `l_text:`, as types and back.

The text of a layer is escaped twice (Cloudinary: a comma is `%252C`), because the path is decoded once before its
commas and slashes mean anything; it is decoded here for the second time. The order of the options is free, and every
spelling of one style is one value.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from urllib.parse import quote, unquote_to_bytes

from keepsight.transformation.colours import colour, colour_text
from keepsight.transformation.rounding import half_up
from keepsight.transformation.scalars import decimal, whole
from keepsight.transformation.values import Border

MAX_SIZE = 5_000
"""Largest font size in pixels. What it may fill is bounded where it is drawn."""
MAX_SPACING = 1_000
"""Most pixels between letters or lines, either way."""
MAX_STROKE = 100
"""Widest outline in pixels."""
EXPECTED = (
    "<font>_<size in pixels>, then options such as _bold, _italic, _center or _letter_spacing_2, a colon, the text"
)


class Weight(StrEnum):
    """How heavy letters are, from CSS weight 100 to 900."""

    THIN = "thin"
    EXTRALIGHT = "extralight"
    LIGHT = "light"
    NORMAL = "normal"
    MEDIUM = "medium"
    DEMIBOLD = "demibold"
    BOLD = "bold"
    EXTRABOLD = "extrabold"
    BLACK = "black"


class Align(StrEnum):
    """Where short lines go. `start` and `end` follow the direction of the text, `left` and `right` do not."""

    START = "start"
    END = "end"
    LEFT = "left"
    CENTER = "center"
    RIGHT = "right"
    JUSTIFY = "justify"
    """Every line but the last of a paragraph fills the width; only of text that is wrapped."""


class Antialias(StrEnum):
    """How edges are smoothed."""

    NONE = "none"
    GRAY = "gray"
    SUBPIXEL = "subpixel"
    FAST = "fast"
    GOOD = "good"
    BEST = "best"


class Hinting(StrEnum):
    """Whether letters are fitted to whole pixels."""

    NONE = "none"
    SLIGHT = "slight"
    MEDIUM = "medium"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class TextStyle:
    """How letters look. Lengths are pixels."""

    family: str
    """Name of the font as it was written, with spaces; case has no meaning."""
    size: int
    """1..MAX_SIZE, of the em square."""
    weight: Weight = Weight.NORMAL
    italic: bool = False
    underline: bool = False
    strikethrough: bool = False
    align: Align = Align.START
    stroke: bool = False
    """Whether letters have an outline: `border`, or the `bo_` beside the layer."""
    border: Border | None = None
    """The outline where the style itself names it: `stroke_bo_2px_solid_white`, as the SDKs write it."""
    letter_spacing: Fraction = Fraction(0)
    """Added between letters; may be negative."""
    line_spacing: Fraction = Fraction(0)
    """Added between lines; may be negative."""
    antialias: Antialias = Antialias.GOOD
    hinting: Hinting = Hinting.SLIGHT


@dataclass(frozen=True, slots=True)
class TextLayer:
    """A text and how it looks."""

    style: TextStyle
    text: str
    """Decoded; at least one character."""


_SYNONYMS = {
    "ultralight": "extralight",
    "semibold": "demibold",
    "ultrabold": "extrabold",
    "heavy": "black",
    "oblique": "italic",
    "centre": "center",
    "regular": "normal",
    "100": "thin",
    "200": "extralight",
    "300": "light",
    "400": "normal",
    "500": "medium",
    "600": "demibold",
    "700": "bold",
    "800": "extrabold",
    "900": "black",
}
_PREFIXES = frozenset({"style", "weight", "align", "decoration"})
"""What pages write before an option, as it is called in the SDKs: `style_light`, `align_center`."""
_FAMILY = re.compile(r"[^\W_](?:[\w .'&+()-]{0,98}[\w.'&+()-])?")
_FILE = re.compile(r"\.(ttf|otf|ttc|woff2?)$", re.IGNORECASE)
_SIZE = re.compile(r"[0-9]{1,6}(\.[0-9]{0,100})?")
_BORDER = re.compile(r"([0-9]{1,4}(?:\.[0-9]{0,100})?)(?:px)?_solid_([A-Za-z0-9:#]+)")
_ESCAPED = re.compile(r"%(?![0-9A-Fa-f]{2})")


def parse_text_layer(text: str) -> TextLayer:
    """What follows `l_text:`, percent-decoded once. Raises ValueError with the reason."""
    # The colon of a colour (`bo_2px_solid_rgb:f00`) does not end the style.
    match = re.fullmatch(r"((?:rgb:|[^:])*):(.*)", text, re.DOTALL)
    if not match or not match[2]:
        raise ValueError(f"no text; expected {EXPECTED}")
    return TextLayer(parse_text_style(match[1]), decoded(match[2]))


def print_text_layer(layer: TextLayer) -> str:
    """The text that `parse_text_layer` reads back; escaped once more, it can stand in a URL."""
    return f"{print_text_style(layer.style)}:{quote(layer.text, safe=_SAFE, errors='surrogatepass')}"


# Left bare: letters of every script would be, too, but quote() knows ASCII only. `$` begins a variable.
_SAFE = " !\"#&'()*+-.:;<=>?@[\\]^_`{|}~"


def decoded(text: str) -> str:
    """Percent-decode as UTF-8, or as Latin-1 where it is not (Node writes `ü` as `%FC`); a stray `%` is a per cent."""
    data = unquote_to_bytes(_ESCAPED.sub("%25", text).encode("utf-8", "surrogatepass"))
    try:
        return data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def parse_text_style(text: str) -> TextStyle:
    """`Arial_40_bold_center`, in any order after font and size. Raises ValueError with the reason."""
    words = text.split("_")
    at = next((i for i, word in enumerate(words) if i and _SIZE.fullmatch(word)), None)
    if at is None:
        raise ValueError(
            f"{text!r} has no size (text styles stored under a public id are not offered); expected {EXPECTED}"
        )
    family, size = decoded(" ".join(words[:at])), whole(words[at])
    if _FILE.search(family):
        raise ValueError(f"fonts uploaded as files, such as {family!r}, are not offered; expected the name of a font")
    if not _FAMILY.fullmatch(family):
        raise ValueError(f"{family!r} is no name of a font; expected letters, digits and spaces, at most 100")
    if not 1 <= size <= MAX_SIZE:
        raise ValueError(f"font size {size}; expected 1 to {MAX_SIZE}")
    return TextStyle(family, size, **_options("_".join(words[at + 1 :])))  # type: ignore[arg-type]  # typed by _option


def _options(text: str) -> dict[str, object]:
    found: dict[str, object] = {}
    while text:
        head, _, rest = text.partition("_")
        head = _SYNONYMS.get(head, head)
        if head in _PREFIXES and rest:
            text = rest
            continue
        pairs, text = _option(head, rest)
        for key, value in pairs.items():
            if found.get(key, value) != value:
                raise ValueError(f"{key.replace('_', ' ')} is given twice")
            found[key] = value
    return found


def _option(head: str, rest: str) -> tuple[dict[str, object], str]:
    """Fields that the option `head` sets, and what of `rest` does not belong to it."""
    match head:
        case "normal" | "none":  # the SDKs' words for no weight, style, decoration or stroke
            return {}, rest
        case "italic" | "underline" | "strikethrough":
            return {head: True}, rest
        case "stroke":
            return _stroke(rest)
        case "letter" | "line" if rest.startswith("spacing_"):
            number, _, after = rest.removeprefix("spacing_").partition("_")
            return {f"{head}_spacing": _spacing(number)}, after
        case "antialias" | "hinting":
            word, _, after = rest.partition("_")
            kind = Antialias if head == "antialias" else Hinting
            if word not in [*kind]:
                raise ValueError(f"{head} {word!r}; expected {', '.join(kind)}")
            return {head: kind(word)}, after
        case _ if head in [*Weight]:
            return {"weight": Weight(head)}, rest
        case _ if head in [*Align]:
            return {"align": Align(head)}, rest
    raise ValueError(f"{head!r} is no option of a text; expected {EXPECTED}")


def _stroke(rest: str) -> tuple[dict[str, object], str]:
    if not rest.startswith("bo_"):
        return {"stroke": True}, rest
    match = _BORDER.match(rest, len("bo_"))
    width = whole(match[1]) if match else 0
    if not match or not 0 < width <= MAX_STROKE:
        raise ValueError(f"{rest!r} is no outline; expected bo_2px_solid_white or the like, 1 to {MAX_STROKE} pixels")
    return {"stroke": True, "border": Border(width, colour(match[2]))}, rest[match.end() :].removeprefix("_")


def _spacing(text: str) -> Fraction:
    try:
        value = Fraction(half_up(decimal(text.removeprefix("-")) * 1_000), 1_000)
    except ValueError:
        value = Fraction(MAX_SPACING + 1)
    if value > MAX_SPACING:
        raise ValueError(f"spacing {text!r}; expected pixels from -{MAX_SPACING} to {MAX_SPACING}")
    return -value if text.startswith("-") else value


def print_text_style(style: TextStyle) -> str:
    """The spelling that every style of equal meaning has; `parse_text_style` reads it back."""
    words = [style.family, str(style.size)]
    words += [style.weight] if style.weight is not Weight.NORMAL else []
    words += [name for name in ("italic", "underline", "strikethrough") if getattr(style, name)]
    words += [style.align] if style.align is not Align.START else []
    if style.border is not None:
        words.append(f"stroke_bo_{style.border.width}px_solid_{colour_text(style.border.colour)}")
    elif style.stroke:
        words.append("stroke")
    for name, spacing in (("letter", style.letter_spacing), ("line", style.line_spacing)):
        words += [f"{name}_spacing_{_decimal(spacing)}"] if spacing else []
    words += [f"antialias_{style.antialias}"] if style.antialias is not Antialias.GOOD else []
    words += [f"hinting_{style.hinting}"] if style.hinting is not Hinting.SLIGHT else []
    return "_".join(words)


def _decimal(value: Fraction) -> str:
    return f"{float(value):.3f}".rstrip("0").rstrip(".")
