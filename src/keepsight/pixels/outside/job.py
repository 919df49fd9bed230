"""What a decoding process is asked and what it answers, in bytes.

A job is four bytes of length, JSON, and the file. The answer begins with one byte as soon as the job is taken; then
come pictures, each as four bytes of length, JSON, the profile and the pixels, or JSON that names a fault.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Any

from keepsight.pixels.formats import Format

TAKEN = b"+"
_MIB = 1 << 20
_STRIP = 256 * 1024
"""Pixels that travel at once, or one row."""

OUTSIDE: Mapping[Format, int] = MappingProxyType(
    {Format.AVIF: 32, Format.HEIC: 32, Format.JP2: 64, Format.JXL: 64, Format.TIFF: 32}
)
"""The formats that are decoded outside, and how many bytes of address space a pixel of each may take.

Measured at 12 megapixels, RGB and RGBA of 8 bits: libavif 12 and 20, libheif 17 and 23, OpenJPEG 20 and 25, libjxl 13
and 20 (42 at 64 megapixels), libtiff 10 and 16.
"""
_BASE = 384 * _MIB
"""Bytes of address space beside the pixels and the process as it is: what decoders take for small pictures."""
SECONDS = 20
"""Of processor time for a job; as much again may pass while others have the processor."""


@dataclass(frozen=True, slots=True)
class Job:
    """What to decode: frames of a file of this format, of so many bytes."""

    format: Format
    bytes: int
    pixels: int
    """Of one frame, by its header: what memory is allowed for."""
    frames: tuple[int, ...]
    several: bool
    """Whether the file has several frames or pages, and a frame has to be sought."""
    reduction: int = 1
    """Source pixels per delivered pixel along a side, where no transparency speaks against it: what is not needed does
    not have to travel, and 18 MB of it take 30 ms."""

    @property
    def memory(self) -> int:
        """Bytes of address space that it may take."""
        return _BASE + 4 * self.bytes + OUTSIDE[self.format] * self.pixels


def packed(said: Mapping[str, Any]) -> bytes:
    """A line of the conversation."""
    text = json.dumps(said).encode()
    return len(text).to_bytes(4) + text


def unpacked(read: Callable[[int], bytes]) -> dict[str, Any]:
    """The next line; `read` gives exactly so many bytes or raises EOFError."""
    said = json.loads(read(int.from_bytes(read(4))))
    assert isinstance(said, dict)  # noqa: S101 - both ends are ours
    return said


def strips(width: int, height: int) -> Iterator[tuple[int, int, int, int]]:
    """The boxes of a picture in which its pixels travel, from top to bottom: neither end has a copy of all of them."""
    rows = max(1, _STRIP // width)
    for top in range(0, height, rows):
        yield 0, top, width, min(height, top + rows)


def asked(job: Job) -> bytes:
    """A job as such a line."""
    return packed(asdict(job))


def job_of(said: Mapping[str, Any]) -> Job:
    """The job in such a line."""
    return Job(**{**said, "format": Format(said["format"]), "frames": tuple(said["frames"])})
