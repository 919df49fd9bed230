"""The text itself: what of it can be drawn, and where it may be cut."""

from __future__ import annotations

import re
import unicodedata

_LINE_ENDS = re.compile("\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_LRM, _RLI, _PDI, _ZWJ = "\u200e", "\u2067", "\u2069", "\u200d"
_RIGHT_TO_LEFT = frozenset(("R", "AL"))
_REGIONAL = range(0x1F1E6, 0x1F200)
_MODIFIERS = range(0x1F3FB, 0x1F400)


def drawable(text: str) -> str:
    """Every kind of line end as a newline, tabulators as spaces, without what has no shape.

    Control characters, surrogates and code points that Unicode promises never to use are dropped: Pango's markup
    refuses some of them, and the others draw boxes.
    """
    text = _LINE_ENDS.sub("\n", text).replace("\t", " ")
    return "".join(
        c for c in text if c == "\n" or not (unicodedata.category(c) in ("Cc", "Cs") or _is_noncharacter(ord(c)))
    )


def physical(text: str) -> str:
    """The text with every paragraph's direction declared from left to right, its look unchanged.

    Pango mirrors `left` and `right` in paragraphs that run from right to left. One that is isolated inside of a
    paragraph from left to right is set as before, and its lines go where they are told (Unicode annex 9, 2.4).
    """
    return "\n".join(
        f"{_LRM}{_RLI}{line}{_PDI}" if _runs_from_right(line) else f"{_LRM}{line}" for line in text.split("\n")
    )


def breaks(text: str) -> list[int]:
    """Places at which the text can be cut without taking a letter apart, ascending, neither 0 nor its end.

    A letter keeps its marks, what is joined to it, and the other half of a flag; cutting inside of a conjunct only
    splits it into letters that exist.
    """
    places = []
    flag = False
    for at in range(1, len(text)):
        before, after = text[at - 1], text[at]
        flag = ord(before) in _REGIONAL and not flag
        if not (
            unicodedata.category(after)[0] == "M"
            or _ZWJ in (before, after)
            or ord(after) in _MODIFIERS
            or (flag and ord(after) in _REGIONAL)
        ):
            places.append(at)
    return places


def _runs_from_right(line: str) -> bool:
    """Whether the first letter that has a direction runs from right to left (Unicode annex 9, rule P2)."""
    for char in line:
        direction = unicodedata.bidirectional(char)
        if direction == "L":
            return False
        if direction in _RIGHT_TO_LEFT:
            return True
    return False


def _is_noncharacter(code: int) -> bool:
    return code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF
