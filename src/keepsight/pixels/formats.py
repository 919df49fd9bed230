"""The picture formats that come in and go out, and what each can hold."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Format(StrEnum):
    """A picture format by the name that `f_` gives it."""

    JPEG = "jpeg"
    PNG = "png"
    WEBP = "webp"
    AVIF = "avif"
    GIF = "gif"

    @property
    def content_type(self) -> str:
        """The media type registered with IANA."""
        return f"image/{self.value}"

    @property
    def has_alpha(self) -> bool:
        """Whether a pixel can be transparent (in a GIF wholly or not at all)."""
        return self is not Format.JPEG

    @property
    def longest_side(self) -> int:
        """Most pixels of one side that the encoder writes."""
        return _LONGEST_SIDE[self]


EXTENSIONS: Mapping[str, Format] = MappingProxyType(
    {
        "jpg": Format.JPEG,
        "jpeg": Format.JPEG,
        "jpe": Format.JPEG,
        "jfif": Format.JPEG,
        "png": Format.PNG,
        "webp": Format.WEBP,
        "avif": Format.AVIF,
        "gif": Format.GIF,
    }
)
"""Format of every file name extension that is understood; lower case, without the dot."""

ACCEPTED = "a JPEG, PNG, WebP, AVIF or GIF picture"
"""What may come in, as errors say it."""

_LONGEST_SIDE: Mapping[Format, int] = MappingProxyType(
    {
        Format.JPEG: 65_500,  # JPEG_MAX_DIMENSION of libjpeg; the file format itself would hold 65,535
        Format.PNG: 2**31 - 1,  # PNG specification, IHDR
        Format.WEBP: 16_383,  # 14 bits in the VP8 header
        Format.AVIF: 32_768,  # AVIF_DEFAULT_IMAGE_DIMENSION_LIMIT: libavif reads nothing larger back
        Format.GIF: 65_535,  # 16 bits in the image descriptor
    }
)
