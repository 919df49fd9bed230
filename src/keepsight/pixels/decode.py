"""Decoding an original, no larger than it will be needed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from math import ceil, sqrt
from typing import TYPE_CHECKING

from PIL import Image, ImageFile

from keepsight.pixels.formats import ACCEPTED, Format
from keepsight.pixels.header import Header
from keepsight.pixels.modes import resizable
from keepsight.pixels.opening import foreign_bytes, open_image, seek
from keepsight.pixels.outside import OUTSIDE, decode_outside, frames_outside
from keepsight.pixels.outside.decoding import Loaded
from keepsight.pixels.resample import in_decoded_pixels
from keepsight.pixels.strips import LARGE, Use, cut, whole
from keepsight.pixels.svg import render_svg
from keepsight.pixels.turning import Box, Size

if TYPE_CHECKING:
    from keepsight.pixels.libvips import Read

_MOST_DRAWN = 16_000_000
"""Pixels at which a drawing is drawn at most; what is wanted larger is enlarged."""
_SPARE_OUTSIDE = 4 / 3
"""What is decoded outside is reduced to no less than 4/3 of the scale that is asked for, which is 3/2 of what a cut
needs: twice that, as `resample` would reduce it."""
_STEPS = 8
"""Steps of a reduction between 1 and 2: few, so that cuts of about one size share a decode."""
_NARROW = 64
"""Pixels of a side below which a picture cannot be reduced as far as a preview asks."""
_ROW_BY_ROW = frozenset({Format.PNG, Format.WEBP, Format.AVIF, Format.HEIC, Format.JP2, Format.JXL})
"""Formats that are reduced and cut while they come. A JPEG of 24 megapixels would take 300 ms of libvips, which hands
on rows, and takes 208 of Pillow."""
_DAMAGED = f"damaged or cut short; expected {ACCEPTED}"


@dataclass(frozen=True, slots=True)
class Decoded:
    """One frame of an original in memory, as it is stored: not yet upright, not yet sRGB."""

    image: Image.Image
    """L, LA, RGB, RGBA or CMYK; without metadata."""
    reduction: float
    """Source pixels per decoded pixel along a side, nearly: a whole number, or any for a drawing or a large WebP."""
    extent: tuple[float, float]
    """Width and height in source pixels that the decoded pixels cover; the last ones may reach past the source."""
    profile: bytes | None
    """The embedded ICC profile."""
    whole: bool = True
    """Whether there is no more detail to be had."""

    def within(self, box: Box) -> Box:
        """A box of source pixels in the pixels of the image."""
        return in_decoded_pixels(box, self.extent, self.image.size)

    def suffices(self, scale: float) -> bool:
        """Whether there are `scale` decoded pixels for a source pixel, or all that there can be."""
        return self.whole or self.reduction * scale <= 1


def reduction_of(header: Header, scale: float) -> float | None:
    """How many source pixels a side `decode` makes one of at `scale`; None for a drawing, which fits any scale.

    A whole number, but for a large WebP at more than half its size: libwebp scales by any factor, and what it does not
    make need not be in memory.
    """
    shorter = min(header.width, header.height)
    match header.format:
        case Format.SVG:
            return None
        case Format.JPEG:
            return next((r for r in (8, 4, 2) if r * scale <= 1 and r <= shorter), 1)
        case Format.WEBP if not header.scalable:
            return 1  # Pillow decodes it, in full
        case Format.WEBP if 1 / 2 < scale <= _STEPS / (_STEPS + 1) and header.width * header.height >= LARGE:
            return int(_STEPS / scale) / _STEPS
        case Format.PNG | Format.WEBP:
            return max(1, min(int(1 / scale), shorter))
        case format_ if format_ in OUTSIDE:
            return max(1, min(int(1 / (scale * _SPARE_OUTSIDE)), shorter))
        case _:
            return 1


def decode(data: bytes, header: Header, scale: float) -> Decoded:
    """Decode the frame that the header is about, at `scale` decoded pixels per source pixel or the next larger that
    the format offers.

    A JPEG is reduced by 2, 4 or 8 while it is decoded (3000x2000 to 400 wide: a fifth of the time of decoding it in
    full), a still PNG by any whole number if it has 8 bits a channel, a still WebP too if it is lossy and opaque, and
    from 8 megapixels on by any number. A drawing is drawn at the scale itself, also above 1, up to 16 million pixels.
    Every other format comes in full. Raises BadImage when the data are damaged or cut short.
    """
    if header.format is Format.SVG:
        return _drawn(data, header, scale)
    reduction = reduction_of(header, scale) or 1
    if header.format in OUTSIDE:
        return _from_outside(decode_outside(data, header, int(reduction)), header)
    if header.format in (Format.PNG, Format.WEBP):
        if read := _read(data, header, reduction):
            return Decoded(resizable(read.image), reduction, read.extent, read.profile, reduction == 1)
        reduction = 1
    with foreign_bytes(_DAMAGED):
        image = open_image(data, header.format)
        if header.format is Format.JPEG:
            width, height = image.size
            # For this size `draft` finds exactly `reduction`; called with 1 it changes nothing.
            image.draft(None, (width // int(reduction), height // int(reduction)))
            # In one piece: between two of them it would wait for the interpreter's lock, thirty times in 2 MB.
            image.decodermaxblock = len(data)
        elif header.frames > 1:
            seek(image, header.format, header.frame)
        return _loaded(image, reduction)


def decode_cut(
    data: bytes, header: Header, scale: float, box: Box, size: Size
) -> tuple[Image.Image, bytes | None] | None:
    """A box of the frame that the header is about, as it is stored, scaled to `size`, and the embedded ICC profile.

    What `decode` and `resample` would give, but the whole is not in memory. For pictures that `comes_in_strips`; None
    for a file that has to come as a whole after all. Raises BadImage as `decode` does.
    """
    reduction, use = reduction_of(header, scale) or 1, partial(cut, box=box, size=size)
    if header.format in OUTSIDE:
        loaded = decode_outside(data, header, int(reduction), use)
        return loaded.image, loaded.profile
    read = _read(data, header, reduction, use)
    return (read.image, read.profile) if read else None


def comes_in_strips(header: Header, scale: float) -> bool:
    """Whether a picture is so large at `scale` that a cut of it is better made while it is decoded.

    It then is decoded for one cut alone. Previews are never so large.
    """
    reduction = reduction_of(header, scale)
    if reduction is None or header.frames > 1 or header.has_alpha or min(header.width, header.height) < _NARROW:
        return False
    if header.format is Format.WEBP and not header.scalable:
        return False
    return header.format in _ROW_BY_ROW and header.width * header.height >= LARGE * reduction**2


def _from_outside(loaded: Loaded, header: Header) -> Decoded:
    image = loaded.image
    if header.format is Format.TIFF and not header.has_alpha and image.mode in ("LA", "RGBA"):
        image = image.convert(image.mode.removesuffix("A"))  # it was asked for without its alpha channel
    extent = image.width * loaded.reduction, image.height * loaded.reduction
    return Decoded(image, loaded.reduction, extent, loaded.profile, loaded.reduction == 1)


def _read(data: bytes, header: Header, reduction: float, use: Use = whole) -> Read | None:
    from keepsight.pixels import libvips  # noqa: PLC0415 - not loaded where only JPEG is served

    if not libvips.is_taken(header, reduction):
        return None
    return libvips.read_strips(data, header, reduction, use)


def _drawn(data: bytes, header: Header, scale: float) -> Decoded:
    most = sqrt(_MOST_DRAWN / (header.width * header.height))
    scale = min(scale, most)
    size = ceil(header.width * scale), ceil(header.height * scale)
    extent = header.width, header.height
    return Decoded(resizable(render_svg(data, size)), 1 / scale, extent, None, whole=scale == most)


def decode_frames(data: bytes, header: Header, frames: Sequence[int]) -> Iterator[Decoded]:
    """Decode the frames of an animation, in full, one at a time; 0 is the first.

    They are composed as the format says, disposal and blending included. Ascending frames cost one pass over the file.
    Raises BadImage when the data are damaged or cut short.
    """
    if header.format in OUTSIDE:
        for loaded in frames_outside(data, header, frames):
            yield Decoded(loaded.image, 1, loaded.image.size, loaded.profile)
        return
    with foreign_bytes(_DAMAGED):
        image = open_image(data, header.format)
    for frame in frames:
        with foreign_bytes(_DAMAGED):
            seek(image, header.format, frame)
            decoded = _loaded(image, 1, copy=True)
        yield decoded


def _loaded(image: ImageFile.ImageFile, reduction: float, *, copy: bool = False) -> Decoded:
    image.load()
    profile = image.info.get("icc_profile")
    pixels = resizable(image)
    if copy and pixels is image:
        pixels = image.copy()  # the next frame is drawn over this one
    pixels.info = {}
    extent = pixels.width * reduction, pixels.height * reduction
    return Decoded(pixels, reduction, extent, profile if isinstance(profile, bytes) else None, reduction == 1)
