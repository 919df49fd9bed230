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
    JXL = "jxl"
    JP2 = "jp2"
    TIFF = "tiff"
    BMP = "bmp"
    ICO = "ico"
    HEIC = "heic"
    SVG = "svg"

    @property
    def content_type(self) -> str:
        """The media type registered with IANA."""
        return _CONTENT_TYPE.get(self, f"image/{self.value}")

    @property
    def has_alpha(self) -> bool:
        """Whether a pixel can be transparent (in a GIF wholly or not at all)."""
        return self not in _OPAQUE

    @property
    def written(self) -> bool:
        """Whether it goes out, too; the others only come in."""
        return self in _LONGEST_SIDE

    @property
    def animated(self) -> bool:
        """Whether several frames of it are shown one after the other, and not pages."""
        return self in _ANIMATED

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
        "apng": Format.PNG,
        "webp": Format.WEBP,
        "avif": Format.AVIF,
        "gif": Format.GIF,
        "jxl": Format.JXL,
        "jp2": Format.JP2,
        "j2k": Format.JP2,
        "tiff": Format.TIFF,
        "tif": Format.TIFF,
        "bmp": Format.BMP,
        "ico": Format.ICO,
        "heic": Format.HEIC,
        "heif": Format.HEIC,
        "svg": Format.SVG,
    }
)
"""Format of every file name extension that is understood; lower case, without the dot."""

ACCEPTED = "a JPEG, PNG, WebP, AVIF, GIF, HEIC, JPEG XL, JPEG 2000, TIFF, BMP, ICO or SVG picture"
"""What may come in, as errors say it."""

_OPAQUE = frozenset((Format.JPEG, Format.BMP))
_ANIMATED = frozenset((Format.GIF, Format.PNG, Format.WEBP, Format.AVIF))
_CONTENT_TYPE: Mapping[Format, str] = MappingProxyType(
    {Format.ICO: "image/vnd.microsoft.icon", Format.SVG: "image/svg+xml"}
)

_LONGEST_SIDE: Mapping[Format, int] = MappingProxyType(
    {
        Format.JPEG: 65_500,  # JPEG_MAX_DIMENSION of libjpeg; the file format itself would hold 65,535
        Format.PNG: 2**31 - 1,  # PNG specification, IHDR
        Format.WEBP: 16_383,  # 14 bits in the VP8 header
        Format.AVIF: 32_768,  # AVIF_DEFAULT_IMAGE_DIMENSION_LIMIT: libavif reads nothing larger back
        Format.GIF: 65_535,  # 16 bits in the image descriptor
        Format.JXL: 2**18,  # level 5 of the codestream profile (ISO/IEC 18181-2, annex A)
        Format.JP2: 2**31 - 1,  # 32 bits in SIZ, which Pillow reads as signed
        Format.TIFF: 2**31 - 1,  # 32 bits in ImageWidth, signed in libtiff's tile arithmetic
        Format.BMP: 2**31 - 1,  # 32 bits, signed, in BITMAPINFOHEADER
        Format.ICO: 256,  # one byte in the directory, 0 being 256
    }
)
