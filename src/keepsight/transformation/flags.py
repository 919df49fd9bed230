"""`fl_`: every flag of the language, what it asks of the encoder, or that it is not offered."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any
from urllib.parse import quote, unquote

from keepsight.errors import BadRequest
from keepsight.transformation.output import Output

STEP_FLAGS = frozenset(
    {
        "cutter",
        "ignore_aspect_ratio",
        "layer_apply",
        "no_overflow",
        "region_relative",
        "relative",
        "text_disallow_overflow",
        "text_no_trim",
        "tiled",
    }
)
"""Flags of resizing and of layers: they belong to the step of their component, not to the encoder."""

_ENCODING: Mapping[str, tuple[str, object]] = MappingProxyType(
    {
        "animated": ("animated", "animated"),
        "any_format": ("any_format", True),
        "apng": ("animated", "apng"),
        "attachment": ("attachment", ""),
        "awebp": ("animated", "awebp"),
        "force_icc": ("profile", "force_icc"),
        "force_strip": ("metadata", "force_strip"),
        "getinfo": ("getinfo", True),
        "group4": ("tiff", "group4"),
        "ignore_mask_channels": ("ignore_mask", True),
        "immutable_cache": ("immutable", True),
        "keep_attribution": ("metadata", "keep_attribution"),
        "keep_iptc": ("metadata", "keep_iptc"),
        "lossy": ("lossy", True),
        "original": ("original", True),
        "png8": ("depth", "png8"),
        "png24": ("depth", "png24"),
        "png32": ("depth", "png32"),
        "preserve_transparency": ("preserve_transparency", True),
        "progressive": ("progressive", "default"),
        "progressive:none": ("progressive", "none"),
        "progressive:semi": ("progressive", "semi"),
        "progressive:steep": ("progressive", "steep"),
        "rasterize": ("vector", True),
        "sanitize": ("vector", True),
        "strip_profile": ("profile", "strip_profile"),
        "tiff8_lzw": ("tiff", "tiff8_lzw"),
    }
)
"""The field of Output that a flag sets, and to what."""

NOT_OFFERED: Mapping[str, str] = MappingProxyType(
    {
        "alternate": "audio",
        "clip": "clipping paths",
        "clip_evenodd": "clipping paths",
        "draco": "3D models",
        "replace_image": "pictures in PDF documents",
        "splice": "joining videos",
        "waveform": "audio",
    }
)
"""Flags of the language that are refused by name, and what they are about."""

IGNORED: Mapping[str, str] = MappingProxyType(
    {
        "c2pa": "content credentials, which this server does not sign",
        "hlsv3": "video",
        "keep_dar": "video",
        "mono": "audio",
        "no_stream": "video",
        "streaming_attachment": "video",
        "truncate_ts": "video",
    }
)
"""Flags of the language that change nothing about a picture, and what they are about: the answer says so."""

EXPECTED = ", ".join(sorted((set(_ENCODING) | STEP_FLAGS) - {"attachment"} | {"attachment[:name]"}))

_NAME = re.compile(r"[^\x00-\x1f\x7f/\\]{1,200}")


@dataclass(frozen=True, slots=True)
class Flags:
    """The flags of one component."""

    output: Output = Output()  # noqa: RUF009 - frozen, so that sharing one default is safe
    """What they ask of the encoder."""
    step: frozenset[str] = frozenset()
    """Those of STEP_FLAGS among them."""
    warnings: tuple[str, ...] = field(default=(), compare=False, repr=False)
    """Which of them are ignored, a sentence each."""

    def merged(self, later: Flags) -> Flags:
        """Both; where both ask something different of the encoder, `later` wins."""
        return Flags(self.output.merged(later.output), self.step | later.step, later.warnings)


def parse_flags(text: str) -> Flags:
    """Flags joined by dots, percent-decoded; of two that contradict each other the later one counts.

    The name of an attachment may hold percent-escapes of its own, which is how a dot gets into it. Raises BadRequest
    that names the first flag that is unknown or not offered.
    """
    flags = Flags()
    for flag in text.split("."):
        head, colon, name = flag.partition(":")
        if flag in STEP_FLAGS:
            flags = replace(flags, step=flags.step | {flag})
        elif flag in _ENCODING:
            flags = replace(flags, output=_with(flags.output, *_ENCODING[flag]))
        elif head == "attachment" and colon and _NAME.fullmatch(unquote(name)):
            flags = replace(flags, output=_with(flags.output, "attachment", unquote(name)))
        elif head in IGNORED:
            ignored = f"fl_{head} is about {IGNORED[head]}: ignored"
            flags = replace(flags, warnings=(*flags.warnings, ignored))
        elif head in NOT_OFFERED:
            what = f"{NOT_OFFERED[head]}: not offered by this server"
            raise BadRequest(f"Invalid flag in transformation: {flag} ({what})")
        else:
            raise BadRequest(f"Invalid flag in transformation: {flag} (expected one of {EXPECTED})")
    return flags


def print_flags(output: Output, step: frozenset[str] = frozenset()) -> str:
    """The flags that ask for this, joined by dots, to be percent-encoded as part of a URL; empty for none.

    `parse_flags(print_flags(o, s))` gives back every field that a flag can set.
    """
    words = set(step)
    for flag, (name, value) in sorted(_ENCODING.items()):
        if getattr(output, name) == value and name not in ("attachment", "vector"):
            words.add(flag)
    if output.vector:
        words.add("rasterize")
    if output.attachment is not None:
        escaped = quote(output.attachment, safe="").replace(".", "%2E")
        words.add(f"attachment:{escaped}" if escaped else "attachment")
    return ".".join(sorted(words))


def _with(output: Output, field: str, value: object) -> Output:
    changed: dict[str, Any] = {field: value}
    return replace(output, **changed)
