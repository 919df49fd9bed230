"""Pictures out of a decoding process.

Decoders of formats that few people look at are the most dangerous part of an image server: they have crashed, looped
and overrun buffers again and again, and a file may ask them for any amount of memory. JPEG, PNG, WebP and GIF are
decoded in the server itself: their decoders are those of every browser, small, and fuzzed without end.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil

from PIL import Image

from keepsight.errors import BadImage
from keepsight.pixels.costly import refuse_costly, remember_costly
from keepsight.pixels.formats import ACCEPTED
from keepsight.pixels.header import Header
from keepsight.pixels.outside.job import SECONDS, Job, strips, unpacked
from keepsight.pixels.outside.process import Decoder, working
from keepsight.pixels.strips import Strips, Use, whole

_MODES = frozenset(("L", "LA", "RGB", "RGBA", "CMYK"))
_FAULT = f"Invalid image file: damaged, cut short, or too costly to decode; expected {ACCEPTED}"
_WALL = 2.0
"""Seconds on the clock for a second of processor time: others want the processor, too."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was made of pixels as they are stored, L, LA, RGB, RGBA or CMYK, and the embedded ICC profile."""

    image: Image.Image
    reduction: int
    """Source pixels per pixel along a side; the last one of a side may reach past the source."""
    profile: bytes | None


def decode_outside(data: bytes, header: Header, reduction: int = 1, use: Use = whole) -> Loaded:
    """What `use` makes of the frame that the header is about, reduced by a box filter if it is opaque.

    Raises BadImage when the file is damaged, not of the size that the header says, or takes more than 20 seconds or
    more memory than pictures of its size do; the server is none the worse.
    """
    (loaded,) = frames_outside(data, header, (header.frame,), reduction, use)
    return loaded


def frames_outside(
    data: bytes, header: Header, frames: Sequence[int], reduction: int = 1, use: Use = whole
) -> Iterator[Loaded]:
    """Frames of an animation or pages, 0 being the first, one at a time. Raises BadImage as `decode_outside` does."""
    width, height = header.width, header.height
    sides = {(width, height), (height, width)} if header.orientation >= 5 else {(width, height)}
    job = Job(header.format, len(data), width * height, tuple(frames), header.frames > 1, reduction)
    fault: BadImage | None = None
    refuse_costly(data)
    try:
        with working(job, data, _WALL * SECONDS) as decoder:
            for _ in frames:
                loaded = _next(decoder, sides, use)
                if isinstance(loaded, BadImage):
                    fault = loaded
                    break
                yield loaded
    except EOFError as error:
        remember_costly(data, _FAULT)
        raise BadImage(_FAULT) from error
    if fault is not None:
        raise fault


def _next(decoder: Decoder, sides: set[tuple[int, int]], use: Use) -> Loaded | BadImage:
    """What is made of the next picture of an answer, or what is wrong with the file. Raises EOFError."""
    said = unpacked(lambda count: bytes(decoder.read(count)))
    if "fault" in said:
        return BadImage(said["fault"] or _FAULT)
    profile, mode, stored, reduction = (
        bytes(decoder.read(said["profile"])),
        said["mode"],
        said["size"],
        said["reduction"],
    )
    if tuple(stored) not in sides or mode not in _MODES or not 1 <= reduction <= min(stored):
        raise EOFError
    width, height = (ceil(side / reduction) for side in stored)
    extent = width * reduction, height * reduction
    image = use(Strips(mode, (width, height), extent, _rows(decoder, mode, (width, height))))
    return Loaded(image, reduction, profile or None)


def _rows(decoder: Decoder, mode: str, size: tuple[int, int]) -> Iterator[Image.Image]:
    for left, top, right, bottom in strips(*size):
        width, height = right - left, bottom - top
        yield Image.frombuffer(mode, (width, height), decoder.read(width * height * len(mode)), "raw", mode, 0, 1)
