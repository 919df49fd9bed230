"""How large a drawing is, from its first element."""

from __future__ import annotations

import math
import re
from xml.parsers import expat

from keepsight.errors import BadImage
from keepsight.pixels.svg.clean import EXPECTED, SVG

_LENGTH = re.compile(
    r"\s*\+?([0-9]*\.?[0-9]+(?:[eE][-+]?[0-9]{1,3})?)\s*(px|pt|pc|mm|cm|in|em|ex|rem|q)?\s*", re.IGNORECASE
)
_SIDE = re.compile(r"(?<![\w-])(width|height)\s*:([^;]*)")
_PIXELS = {
    "": 1.0,
    "px": 1.0,
    "pt": 96 / 72,
    "pc": 16.0,
    "mm": 96 / 25.4,
    "cm": 96 / 2.54,
    "q": 96 / 101.6,
    "in": 96.0,
    "em": 16.0,
    "rem": 16.0,
    "ex": 8.0,
}
"""CSS Values and Units 4, section 6; fonts are 16 pixels high, and their x half of that."""
_DEFAULT = (300.0, 150.0)
"""Of a drawing that says nothing (CSS 2.2, section 10.3.2)."""
_LARGEST = 1_000_000
_READ = 65_536
"""Bytes that are read at a time until the first element is there."""


class _Found(Exception):
    """Ends the parser at the first element."""


def svg_size(data: bytes) -> tuple[int, int]:
    """Width and height in CSS pixels (96 to an inch), rounded, each at least 1.

    Nothing is drawn, and nothing is read behind the first element. A side that is not given, or is a share, follows
    the view box. Raises BadImage for what is no SVG, and for sides that make no sense.
    """
    width, height = natural_size(_root(data))
    return max(1, math.floor(width + 0.5)), max(1, math.floor(height + 0.5))


def natural_size(root: dict[str, str]) -> tuple[float, float]:
    """Width and height before they are rounded, of the attributes of the root."""
    # A style overrides attributes (SVG 2, section 6.6).
    given = {name: root.get(name) for name in ("width", "height")} | dict(_SIDE.findall(root.get("style", "")))
    width, height, box = _length(given["width"]), _length(given["height"]), _view_box(root.get("viewBox"))
    if box is None:
        size = width or _DEFAULT[0], height or _DEFAULT[1]
    elif width is None and height is None:
        size = box
    else:
        size = width or (height or 0) * box[0] / box[1], height or (width or 0) * box[1] / box[0]
    if not all(0 < side <= _LARGEST for side in size):
        raise BadImage(f"Invalid image file: {size[0]:g} x {size[1]:g} pixels; expected 1 to {_LARGEST:,} a side")
    return size


def without_sides(style: str) -> str:
    """A style attribute without width and height."""
    return _SIDE.sub("", style)


def _root(data: bytes) -> dict[str, str]:
    found: list[tuple[str, dict[str, str]]] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        found.append((name, attributes))
        raise _Found

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = start
    try:
        for at in range(0, len(data), _READ):
            parser.Parse(data[at : at + _READ], False)
        parser.Parse(b"", True)
    except _Found:
        pass
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise BadImage(f"Invalid image file: damaged; expected {EXPECTED}") from error
    if not found or found[0][0] not in ("svg", f"{SVG} svg"):
        raise BadImage(f"Invalid image file: expected {EXPECTED}")
    return found[0][1]


def _length(text: str | None) -> float | None:
    match = _LENGTH.fullmatch(text) if text is not None else None
    return float(match[1]) * _PIXELS[(match[2] or "").lower()] if match else None


def _view_box(text: str | None) -> tuple[float, float] | None:
    try:
        _, _, width, height = map(float, re.split(r"[\s,]+", (text or "").strip()))
    except ValueError:
        return None
    return (width, height) if width > 0 and height > 0 else None
