"""How large the pages of a TIFF are, read from its directories without decoding any.

Pillow counts pages by parsing every directory with all its tags, and knows the size of one page at a time. Layout:
TIFF 6.0, section 2; the BigTIFF design, which differs in widths of fields only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

MAGIC = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_WIDTH, _LENGTH = 256, 257
_BYTES = {1: 1, 3: 2, 4: 4, 16: 8}
"""Bytes of the field types that whole numbers come in."""


@dataclass(frozen=True, slots=True)
class Page:
    """Width and height in pixels, as stored; 0 where the directory does not say."""

    width: int
    height: int


def survey(data: bytes, most_pages: int) -> tuple[Page, ...]:
    """The pages in their order, up to a damaged directory, a circle, or one page more than `most_pages`."""
    order: Literal["little", "big"] = "little" if data.startswith(b"II") else "big"
    wide = data[2:4] in (b"+\0", b"\0+")
    counter, entry, offset = (8, 20, 8) if wide else (2, 12, 4)
    pages: list[Page] = []
    seen: set[int] = set()
    at = int.from_bytes(data[8:16] if wide else data[4:8], order)
    while at and at not in seen and at + counter <= len(data) and len(pages) <= most_pages:
        seen.add(at)
        count = int.from_bytes(data[at : at + counter], order)
        end = at + counter + count * entry
        if end > len(data):
            break
        sides = {_WIDTH: 0, _LENGTH: 0}
        for field in range(at + counter, end, entry):
            tag = int.from_bytes(data[field : field + 2], order)
            if tag in sides:
                width = _BYTES.get(int.from_bytes(data[field + 2 : field + 4], order), 0)
                value = field + entry - offset
                sides[tag] = int.from_bytes(data[value : value + width], order)
            elif tag > _LENGTH:  # tags are sorted
                break
        pages.append(Page(sides[_WIDTH], sides[_LENGTH]))
        at = int.from_bytes(data[end : end + offset], order)
    return tuple(pages)
