"""What a file says about itself before any pixel is decoded, and the limits it must keep."""

from __future__ import annotations

from dataclasses import dataclass, replace

from PIL import ExifTags, Image

from keepsight.errors import BadImage
from keepsight.pixels.formats import ACCEPTED, Format
from keepsight.pixels.gif import survey
from keepsight.pixels.opening import foreign_bytes, format_of, open_image

_MOST_SCANS = 100
"""Scans of one JPEG. Encoders write about 10; each costs a pass over the whole picture, however few bytes it has."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What an original may be at most. Everything is checked before a pixel is decoded."""

    max_pixels: int = 64_000_000
    """Width times height of one frame."""
    max_frames: int = 2_000
    max_animation_pixels: int = 1_000_000_000
    """Width times height times frames."""
    max_bytes: int = 100_000_000


@dataclass(frozen=True, slots=True)
class Header:
    """What the header of an original says."""

    format: Format
    width: int
    """Pixels, of the upright picture: after its EXIF orientation is applied."""
    height: int
    orientation: int
    """EXIF orientation 1..8 of the stored pixels; 1 is upright."""
    frames: int
    """1 for a still picture."""
    has_alpha: bool
    """Whether pixels may be transparent, by an alpha channel, a palette entry or a key colour."""
    bytes: int
    """Size of the file."""


def as_stored(header: Header) -> Header:
    """The header of the same picture with its EXIF orientation left alone."""
    width, height = (header.height, header.width) if header.orientation >= 5 else (header.width, header.height)
    return replace(header, width=width, height=height, orientation=1)


def read_header(data: bytes, limits: Limits) -> Header:
    """Read the header of an original; memory and time do not grow with the size of the picture.

    Raises BadImage when it is not a JPEG, PNG, WebP, AVIF or GIF, when its header is cut short, or when it is over
    one of the limits.
    """
    _expect(len(data) <= limits.max_bytes, f"{len(data):,} bytes; expected at most {limits.max_bytes:,}")
    frames = None
    if data.startswith(b"GIF8"):
        seen = survey(data, limits.max_frames)
        frames = max(1, seen.frames)
        _check_size(seen.width, seen.height, frames, limits)
    # Pillow's own check stays as a second line, never narrower than ours.
    Image.MAX_IMAGE_PIXELS = max(Image.MAX_IMAGE_PIXELS or 0, limits.max_pixels)
    try:
        image = open_image(data)
    except BadImage as error:
        if isinstance(error.__cause__, Image.DecompressionBombError):
            raise BadImage(f"Invalid image file: {_too_large('far too many pixels', limits)}") from error
        raise
    with foreign_bytes(f"its header cannot be read; expected {ACCEPTED}"):
        format_ = format_of(image)
        if frames is None:
            frames = 1 if format_ is Format.JPEG else int(getattr(image, "n_frames", 1))
        has_alpha = image.has_transparency_data
        width, height = image.size
        orientation = _orientation(image.info.get("exif"))
    _check_size(width, height, frames, limits)
    if format_ is Format.JPEG:
        # Inside a scan 0xFF is always escaped, so the marker occurs only where a scan starts.
        scans = data.count(b"\xff\xda")
        _expect(scans <= _MOST_SCANS, f"{scans} scans; expected at most {_MOST_SCANS}")
    if orientation >= 5:
        width, height = height, width
    return Header(format_, width, height, orientation, frames, has_alpha, len(data))


def _check_size(width: int, height: int, frames: int, limits: Limits) -> None:
    _expect(width > 0 and height > 0, f"{width} x {height} pixels; expected at least one")
    _expect(width * height <= limits.max_pixels, _too_large(f"{width} x {height} pixels", limits))
    _expect(frames <= limits.max_frames, f"more than {limits.max_frames:,} frames")
    _expect(
        width * height * frames <= limits.max_animation_pixels,
        f"{frames} frames of {width} x {height} pixels; expected at most {limits.max_animation_pixels:,} in all",
    )


def _too_large(what: str, limits: Limits) -> str:
    return f"{what}; expected at most {limits.max_pixels:,} in all"


def _expect(kept: bool, fault: str) -> None:
    if not kept:
        raise BadImage(f"Invalid image file: {fault}")


def _orientation(exif: object) -> int:
    """Orientation of an EXIF block; 1 when it is absent, damaged or says something else.

    `Image.getexif` is not used: for a PNG it may decode every pixel. In an AVIF the block holds what Pillow read from
    irot and imir, which override EXIF there (AVIF specification 1.1, section 4.2; pixels come out unturned).
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
