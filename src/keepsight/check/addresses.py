"""Which URLs are addresses of pictures, and the path and the cloud that each names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from urllib.parse import quote

from keepsight.transformation.items import looks_like_component
from keepsight.transformation.path import ASSET_TYPES, DELIVERY_TYPES, MAX_PUBLIC_ID, ROOTS, SEO_ROOTS, decode

_URL = re.compile(r"(?:https?:)?//(?:[^/?#@]*@)?(?P<host>[^/?#:]+)(?::\d+)?(?P<path>/[^?#]*)?", re.IGNORECASE)
_SHARED = re.compile(r"res(-\d+)?(-s)?\.cloudinary\.com|cloudinary-a\.akamaihd\.net")
"""Hosts of every cloud: its name is the first segment of the path (the SDKs' `secure_cdn_subdomain` adds a number)."""
_PRIVATE = re.compile(r"(?P<cloud>[a-z0-9][a-z0-9_-]*)-res(-\d+)?\.cloudinary\.com")
"""Hosts of one cloud, which its path does not name again (the SDKs' `private_cdn`)."""
_CLOUD = re.compile(r"[A-Za-z0-9_-]+")
_SIGNATURE = re.compile(r"s--[A-Za-z0-9_-]+--")
_PLAIN = re.compile(r"(?:f|q)_auto(?::\w+)*|[wh]_\d+|c_[a-z]+|t_[\w.-]+|dpr_[\d.]+")
"""Components without a comma that no folder is named like."""
_BY_NAME = ("/s--", "?", "#", "%3A", "%3a")
"""In URLs of which the name of the picture has a say: signed ones, and those with another one in them."""
_FILE = re.compile(r"[A-Za-z0-9_.-]*[A-Za-z0-9_-]\.(?P<extension>[A-Za-z0-9]+)")
_FOLDER = re.compile(r"[A-Za-z0-9.-]+")
UPLOADED = "/image/upload/"
_SIZE = re.compile(r"(?<![^,/])([wh])_(?:[5-9]\d|[1-9]\d\d|[1-4]\d\d\d)(?=[,/])")
_TWICE = re.compile(r"(?<![^,/])([wh])_\d+,(?:[^/]*,)?\1_\d")
"""Two widths or heights in one component: whether they are the same is told."""
_ONE_SIZE = r"\g<1>_500"
_STORED = DELIVERY_TYPES - {"text", "list", "asset", "multi"}
"""Delivery types behind `image/`, but those that folders of websites are named like."""
_SAFE = "/%:,;=~!$&'()*+@-._|[]"
"""Characters that browsers leave as they are in a path; letters beyond ASCII, blanks and quotes are escaped."""


@dataclass(frozen=True, slots=True)
class Address:
    """A URL that asks Cloudinary, or a server in its place, for an asset."""

    path: str
    """Percent-escaped, without query."""
    cloud: str | None
    """The name that the host or the path gives; None where neither does."""


def address_of(url: str, hosts: Sequence[str] = (), clouds: Sequence[str] = ()) -> Address | None:
    """The address that a URL or a bare path is, or None.

    Hosts of Cloudinary count, whatever their path, those of `hosts` too (host names or patterns such as
    `*.example.com`), and paths that begin with one of `clouds`. Of every other host, and without one, only a path
    that can hardly mean anything else does: `/image/upload/…`, or one with a signature or a transformation where
    Cloudinary expects it, with the name of a cloud before it or without.
    """
    match = _URL.match(url)
    host, path = (match["host"].lower(), match["path"] or "") if match else ("", re.split("[?#]", url, maxsplit=1)[0])
    path = quote(_octets(path), safe=_SAFE)
    segments = path.lstrip("/").split("/")
    if not path.startswith("/") or not segments[-1]:
        return None
    if _SHARED.fullmatch(host):
        return _shared(path, segments)
    if private := _PRIVATE.fullmatch(host):
        return Address(path, private["cloud"])
    at = _start(segments)
    if at is None and len(segments) > 1 and segments[0] in clouds:
        at = 1
    elif at is None and any(fnmatchcase(host, each) for each in hosts):
        at = 0
    return None if at is None else Address(path, segments[0] if at else None)


def representative(url: str, *, sizes: bool) -> str:
    """A URL on which the verdict is the same when no picture is read: it stands for many, so that few are judged.

    Logs name thousands of pictures in a few transformations, and resizers ask for any width. One name stands for all
    that are neither escaped nor could be a component; with `sizes` one size for all from 50 to 4,999 pixels, which no
    rule of the language tells apart. A signed URL stays as it is, since its signature is of its name.
    """
    before, mark, tail = url.partition(UPLOADED)
    if not mark or len(url) > MAX_PUBLIC_ID or any(map(url.__contains__, _BY_NAME)):
        return url
    *folders, name = tail.split("/")
    if not (file := _FILE.fullmatch(name)):
        return url
    while folders and _FOLDER.fullmatch(folders[-1]):
        folders.pop()
    kept = "/".join((*folders, "any"))
    if sizes and not _TWICE.search(kept):
        kept = _SIZE.sub(_ONE_SIZE, kept)
    return f"{before}{mark}{kept}.{file['extension']}"


def same_cloud(first: str, second: str) -> bool:
    """True for two names that can be of one cloud: in names of hosts there are neither capitals nor underscores."""
    return first == second or first.lower().replace("_", "-") == second.lower().replace("_", "-")


def _octets(path: str) -> bytes:
    """Bytes of a path on the wire; octets that are no UTF-8 came as lone surrogates, any others mean nothing."""
    try:
        return path.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return path.encode("utf-8", "replace")


def _shared(path: str, segments: Sequence[str]) -> Address | None:
    if segments[0] in ROOTS:
        return Address(path, None)
    return Address(path, segments[0]) if len(segments) > 1 and _CLOUD.fullmatch(segments[0]) else None


def _start(segments: Sequence[str]) -> int | None:
    """Index of the first part after the name of the cloud, 0 or 1; None for what looks like no address."""
    for at in (0, 1):
        head, follows = segments[at : at + 1], segments[at + 1 : at + 2]
        if not follows or (at == 1 and not _CLOUD.fullmatch(segments[0])):
            return None
        if head[0] in ASSET_TYPES:
            if follows[0] in _STORED and len(segments) > at + 2:
                return at
        elif head[0] in SEO_ROOTS:
            if _is_marked(follows[0]):
                return at
        elif _is_marked(head[0]):
            return at
    return None


def _is_marked(segment: str) -> bool:
    """True for a signature, and for a component that no folder of a website would be named like."""
    if "%00" in segment:  # nothing that a server would decode
        return False
    text = decode(segment)
    if _SIGNATURE.fullmatch(text) or _PLAIN.fullmatch(text):
        return True
    return "," in text and all(looks_like_component(item) for item in text.split(","))
