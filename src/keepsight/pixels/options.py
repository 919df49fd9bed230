"""Options of Pillow's writers; each choice is a measured one, see beside it."""

from __future__ import annotations

from typing import Any

from PIL import Image, PngImagePlugin

from keepsight.pixels.encoding import Encoding
from keepsight.pixels.formats import Format
from keepsight.pixels.metadata import Metadata, jpeg_segment

_SMALL = 1_000_000
"""Pixels up to which AVIF speed 9 is as cheap as WebP; above it speed 8 saves bytes that are worth its time."""
_LOSSLESS_FROM = 100
"""Quality at which JPEG 2000 and JPEG XL lose nothing."""


def pixel_options(image: Image.Image, encoding: Encoding, quality: int) -> dict[str, Any]:
    """How the pixels are written, at a quality 1..100."""
    subsampling = "4:4:4" if encoding.chroma == "444" else "4:2:0"
    match encoding.format:
        case Format.JPEG:
            # Progressive costs twice the time of baseline for 1 % of bytes, so it is for those who ask.
            progressive = encoding.progressive not in (None, "none")
            return {"quality": quality, "subsampling": subsampling, "optimize": True, "progressive": progressive}
        case Format.WEBP:
            # Method 4, the default, costs 2.1 to 2.4 times as much for 3 to 5 % of bytes.
            return {"quality": quality, "method": 2}
        case Format.AVIF:
            # One thread: requests already run side by side, and the bytes do not depend on the machine.
            speed = 9 if image.width * image.height <= _SMALL else 8
            colour = {} if image.mode == "L" else {"subsampling": subsampling}
            return {"quality": quality, "speed": speed, "max_threads": 1, **colour}
        case Format.JXL:
            # Effort 3: as small as effort 5 or 7 for 400x300 photographs, in 8 ms instead of 31 or 53.
            return {"quality": quality, "lossless": quality >= _LOSSLESS_FROM, "effort": 3, "num_threads": 0}
        case Format.PNG:
            # Against level 6, with zlib-ng: a photograph in 81 ms instead of 196 and 3 % smaller, text and flat areas
            # in 10 ms instead of 12 and 10 % larger.
            return {"compress_level": 3}
        case Format.TIFF:
            return {"compression": "group4" if encoding.tiff == "group4" else "tiff_lzw"}
        case Format.JP2:
            if quality >= _LOSSLESS_FROM:
                return {"irreversible": False}
            # A quality is a signal-to-noise ratio: 80 is 40 dB, about that of JPEG's 80.
            return {"irreversible": True, "quality_mode": "dB", "quality_layers": [24 + 0.2 * quality], "mct": 1}
        case Format.ICO:
            return {"sizes": [image.size]}
        case _:
            return {}


def attached_options(encoding: Encoding, profile: bytes | None, metadata: Metadata) -> dict[str, Any]:
    """What goes along with the pixels, in the formats that have a place for it."""
    options: dict[str, Any] = {}
    format_ = encoding.format
    if profile:
        options["icc_profile"] = profile
    if encoding.density is not None and format_ in (Format.JPEG, Format.PNG, Format.TIFF, Format.BMP):
        options["dpi"] = (encoding.density, encoding.density)
    if format_ not in (Format.JPEG, Format.PNG, Format.WEBP, Format.AVIF, Format.JXL):
        return options
    if metadata.exif:
        options["exif"] = metadata.exif
    if metadata.xmp:
        options["xmp"] = metadata.xmp
    if format_ is Format.JPEG:
        options["extra"] = jpeg_segment(metadata.iptc)
    if format_ is Format.PNG and metadata.xmp:
        text = PngImagePlugin.PngInfo()
        text.add_itxt("XML:com.adobe.xmp", options.pop("xmp").decode("utf-8", "replace"))
        options["pnginfo"] = text
    if format_ is Format.JXL and (metadata.exif or metadata.xmp):
        options["use_container"] = True
    return options
