"""Which format the first bytes of a file belong to."""

from __future__ import annotations

import re

from keepsight.errors import BadImage
from keepsight.pixels import icon, jp2, jxl, tiff
from keepsight.pixels.formats import ACCEPTED, Format

_MAGIC: tuple[tuple[bytes, Format], ...] = (
    (b"\xff\xd8\xff", Format.JPEG),
    (b"\x89PNG\r\n\x1a\n", Format.PNG),
    (b"GIF87a", Format.GIF),
    (b"GIF89a", Format.GIF),
    (b"BM", Format.BMP),
    (jxl.BARE, Format.JXL),
    (jxl.BOXED, Format.JXL),
    (jp2.BOXED, Format.JP2),
    (jp2.BARE, Format.JP2),
    (icon.MAGIC, Format.ICO),
    *((magic, Format.TIFF) for magic in tiff.MAGIC),
)
_REFUSED: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "a PDF document"),
    (b"8BPS", "a Photoshop document"),
    (b"%!PS", "a PostScript document"),
    (b"\xc5\xd0\xd3\xc6", "a PostScript document"),
    (b"\x1a\x45\xdf\xa3", "a video"),
    (b"II\xbc\x01", "a JPEG XR picture"),
)
_AVIF = frozenset((b"avif", b"avis"))
_HEIC = frozenset((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"))
# The group is atomic, so that a long row of comments cannot be divided in many ways.
_SVG = re.compile(
    rb"(?:\xef\xbb\xbf)?(?>(?:\s+|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^>\[]*(?:\[.*?\])?\s*>)*)<(?:\w+:)?svg[\s>/]",
    re.DOTALL,
)
_SVG_HEAD = 4_096
"""Bytes within which the svg element starts."""


def recognise(data: bytes) -> Format:
    """The format of a file by its first bytes; nothing else is looked at.

    Raises BadImage for anything that is not accepted, with its name where it is a known one.
    """
    for magic, format_ in _MAGIC:
        if data.startswith(magic):
            return format_
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return Format.WEBP
    if data[4:8] == b"ftyp":
        return _by_brand(data)
    for magic, name in _REFUSED:
        if data.startswith(magic):
            raise BadImage(f"Invalid image file: {name}, which is not offered by this server; expected {ACCEPTED}")
    if _SVG.match(data[:_SVG_HEAD]):
        return Format.SVG
    raise BadImage(f"Invalid image file: expected {ACCEPTED}")


def _by_brand(data: bytes) -> Format:
    """The major brand decides, then the compatible ones (ISO/IEC 14496-12, section 4.3)."""
    end = min(int.from_bytes(data[:4]), len(data), 1024)
    for at in (8, *range(16, end, 4)):
        brand = data[at : at + 4]
        if brand in _AVIF:
            return Format.AVIF
        if brand in _HEIC:
            return Format.HEIC
    raise BadImage(f"Invalid image file: a video or an unknown kind of HEIF; expected {ACCEPTED}")
