"""Pictures into bytes."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from io import BytesIO
from typing import IO, Any

import pillow_jxl  # noqa: F401 - its import makes Pillow write JPEG XL
from PIL import Image

from keepsight.errors import BadRequest
from keepsight.pixels.canvas import WHITE, underlay
from keepsight.pixels.encoding import Automatic, Encoding
from keepsight.pixels.formats import Format
from keepsight.pixels.likeness import SMALLEST, likeness
from keepsight.pixels.metadata import Metadata, kept
from keepsight.pixels.opening import plugin
from keepsight.pixels.options import attached_options, pixel_options
from keepsight.pixels.palette import exact, for_gif, quantised
from keepsight.pixels.profiles import in_colour_space
from keepsight.pixels.quality import reached_quality, target_likeness, usual_quality
from keepsight.pixels.sample import sampler

_LOSSY = 80
"""Quality of a palette where only `lossy` is said: a fifth of the bytes less, and hardly seen."""
_FLAT = 1_024
"""Colours up to which a picture is taken for a drawing, of which a WebP without loss is often the smaller one."""

_TO_FILES = frozenset({Format.JPEG, Format.GIF})
"""Formats during whose writing Pillow lets other threads run if it is to a file of the system, and not otherwise."""


def encode(image: Image.Image, encoding: Encoding, source: Metadata | None = None) -> bytes:
    """Write an L, RGB or RGBA image in sRGB; the same input gives the same bytes.

    `source` is what the original has of metadata, for the rules in the encoding to choose from; without it none is
    written. Raises BadRequest when the picture is too large for the format or cannot be written as it is asked.
    """
    metadata = kept(source or Metadata(), encoding.metadata)
    image = prepared(image, encoding)
    quality = chosen_quality(image, encoding)
    image, profile = in_colour_space(image, encoding, metadata)
    attached = attached_options(encoding, profile, metadata)
    match encoding.format:
        case Format.GIF:
            flat = for_gif(image, palette_quality(encoding), dithering=not encoding.lossy)
            return _write(flat, encoding, quality, attached)
        case Format.PNG:
            return _png(image, encoding, attached)
        case Format.TIFF if encoding.tiff == "group4":
            return _write(image.convert("1"), encoding, quality, attached)
    lossy = _write(image, encoding, quality, attached)
    if encoding.format is Format.WEBP and isinstance(encoding.quality, Automatic) and is_flat(image):
        lossless = _write(image, encoding, quality, {**attached, "lossless": True})
        return min(lossy, lossless, key=len)
    return lossy


def encode_smallest(
    image: Image.Image, encodings: Sequence[Encoding], source: Metadata | None = None
) -> tuple[Format, bytes]:
    """The shortest of several ways to write an image, the first of equals, and its format."""
    written = [(encoding.format, encode(image, encoding, source)) for encoding in encodings]
    return min(written, key=lambda each: len(each[1]))


def is_flat(image: Image.Image) -> bool:
    """Whether it is a drawing of few colours rather than a photograph."""
    return image.getcolors(_FLAT) is not None


def shrunk(image: Image.Image, side: int) -> Image.Image:
    """The image scaled down to at most `side` pixels a side, its ratio kept: icons hold no more than 256."""
    smaller = image.copy()
    smaller.thumbnail((side, side), Image.Resampling.LANCZOS, reducing_gap=None)
    return smaller


def prepared(image: Image.Image, encoding: Encoding) -> Image.Image:
    """What the format can hold of an image: its alpha, or white under it. Raises BadRequest when it is too large."""
    format_ = encoding.format
    limit = format_.longest_side
    if max(image.size) > limit:
        raise BadRequest(
            f"A picture of {image.width} x {image.height} pixels cannot be written as {format_}; "
            f"expected at most {limit:,} pixels a side"
        )
    if image.mode == "RGBA" and (
        not format_.has_alpha
        or (format_ is Format.PNG and encoding.depth == "png24")
        or encoding.tiff == "group4"
        or encoding.colour_space == "cmyk"
    ):
        image = underlay(image, WHITE)
    image = image.copy()
    image.info = {}  # Pillow's writers would take a profile or a comment from it
    return image


def chosen_quality(image: Image.Image, encoding: Encoding) -> int:
    """The number 1..100 that the format's encoder is given for this image."""
    match encoding.quality:
        case int(number):
            return number
        case None:
            return usual_quality(encoding.format)
        case automatic:
            return reached_quality(
                image, encoding.format, automatic, lambda part, number: _write(part, encoding, number, {})
            )


def _png(image: Image.Image, encoding: Encoding, attached: dict[str, Any]) -> bytes:
    """A PNG loses nothing unless a flag says so, and has a palette where there are 256 colours at most."""
    if encoding.depth in ("png24", "png32"):
        return _true_colour(image.convert("RGB" if encoding.depth == "png24" else "RGBA"), encoding, attached)
    if flat := exact(image):
        return _write(flat, encoding, 100, attached)
    if encoding.depth == "png8" or encoding.lossy:
        return _write(quantised(image, palette_quality(encoding)), encoding, 100, attached)
    if encoding.any_format and isinstance(encoding.quality, Automatic):
        flat, take = quantised(image), sampler(image)
        part, copy = (underlay(take(each).convert("RGBA"), WHITE).convert("RGB") for each in (image, flat))
        if min(part.size) >= SMALLEST and likeness(part, copy) >= target_likeness(encoding.quality):
            return _write(flat, encoding, 100, attached)
    return _true_colour(image, encoding, attached)


def _true_colour(image: Image.Image, encoding: Encoding, attached: dict[str, Any]) -> bytes:
    from keepsight.pixels import libvips  # noqa: PLC0415 - not loaded where only JPEG is served

    written = None if attached else libvips.encode_png(image)
    return written or _write(image, encoding, 100, attached)


def palette_quality(encoding: Encoding) -> int:
    """How near to the picture a palette of 256 colours has to be, 1..100; the nearer, the more colours and bytes."""
    number = encoding.quality if isinstance(encoding.quality, int) else None
    if encoding.format is Format.PNG and encoding.depth == "png8" and number is not None:
        return number
    return (number or _LOSSY) if encoding.lossy else 100


def _write(image: Image.Image, encoding: Encoding, quality: int, attached: dict[str, Any]) -> bytes:
    with _stream(encoding.format) as stream:
        try:
            image.save(stream, plugin(encoding.format), **pixel_options(image, encoding, quality), **attached)
        except (OSError, ValueError, MemoryError) as error:
            raise BadRequest(
                f"A picture of {image.width} x {image.height} pixels cannot be written as {encoding.format}"
            ) from error
        stream.seek(0)
        return stream.read()


def _stream(format_: Format) -> IO[bytes]:
    if format_ in _TO_FILES:
        with suppress(AttributeError, OSError):  # another system or C library, or no descriptor is to be had
            return os.fdopen(os.memfd_create("picture"), "w+b")
    return BytesIO()
