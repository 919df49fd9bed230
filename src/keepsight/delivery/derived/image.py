"""A derived image: bytes, and what is said with them."""

from __future__ import annotations

from dataclasses import dataclass

from keepsight.pixels.formats import Format
from keepsight.pixels.header import Header


@dataclass(frozen=True, slots=True)
class Content:
    """What a picture is, and what it was made from; pixels of upright pictures, bytes, formats as extensions."""

    width: int
    height: int
    format: str
    original_width: int
    original_height: int
    original_bytes: int
    original_format: str

    @classmethod
    def of(cls, header: Header, format_: Format, width: int, height: int) -> Content:
        """Of a picture in a format, made from an original."""
        now, then = _extension(format_), _extension(header.format)
        return cls(width, height, now, header.width, header.height, header.bytes, then)

    def described(self, size: int) -> str:
        """The `content-info` of `Server-Timing`, which measuring tools read; `size` in bytes of the picture."""
        now = f'width={self.width},height={self.height},bytes={size},format=\\"{self.format}\\"'
        then = f"owidth={self.original_width},oheight={self.original_height},obytes={self.original_bytes}"
        return f'content-info;desc="{now},{then},oformat=\\"{self.original_format}\\""'


@dataclass(frozen=True, slots=True)
class Derived:
    """One delivered image and what is said with it."""

    body: bytes
    content_type: str
    etag: str
    """Strong, quoted."""
    crop_box: str
    focus: str
    content: Content | None
    """None where the body tells of a picture and is none."""
    modified: int
    """When it was made, in seconds since the epoch."""
    attachment: str | None = None
    """The name under which it is saved, without an extension; None: it is shown."""
    suffix: str = "json"
    """The extension with which what is no picture is saved; "" for none."""
    immutable: bool = False
    """Whether a client need never ask again, by `fl_immutable_cache`."""
    warnings: tuple[str, ...] = ()
    """What was ignored or brought into its range when it was made; what the URL alone tells stands in its plan."""


def _extension(format_: Format) -> str:
    return {"jpeg": "jpg"}.get(format_, format_)
