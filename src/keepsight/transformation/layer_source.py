"""What a layer shows: the value of `l_` and `u_`."""

from __future__ import annotations

import binascii
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from typing import Literal

from keepsight.transformation.text_style import TextLayer, parse_text_layer, print_text_layer
from keepsight.transformation.values import Border, Colour

AssetType = Literal["upload", "private", "authenticated"]
_TYPES: tuple[AssetType, ...] = ("upload", "private", "authenticated")
_NOT_OFFERED = {"video": "videos", "lut": "look-up tables", "subtitles": "subtitles", "model": "3D models"}
_FETCH = re.compile(r"[A-Za-z0-9_+/-]+={0,2}", re.ASCII)

_VERSION = re.compile(r"^v\d{10}\d*:(?=.)", re.ASCII)
"""The version of an upload, which is a time: pages copy it out of the layer's own URL. Shorter ones may be folders."""


@dataclass(frozen=True, slots=True)
class AssetLayer:
    """A picture of the library."""

    public_id: str
    """With slashes, and with its extension if it was given."""
    type: AssetType = "upload"


@dataclass(frozen=True, slots=True)
class FetchLayer:
    """A picture from another server."""

    url: str


BLACK = Colour(0, 0, 0)


@dataclass(frozen=True, slots=True)
class TextSource:
    """Words to draw, with the parameters beside `l_text` that belong to them."""

    layer: TextLayer
    colour: Colour = BLACK
    background: Colour | None = None
    stroke: Border | None = None
    wrap: int | None = None
    """Width in pixels at which lines break, from `c_fit` and `w_`; None: they never do."""
    height: int | None = None
    """Height in pixels that the text may not pass, from `c_fit` and `h_`."""
    trim: bool = True
    """Whether the box is cut tight around the ink; `fl_text_no_trim` says no."""
    strict: bool = False
    """`fl_text_disallow_overflow`: text that does not fit is refused, not cut off."""


LayerSource = AssetLayer | FetchLayer | TextSource


def parse_layer_source(text: str) -> AssetLayer | FetchLayer | TextLayer:
    """The value of `l_` or `u_`, percent-decoded once; a colon stands for the slash of a public id.

    Raises ValueError with the reason.
    """
    head, _, rest = text.partition(":")
    if head == "text":
        return parse_text_layer(rest)
    if head == "fetch":
        return FetchLayer(_address(rest))
    if head in _NOT_OFFERED:
        raise ValueError(f"{_NOT_OFFERED[head]} are not offered by this server")
    if head == "image" and rest:
        text, (head, _, rest) = rest, rest.partition(":")
    for type_ in _TYPES:
        if head == type_ and rest:
            return AssetLayer(_public_id(_VERSION.sub("", rest)), type_)
    return AssetLayer(_public_id(_VERSION.sub("", text)))


def print_layer_source(source: AssetLayer | FetchLayer | TextLayer) -> str:
    """The text that `parse_layer_source` reads back."""
    match source:
        case AssetLayer(public_id, type_):
            name = public_id.replace("/", ":")
            guarded = type_ != "upload" or name.partition(":")[0] in {"text", "fetch", "image", *_NOT_OFFERED, *_TYPES}
            return f"{type_}:{name}" if guarded else name
        case FetchLayer(url):
            return f"fetch:{urlsafe_b64encode(url.encode()).decode()}"
        case _:
            return f"text:{print_text_layer(source)}"


def _public_id(text: str) -> str:
    name = text.replace(":", "/")
    if not name.strip("/") or "//" in name or name.startswith("/") or name.endswith("/"):
        raise ValueError(f"{text or 'nothing'!r} is no public id, with a colon for every slash")
    return name


def _address(text: str) -> str:
    if not _FETCH.fullmatch(text):
        raise ValueError("after fetch: the address in URL-safe base64")
    try:
        padded = text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4)
        return urlsafe_b64decode(padded.replace("+", "-").replace("/", "_")).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        raise ValueError("after fetch: the address in URL-safe base64") from None
