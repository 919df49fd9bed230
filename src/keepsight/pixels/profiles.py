"""The colour spaces that pictures go out in."""

from __future__ import annotations

from functools import lru_cache
from io import BytesIO

from PIL import Image, ImageCms

from keepsight.errors import BadRequest
from keepsight.pixels.encoding import Encoding
from keepsight.pixels.formats import Format
from keepsight.pixels.metadata import Metadata

_INKED = frozenset((Format.JPEG, Format.TIFF))
_UNPROFILED = frozenset((Format.GIF, Format.BMP, Format.ICO, Format.JP2, Format.JXL))
"""Formats that have no place for a profile, or whose writer here has none. JPEG XL says sRGB in another way."""


def in_colour_space(image: Image.Image, encoding: Encoding, metadata: Metadata) -> tuple[Image.Image, bytes | None]:
    """The image, L, RGB or RGBA in sRGB, in the space that is asked for, and the profile to embed.

    CMYK is that of the original's own profile where it has one; else ink on perfect paper without black, which is what
    Pillow takes CMYK without a profile for. Raises BadRequest where CMYK cannot be written.
    """
    wanted = encoding.colour_space
    if wanted == "cmyk" and encoding.format not in _INKED:
        raise BadRequest(
            f"Invalid color space in transformation: cmyk (expected with jpg or tiff, not {encoding.format})"
        )
    if wanted == "cmyk" or (wanted == "keep_cmyk" and metadata.cmyk and encoding.format in _INKED):
        transform = _to_ink(metadata.profile) if metadata.cmyk and metadata.profile else None
        if transform is None:
            return image.convert("RGB").convert("CMYK"), None
        inked = ImageCms.applyTransform(image.convert("RGB"), transform)
        return inked or image.convert("CMYK"), metadata.profile
    profiled = encoding.profile == "force_icc" or (encoding.profile is None and wanted in ("srgb", "tinysrgb"))
    return image, srgb_profile() if profiled and encoding.format not in _UNPROFILED else None


@lru_cache(maxsize=1)
def srgb_profile() -> bytes:
    """The sRGB profile that littlecms makes: 588 bytes, where the one of HP and Microsoft has 3,144."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


@lru_cache(maxsize=8)
def _to_ink(profile: bytes) -> ImageCms.ImageCmsTransform | None:
    try:
        return ImageCms.buildTransform(
            ImageCms.createProfile("sRGB"), ImageCms.ImageCmsProfile(BytesIO(profile)), "RGB", "CMYK"
        )
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None
