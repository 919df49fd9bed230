"""What a still WebP says about itself, read from its chunks.

Pillow opens a WebP with the decoder of animations, which clears two pictures of four bytes a pixel before it says how
large the file is: 3 to 27 ms and 48 MB for 6 megapixels. Layout: WebP container specification (RFC 9649, section 2),
RFC 6386, section 9.1 (VP8) and RFC 9649, section 3.4 (VP8L).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

_ANIMATED, _EXIF, _ALPHA = 0x02, 0x08, 0x10
"""Flags of the VP8X chunk."""
_START_CODE = b"\x9d\x01\x2a"
_MOST_CHUNKS = 1_000


@dataclass(frozen=True, slots=True)
class Still:
    """Width and height in pixels, and what else decides how it is decoded."""

    width: int
    height: int
    has_alpha: bool
    lossless: bool
    exif: bytes | None


def survey(data: bytes) -> Still | None:
    """The one picture of a file; None for an animation and for whatever is not as the specification has it."""
    flags, canvas, alpha, exif = 0, None, False, None
    picture: Still | None = None
    for number, (kind, start, length) in enumerate(_chunks(data)):
        if length < 0 or number == _MOST_CHUNKS:
            return None
        match kind:
            case b"VP8X" if number == 0 and length >= 10:
                flags = data[start]
                canvas = 1 + _little(data, start + 4, 3), 1 + _little(data, start + 7, 3)
            case b"ALPH" if canvas and picture is None:
                alpha = True
            case b"EXIF" if exif is None and flags & _EXIF:
                exif = data[start : start + length]
            case b"VP8 " | b"VP8L" if picture is None:
                picture = _frame(data, kind, start, length)
                if picture is None:
                    return None
                if canvas is None:
                    return picture  # what follows belongs to nobody
            case b"VP8X" | b"VP8 " | b"VP8L" | b"ANIM" | b"ANMF" | b"ALPH":
                return None
    if picture is None or flags & _ANIMATED or canvas != (picture.width, picture.height):
        return None
    has_alpha = picture.has_alpha or alpha or bool(flags & _ALPHA)
    return Still(picture.width, picture.height, has_alpha, picture.lossless, exif)


def _frame(data: bytes, kind: bytes, start: int, length: int) -> Still | None:
    """Size and alpha out of the first bytes of a bitstream."""
    if length < 10:
        return None
    if kind == b"VP8 ":
        if data[start] & 1 or data[start + 3 : start + 6] != _START_CODE:
            return None
        return Still(_little(data, start + 6, 2) & 0x3FFF, _little(data, start + 8, 2) & 0x3FFF, False, False, None)
    bits = _little(data, start + 1, 4)
    if data[start] != 0x2F or bits >> 29:
        return None
    return Still(1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF), bool(bits >> 28 & 1), True, None)


def _chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Kind, start and length of every chunk; a length of -1 for one that reaches past the file."""
    end = 8 + _little(data, 4, 4)
    at = 12
    while at + 8 <= min(end, len(data)):
        length = _little(data, at + 4, 4)
        yield data[at : at + 4], at + 8, length if at + 8 + length <= min(end, len(data)) else -1
        at += 8 + length + (length & 1)
    if end > len(data):
        yield b"", at, -1


def _little(data: bytes, at: int, size: int) -> int:
    return int.from_bytes(data[at : at + size], "little")
