"""The one edge at which Pillow opens foreign bytes, and at which its exceptions end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from types import MappingProxyType

from PIL import AvifImagePlugin, Image, ImageFile
from pillow_heif import register_heif_opener

from keepsight.errors import BadImage
from keepsight.pixels.formats import ACCEPTED, Format

# One dav1d thread for each picture: requests already run side by side, one for each core. So with libde265, whose own
# limits stay as they are: libheif holds its decoder to the size that the header gives.
AvifImagePlugin.DEFAULT_MAX_THREADS = 1
register_heif_opener(decode_threads=1, thumbnails=False, depth_images=False, aux_images=False)

_PLUGIN: Mapping[Format, str] = MappingProxyType({Format.JP2: "JPEG2000", Format.HEIC: "HEIF"})
"""What Pillow calls a format where it is not its name."""


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


def open_image(data: bytes, format_: Format) -> ImageFile.ImageFile:
    """Read the header of a file that was recognised as this format; only that plugin of Pillow sees it.

    No pixel is decoded, but those of an icon. Raises BadImage when the header is damaged.
    """
    with foreign_bytes(f"its header cannot be read; expected {ACCEPTED}"):
        return Image.open(BytesIO(data), formats=(plugin(format_),))


def plugin(format_: Format) -> str:
    """The name of a format's reader and writer in Pillow."""
    return _PLUGIN.get(format_, format_.name)


def seek(image: ImageFile.ImageFile, format_: Format, frame: int) -> None:
    """Go to a frame, 0 being the first, where the image is not there yet.

    The one picture that a PNG shows to programs without animation is none of its frames; a HEIC opens at its primary
    picture, which counts as the first.
    """
    position = frame
    if format_ is Format.PNG and getattr(image, "default_image", False):
        position = frame + 1
    elif format_ is Format.HEIC:
        primary = image.tell()
        position = primary if frame == 0 else frame - 1 if frame <= primary else frame
    if position != image.tell():
        image.seek(position)
