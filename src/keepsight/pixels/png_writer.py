"""Animated PNGs, written frame by frame: nothing but the frame before is kept.

Pillow's own writer holds every frame until the last one is there. It still compresses each frame here; what this adds
are the chunks around them. Layout: PNG specification (third edition), section 11.3.6, Animation information.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO

from PIL import Image, ImageChops

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_KEEP, _REPLACE = 0, 0
"""Dispose and blend operations."""


def write_apng(frames: Iterable[Image.Image], durations: Sequence[int], plays: int, level: int) -> bytes:
    """Frames of one size and mode, RGB or RGBA, each for so many milliseconds; of each only what changed is stored.

    `plays` is how often all are shown, 0 being for ever; `level` is zlib's.
    """
    stream = BytesIO()
    stream.write(_SIGNATURE)
    previous: Image.Image | None = None
    number = 0
    for frame, duration in zip(frames, durations, strict=True):
        left, top, right, bottom = _changed(previous, frame)
        single = BytesIO()
        frame.crop((left, top, right, bottom)).save(single, "PNG", compress_level=level)
        chunks = list(_chunks(single.getvalue()))
        if previous is None:
            stream.write(_chunk(b"IHDR", next(body for kind, body in chunks if kind == b"IHDR")))
            stream.write(_chunk(b"acTL", struct.pack(">II", len(durations), plays)))
        place = struct.pack(">IIII", right - left, bottom - top, left, top)
        stream.write(
            _chunk(b"fcTL", struct.pack(">I", number) + place + struct.pack(">HHBB", duration, 1000, _KEEP, _REPLACE))
        )
        number += 1
        for kind, body in chunks:
            if kind == b"IDAT" and previous is None:
                stream.write(_chunk(b"IDAT", body))
            elif kind == b"IDAT":
                stream.write(_chunk(b"fdAT", struct.pack(">I", number) + body))
                number += 1
        previous = frame
    stream.write(_chunk(b"IEND", b""))
    return stream.getvalue()


def _changed(previous: Image.Image | None, frame: Image.Image) -> tuple[int, int, int, int]:
    """The smallest box that holds every change; one pixel where there is none."""
    if previous is None:
        return (0, 0, *frame.size)
    return ImageChops.difference(frame, previous).getbbox(alpha_only=False) or (0, 0, 1, 1)


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(_SIGNATURE)
    while at < len(data):
        (length,) = struct.unpack_from(">I", data, at)
        yield data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        at += 12 + length


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
