"""What an original may be at most, checked on the bytes of its header before a decoder sees them.

Pillow's readers of GIF, TIFF and icons, and the plugin for JPEG XL, decode or allocate while they open a file; and the
decoder of JPEG 2000 obeys another header than the one that Pillow reads. For these the size comes from our own walk.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from keepsight.errors import BadImage
from keepsight.pixels import gif, icon, jp2, jxl, tiff
from keepsight.pixels.formats import Format

_MOST_SCANS = 100
"""Scans of one JPEG. Encoders write about 10; each costs a pass over the whole picture, however few bytes it has."""
_PIECE = 1 << 17
"""Bytes that are searched for scans at once; what is found for each of them stays in the processor's cache."""
_MOST_COMPONENTS = 5
"""Planes of a JPEG 2000 or JPEG XL: four of colour, and alpha. Each costs time and memory, and 16,384 are legal."""
_MOST_RUN_LENGTH_ROW = 65_535
"""Pixels of a row of a compressed BMP, whose few bytes may skip 255 rows at a time."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What an original may be at most. Everything is checked before a pixel is decoded."""

    max_pixels: int = 64_000_000
    """Width times height of one frame."""
    max_frames: int = 2_000
    max_animation_pixels: int = 1_000_000_000
    """Width times height times frames."""
    max_bytes: int = 100_000_000


def preflight(data: bytes, format_: Format, limits: Limits) -> None:
    """Check what a decoder would trust before Pillow's own check. Raises BadImage for a file over a limit."""
    match format_:
        case Format.GIF:
            seen = gif.survey(data, limits.max_frames)
            check_size(seen.width, seen.height, max(1, seen.frames), limits)
        case Format.JPEG:
            expect(_scans(data) <= _MOST_SCANS, f"more than {_MOST_SCANS} scans")
        case Format.TIFF:
            pages = tiff.survey(data, limits.max_frames)
            expect(len(pages) <= limits.max_frames, f"more than {limits.max_frames:,} pages")
            for page in pages:
                check_size(page.width, page.height, 1, limits)
        case Format.ICO:
            for width, height in icon.sizes(data):
                expect(
                    0 < width <= icon.MOST_SIDE and 0 < height <= icon.MOST_SIDE,
                    f"an icon of {width} x {height} pixels; expected at most {icon.MOST_SIDE:,} x {icon.MOST_SIDE:,}, "
                    "not compressed but as PNG",
                )
        case Format.BMP:
            width, compression = (int.from_bytes(data[at : at + 4], "little", signed=True) for at in (18, 30))
            expect(
                compression not in (1, 2) or width <= _MOST_RUN_LENGTH_ROW,
                f"compressed rows of {width:,} pixels; expected at most {_MOST_RUN_LENGTH_ROW:,}",
            )
        case Format.JP2:
            if stream := jp2.survey(data):
                check_size(stream.width, stream.height, 1, limits)
                _check_components(stream.components)
        case Format.JXL:
            if image := jxl.survey(data):
                check_size(image.width, image.height, 1, limits)
                _check_components(3 + image.extra_channels)
                expect(not image.animated, "an animated JPEG XL; expected one that stands still")


def check_size(width: int, height: int, frames: int, limits: Limits) -> None:
    """Raises BadImage for a picture without pixels or over a limit."""
    expect(width > 0 and height > 0, f"{width} x {height} pixels; expected at least one")
    expect(width * height <= limits.max_pixels, too_large(f"{width} x {height} pixels", limits))
    expect(frames <= limits.max_frames, f"more than {limits.max_frames:,} frames")
    expect(
        width * height * frames <= limits.max_animation_pixels,
        f"{frames} frames of {width} x {height} pixels; expected at most {limits.max_animation_pixels:,} in all",
    )


def too_large(what: str, limits: Limits) -> str:
    """Words for a picture of too many pixels."""
    return f"{what}; expected at most {limits.max_pixels:,} in all"


def expect(kept: bool, fault: str) -> None:
    """Raises BadImage with these words if something is not so."""
    if not kept:
        raise BadImage(f"Invalid image file: {fault}")


def _check_components(count: int) -> None:
    expect(count <= _MOST_COMPONENTS, f"{count} planes; expected at most {_MOST_COMPONENTS}")


def _scans(data: bytes) -> int:
    """How often the marker before a scan occurs; inside a scan 0xFF is always escaped.

    By numpy, in a sixth of the time that `bytes.count` takes, and other threads run meanwhile.
    """
    values, scans = np.frombuffer(data, np.uint8), 0
    for start in range(0, len(data), _PIECE):
        piece = values[start : start + _PIECE + 1]
        found = piece[:-1] == 0xFF
        found &= piece[1:] == 0xDA
        scans += int(np.count_nonzero(found))
    return scans
