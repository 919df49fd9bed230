"""What a file says about itself before any pixel is decoded, and the limits it must keep."""

from __future__ import annotations

from dataclasses import dataclass, replace

from PIL import ExifTags, Image, ImageFile

from keepsight.errors import BadImage, BadRequest
from keepsight.pixels import gif, jxl, tiff, webp
from keepsight.pixels.formats import ACCEPTED, Format
from keepsight.pixels.limits import Limits, check_size, expect, preflight, too_large
from keepsight.pixels.opening import foreign_bytes, open_image, seek
from keepsight.pixels.recognise import recognise
from keepsight.pixels.svg import svg_size
from keepsight.pixels.timing import read_timing

_CSS = 96.0
"""Dots an inch that a pixel of CSS, in which drawings are measured, stands for."""


@dataclass(frozen=True, slots=True)
class Header:
    """What the header of an original says."""

    format: Format
    width: int
    """Pixels, of the upright picture: after its EXIF orientation is applied."""
    height: int
    orientation: int
    """EXIF orientation 1..8 of the pixels as they are decoded; 1 is upright."""
    frames: int
    """Frames of an animation or pages of a document; 1 for a still picture."""
    has_alpha: bool
    """Whether pixels may be transparent, by an alpha channel, a palette entry or a key colour."""
    bytes: int
    """Size of the file."""
    frame: int = 0
    """The frame or page that this header, and a Picture made with it, is about; 0 is the first."""
    durations: tuple[int, ...] = ()
    """Milliseconds of each frame of an animation; empty for stills and documents."""
    plays: int = 1
    """How often an animation is shown; 0 is for ever."""
    scalable: bool = False
    """Whether it is a WebP that libwebp can scale: still, opaque and lossy, and as its specification has it."""

    @property
    def animated(self) -> bool:
        """Whether it moves."""
        return bool(self.durations)


def as_stored(header: Header) -> Header:
    """The header of the same picture with its EXIF orientation left alone."""
    width, height = (header.height, header.width) if header.orientation >= 5 else (header.width, header.height)
    return replace(header, width=width, height=height, orientation=1)


def without_mask(header: Header) -> Header:
    """The header of the same TIFF with its alpha channel left out; that of any other format as it is."""
    return replace(header, has_alpha=False) if header.format is Format.TIFF else header


def read_header(data: bytes, limits: Limits, frame: int = 0, density: float | None = None) -> Header:
    """Read the header of an original; memory and time do not grow with the size of the picture.

    `frame` chooses a page of a document, whose pages differ in size; `density` says how many dots an inch of a drawing
    has, and so how large it is, 96 being CSS's own. Raises BadImage when the file is of no accepted
    format, when its header is cut short, or when it is over one of the limits; BadRequest when there is no such frame.
    """
    expect(len(data) <= limits.max_bytes, f"{len(data):,} bytes; expected at most {limits.max_bytes:,}")
    format_ = recognise(data)
    preflight(data, format_, limits)
    if format_ is Format.JXL:
        header = _jxl(data)
    elif format_ is Format.SVG:
        header = _svg(data, density or _CSS)
    elif format_ is Format.WEBP and (still := webp.survey(data)):
        header = _webp(still, len(data))
    else:
        header = _opened(data, format_, limits, frame)
    check_size(header.width, header.height, header.frames, limits)
    if frame >= header.frames:
        raise BadRequest(f"Invalid page in transformation: {frame + 1} (expected at most {header.frames})")
    return header


def _svg(data: bytes, density: float) -> Header:
    width, height = (max(1, round(side * density / _CSS)) for side in svg_size(data))
    return Header(Format.SVG, width, height, 1, 1, True, len(data))


def _webp(still: webp.Still, size: int) -> Header:
    orientation = _orientation(still.exif)
    width, height = (still.height, still.width) if orientation >= 5 else (still.width, still.height)
    scalable = not (still.has_alpha or still.lossless)
    return Header(Format.WEBP, width, height, orientation, 1, still.has_alpha, size, scalable=scalable)


def _jxl(data: bytes) -> Header:
    seen = jxl.survey(data)
    if seen is None:
        raise BadImage(f"Invalid image file: its header cannot be read; expected {ACCEPTED}")
    # The decoder turns pixels upright by itself.
    return Header(Format.JXL, seen.width, seen.height, 1, 1, seen.extra_channels > 0, len(data))


def _opened(data: bytes, format_: Format, limits: Limits, frame: int) -> Header:
    """By Pillow, whose own check of sizes stays as a second line, never narrower than ours."""
    Image.MAX_IMAGE_PIXELS = max(Image.MAX_IMAGE_PIXELS or 0, limits.max_pixels)
    try:
        image = open_image(data, format_)
    except BadImage as error:
        if isinstance(error.__cause__, Image.DecompressionBombError):
            raise BadImage(f"Invalid image file: {too_large('far too many pixels', limits)}") from error
        raise
    with foreign_bytes(f"its header cannot be read; expected {ACCEPTED}"):
        frames, durations, plays = _frames(data, image, format_, limits)
        if 0 < frame < frames and not durations:
            seek(image, format_, frame)
        width, height = image.size
        orientation = _orientation(image.info.get("exif"))
        has_alpha = image.has_transparency_data
    if orientation >= 5:
        width, height = height, width
    return Header(
        format_, width, height, orientation, frames, has_alpha, len(data), min(frame, frames), durations, plays
    )


def _frames(
    data: bytes, image: ImageFile.ImageFile, format_: Format, limits: Limits
) -> tuple[int, tuple[int, ...], int]:
    """Number of frames or pages, milliseconds of each, and plays."""
    if format_ is Format.GIF:
        seen = gif.survey(data, limits.max_frames)
        return (seen.frames, seen.durations, seen.plays) if seen.frames > 1 else (1, (), 1)
    if format_ is Format.TIFF:
        return max(1, len(tiff.survey(data, limits.max_frames))), (), 1
    if format_ in (Format.JPEG, Format.ICO, Format.BMP, Format.JP2):
        return 1, (), 1
    frames = int(getattr(image, "n_frames", 1)) - bool(getattr(image, "default_image", False))
    if frames <= 1 or not format_.animated or frames > limits.max_frames:
        return max(1, frames), (), 1
    timing = read_timing(data, format_, frames)
    return frames, timing.durations, timing.plays


def _orientation(exif: object) -> int:
    """Orientation of an EXIF block; 1 when it is absent, damaged or says something else.

    `Image.getexif` is not used: for a PNG it may decode every pixel. In an AVIF the block holds what Pillow read from
    irot and imir, which override EXIF there (AVIF specification 1.1, section 4.2; pixels come out unturned). TIFF and
    HEIC come out of their decoders upright and without it.
    """
    if not isinstance(exif, bytes):
        return 1
    tags = Image.Exif()
    try:
        tags.load(exif)
        value = tags.get(ExifTags.Base.Orientation)
    except Exception:  # damaged EXIF is common and harmless; Pillow fails on it in many ways
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1
