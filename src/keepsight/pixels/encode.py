"""Pictures into bytes."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import Any, Literal

from PIL import Image

from keepsight.errors import BadRequest
from keepsight.pixels.canvas import WHITE, underlay
from keepsight.pixels.formats import Format
from keepsight.pixels.palette import indexed
from keepsight.pixels.quality import auto_quality
from keepsight.transformation.values import Colour

_SMALL = 1_000_000
"""Pixels up to which AVIF speed 9 is as cheap as WebP; above it speed 8 saves bytes that are worth its time."""


@dataclass(frozen=True, slots=True)
class Encoding:
    """How a picture is written."""

    format: Format
    quality: int | None = None
    """1..100 as the format's own encoder counts; None: the level `good`. Without effect on PNG and GIF."""
    chroma: Literal["420", "444"] | None = None
    """Colour at half or at full resolution in JPEG and AVIF; None is 420. WebP is always 420."""
    background: Colour | None = None
    """Colour under transparency. None: the alpha is kept, or white where the format has none."""


def encode(image: Image.Image, encoding: Encoding) -> bytes:
    """Write an L, RGB or RGBA image in sRGB; the same input gives the same bytes. No metadata is written.

    Raises BadRequest when the picture is too large for the format.
    """
    format_ = encoding.format
    limit = format_.longest_side
    if max(image.size) > limit:
        raise BadRequest(
            f"A picture of {image.width} x {image.height} pixels cannot be written as {format_}; "
            f"expected at most {limit:,} pixels a side"
        )
    if encoding.background is not None:
        image = underlay(image, encoding.background)
    if image.mode == "RGBA" and not format_.has_alpha:
        image = underlay(image, WHITE)
    if format_ is Format.GIF:
        image = indexed(image)
    else:
        image = image.copy()
        image.info = {}  # Pillow's writers would take a profile or a comment from it
    stream = BytesIO()
    try:
        image.save(stream, format_.name, **_options(image, encoding))
    except (OSError, ValueError, MemoryError) as error:
        raise BadRequest(
            f"A picture of {image.width} x {image.height} pixels cannot be written as {format_}"
        ) from error
    return stream.getvalue()


def _options(image: Image.Image, encoding: Encoding) -> dict[str, Any]:
    """Options of Pillow's writers; each choice is a measured one, see beside it."""
    quality = encoding.quality or auto_quality("good", encoding.format)
    subsampling = "4:4:4" if encoding.chroma == "444" else "4:2:0"
    match encoding.format:
        case Format.JPEG:
            # Progressive costs twice the time of baseline for 1 % of bytes.
            return {"quality": quality, "subsampling": subsampling, "optimize": True}
        case Format.WEBP:
            # Method 4, the default, costs 2.1 to 2.4 times as much for 3 to 5 % of bytes.
            return {"quality": quality, "method": 2}
        case Format.AVIF:
            # One thread: requests already run side by side, and the bytes do not depend on the machine.
            speed = 9 if image.width * image.height <= _SMALL else 8
            colour = {} if image.mode == "L" else {"subsampling": subsampling}
            return {"quality": quality, "speed": speed, "max_threads": 1, **colour}
        case Format.PNG:
            # Against level 6, with zlib-ng: a photograph in 81 ms instead of 196 and 3 % smaller, text and flat areas
            # in 10 ms instead of 12 and 10 % larger.
            return {"compress_level": 3}
        case Format.GIF:
            return {}
