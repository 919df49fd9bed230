"""The one edge at which Pillow opens foreign bytes, and at which its exceptions end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO

from PIL import AvifImagePlugin, Image, ImageFile

from keepsight.errors import BadImage
from keepsight.pixels.formats import ACCEPTED, Format

# One dav1d thread for each picture: requests already run side by side, one for each core.
AvifImagePlugin.DEFAULT_MAX_THREADS = 1

_PLUGINS = tuple(format_.name for format_ in Format)


@contextmanager
def foreign_bytes(fault: str) -> Iterator[None]:
    """Turn whatever Pillow raises inside into BadImage("Invalid image file: <fault>").

    The catch is broad on purpose: parsers of damaged files fail with OSError, SyntaxError, ValueError, struct.error,
    EOFError, MemoryError, KeyError, IndexError and more, from one release to the next. Keep the block to Pillow calls.
    """
    try:
        yield
    except BadImage:
        raise
    except Exception as error:
        raise BadImage(f"Invalid image file: {fault}") from error


def open_image(data: bytes) -> ImageFile.ImageFile:
    """Read the header of a JPEG, PNG, WebP, AVIF or GIF; no pixel is decoded.

    Raises BadImage when the bytes are none of these.
    """
    with foreign_bytes(f"expected {ACCEPTED}"):
        return Image.open(BytesIO(data), formats=_PLUGINS)


def format_of(image: ImageFile.ImageFile) -> Format:
    """Format of an opened file. Pillow calls a JPEG with further pictures behind the first one MPO; it is a JPEG."""
    return Format.JPEG if image.format == "MPO" else Format((image.format or "").lower())
