"""The text of `f_ q_ dn_ cs_ pg_ dl_` and `e_loop`, both ways: what is printed parses to the same value.

Every parser takes percent-decoded text and raises ValueError, with a reason where the parameter's `expected` sentence
would not say it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from types import MappingProxyType
from typing import cast, get_args

from keepsight.transformation.output import ColourSpace, Output, Pages
from keepsight.transformation.rounding import half_up
from keepsight.transformation.scalars import decimal, whole
from keepsight.transformation.values import Chroma, Level, Quality

FORMATS: Mapping[str, str] = MappingProxyType(
    {
        "auto": "auto",
        "auto:image": "auto:image",
        "auto:animated": "auto:animated",
        "jpg": "jpeg",
        "jpeg": "jpeg",
        "jpe": "jpeg",
        "png": "png",
        "webp": "webp",
        "avif": "avif",
        "gif": "gif",
        "jxl": "jxl",
        "jp2": "jp2",
        "tiff": "tiff",
        "tif": "tiff",
        "bmp": "bmp",
        "ico": "ico",
    }
)
"""What `f_` accepts, and the format that it means; a format's own name stands first among its spellings, or is there
too."""

FORMATS_NOT_OFFERED: Mapping[str, str] = MappingProxyType(
    dict.fromkeys(("3g2", "3gp", "avi", "flv", "m2ts", "m3u8", "mkv", "mov", "mp4", "mpd", "mpeg", "mts", "mxf", "ogv",
                   "ts", "webm", "wmv", "auto:video"), "video")
    | dict.fromkeys(("aac", "aiff", "amr", "flac", "m4a", "midi", "mp3", "ogg", "opus", "wav"), "audio")
    | dict.fromkeys(("ai", "djvu", "eps", "eps3", "ept", "indd", "pdf", "ps", "psd", "svg"), "documents and drawings")
    | dict.fromkeys(("fbx", "glb", "gltf", "obj", "ply", "u3ma", "usdz"), "3D models")
    | dict.fromkeys(("arw", "cr2", "cr3", "dng", "nef", "raf"), "camera raw files")
    | {"flif": "an abandoned format", "heic": "HEVC is patented", "heif": "HEVC is patented",
       "hdp": "JPEG XR", "jxr": "JPEG XR", "wdp": "JPEG XR", "jpc": "JPEG 2000 comes as jp2", "tga": "TGA"}
)  # fmt: skip
"""Formats of the language that are refused by name, and what they are."""

COLOUR_SPACES = get_args(ColourSpace)
_LEVELS = get_args(Level)
_CHROMAS = get_args(Chroma)
_NUMBER = re.compile(r"\d{1,3}(\.\d{0,100})?|\.\d{1,100}")
_RANGE = re.compile(r"(?P<first>\d{1,6})(?P<dash>-)?(?P<last>\d{1,6})?")
_MOST_RANGES = 100
MOST_DELAY = 65_535
"""Milliseconds of a frame; the two bytes that APNG has for it."""
MOST_LOOPS = 65_535


def output_format(text: str) -> str:
    """A format by one of its names, in either case as in file names, or `auto[:image|:animated]`."""
    text = text.lower()
    if text in FORMATS:
        return FORMATS[text]
    raise ValueError(f"{FORMATS_NOT_OFFERED[text]}: not offered by this server" if text in FORMATS_NOT_OFFERED else "")


def quality(text: str) -> Quality:
    """`1`…`100`, or a share of it from `0.01`, or `auto[:best|good|eco|low][:sensitive]`; `[:420|444]` behind either.

    A number with a fraction above 1 is rounded. The official SDKs' own tests send `q_0.4`; as everywhere in the
    language the dot is taken for a share, so that is 40.
    """
    head, *words = text.split(":")
    if head.startswith("jpegmini"):
        raise ValueError("JPEGmini is a paid add-on: not offered by this server")
    if any(w.startswith("qmax_") for w in words):
        raise ValueError("qmax is about video: not offered by this server")
    chromas = [w for w in words if w in _CHROMAS]
    if len(chromas) > 1 or len(set(words)) < len(words):
        raise ValueError
    chroma = cast(Chroma, chromas[0]) if chromas else None
    words = [w for w in words if w not in _CHROMAS]
    if head == "auto":
        levels = [w for w in words if w in _LEVELS]
        if len(levels) > 1 or any(w != "sensitive" and w not in _LEVELS for w in words):
            raise ValueError
        return Quality(
            level=cast(Level, levels[0] if levels else "good"), chroma=chroma, sensitive="sensitive" in words
        )
    if words:
        raise ValueError
    return Quality(value=_number(head), chroma=chroma)


def _number(text: str) -> int:
    if not text.isascii() or not _NUMBER.fullmatch(text):
        raise ValueError
    number = decimal(text)
    value = half_up(number * (100 if "." in text and number <= 1 else 1))
    if not 1 <= value <= 100:
        raise ValueError
    return value


def density(text: str) -> Fraction:
    """Dots an inch, 1 to 2400, decimals allowed."""
    value = Fraction(half_up(decimal(text) * 10_000), 10_000)
    if not 1 <= value <= 2400:
        raise ValueError
    return value


def colour_space(text: str) -> ColourSpace:
    """`srgb`, `tinysrgb`, `cmyk`, `no_cmyk` or `keep_cmyk`.

    SDKs write `srgb:truecolor`: as much as `srgb`, since only flags make a picture one of few colours here.
    """
    text = text.removesuffix(":truecolor")
    if text not in COLOUR_SPACES:
        raise ValueError("profiles of your own are not offered by this server" if text.startswith("icc:") else "")
    return cast(ColourSpace, text)


def pages(text: str) -> Pages:
    """`2`, or a list of numbers and ranges `2-5;7;9-`, each from 1."""
    if text.startswith(("name:", "embedded:")):
        raise ValueError("layers of Photoshop documents are not offered by this server")
    ranges = text.split(";")
    if len(ranges) > _MOST_RANGES:
        raise ValueError
    return tuple(_range(part) for part in ranges)


def _range(text: str) -> tuple[int, int | None]:
    match = _RANGE.fullmatch(text) if text.isascii() else None
    if not match or (match["last"] and not match["dash"]):
        raise ValueError
    first = int(match["first"])
    last = int(match["last"]) if match["last"] else None if match["dash"] else first
    if first < 1 or (last is not None and last < first):
        raise ValueError
    return first, last


def delay(text: str) -> int:
    """Milliseconds of a frame, 1 to 65,535."""
    return _whole(text, 1, MOST_DELAY)


def loop(text: str) -> int:
    """The value of `e_loop`, which may be empty: how often an animation plays, 0 for ever."""
    return _whole(text, 0, MOST_LOOPS) if text else 0


def _whole(text: str, least: int, most: int) -> int:
    value = whole(text)
    if not least <= value <= most:
        raise ValueError
    return value


def print_quality(value: Quality) -> str:
    """The text that `quality` reads back."""
    head = str(value.value) if value.value is not None else f"auto:{value.level or 'good'}"
    return head + (":sensitive" if value.sensitive else "") + (f":{value.chroma}" if value.chroma else "")


def print_pages(value: Pages) -> str:
    """The text that `pages` reads back."""
    return ";".join(str(a) if a == b else f"{a}-" if b is None else f"{a}-{b}" for a, b in value)


def print_density(value: Fraction) -> str:
    """The text that `density` reads back."""
    return f"{float(value):.4f}".rstrip("0").rstrip(".")


def print_values(output: Output) -> dict[str, str]:
    """Key and text of every parameter other than `b_` and `fl_` that asks for this output; `loop` is that of `e_`."""
    texts = {
        "f": output.format,
        "q": print_quality(output.quality) if output.quality else None,
        "dn": print_density(output.density) if output.density is not None else None,
        "cs": output.colour_space,
        "pg": print_pages(output.pages) or None,
        "dl": str(output.delay) if output.delay is not None else None,
        "e": f"loop:{output.loop}" if output.loop is not None else None,
    }
    return {key: text for key, text in texts.items() if text is not None}
