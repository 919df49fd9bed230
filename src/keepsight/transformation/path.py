"""A raw request path into the parts of a delivery URL.

    /[<cloud>/]image/upload/[s--SIG--/]<component>/…/[v123/]<public id>[.<ext>]

The short forms of the SDKs are read too: `iu`, the root path, and `images/` with an SEO suffix. One server has one
cloud, so its name may be left out on any host, as it is on private CDNs.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from keepsight.errors import BadRequest, NotFound, Unauthorized
from keepsight.transformation.items import looks_like_component

ASSET_TYPES = frozenset({"image", "video", "raw"})
# fmt: off
DELIVERY_TYPES = frozenset({
    "upload", "private", "authenticated", "fetch", "list", "facebook", "twitter", "twitter_name", "gravatar",
    "youtube", "hulu", "vimeo", "animoto", "worldstarhiphop", "dailymotion", "multi", "text", "url2png", "asset",
})
# fmt: on
_SEO = {
    "images": ("image", "upload"),
    "private_images": ("image", "private"),
    "authenticated_images": ("image", "authenticated"),
    "videos": ("video", "upload"),
    "files": ("raw", "upload"),
}
SEO_ROOTS = frozenset({*_SEO, "iu"})
"""First segments that stand for an asset type and a delivery type at once."""
ROOTS = ASSET_TYPES | SEO_ROOTS
"""What a path begins with after the name of the cloud, unless it is a root path."""
_SIGNATURE = re.compile(r"s--([A-Za-z0-9_-]{8}|[A-Za-z0-9_-]{32})--")
_VERSION = re.compile(r"v\d+")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_WEB = re.compile(r"(https?):/*(?=[^/])", re.IGNORECASE)
MAX_PATH = 8_192
MAX_PUBLIC_ID = 255
"""Characters, as Cloudinary limits it."""


@dataclass(frozen=True, slots=True)
class DeliveryRequest:
    """The parts of one delivery URL. Segments are raw: as they travelled, percent-escapes kept."""

    raw_path: str
    """All of it, as it came."""
    asset_type: str
    delivery_type: str
    signature: str | None
    components: tuple[str, ...]
    """Percent-decoded."""
    public_id: str
    """Percent-decoded, with its extension if it has one; of type fetch the address of the picture."""
    extension: str | None
    """Only where an SEO suffix carries it apart from the public id."""
    raw_components: tuple[str, ...]
    raw_version: str | None
    raw_ids: tuple[str, ...]
    """The forms of the public id that an SDK may have signed; the first one is as it travelled."""


def is_plainly_picture(path: str, cloud: str) -> bool:
    """Whether a percent-decoded path says, after the name of the cloud or without, what it is of: no page does."""
    first, second = path.split("/", 3)[1:3] if path.count("/") > 1 else ("", "")
    return first in ROOTS or (first == cloud and second in ROOTS)


def split_path(raw_path: str, cloud: str) -> DeliveryRequest:
    """Take a raw path apart; `cloud` is the one name that may stand in front.

    Raises BadRequest for a malformed path, Unauthorized for a malformed signature, NotFound for a foreign cloud name.
    """
    return readings(raw_path, cloud)[0]


def readings(raw_path: str, cloud: str) -> tuple[DeliveryRequest, ...]:
    """Every way to read a raw path, the likeliest first.

    There are two where the SDKs themselves write the same for two things: on the root path, `a/b.jpg` is the picture
    `a/b` or the picture `a` with the SEO suffix `b`. Raises as `split_path` does.
    """
    if len(raw_path) > MAX_PATH:
        raise BadRequest(f"Invalid URL (expected at most {MAX_PATH} characters)")
    asset_type, delivery_type, rest, suffixed = _types(raw_path.lstrip("/").split("/"), cloud)
    address = _end_of_address(rest) if delivery_type == "fetch" else len(rest)
    # The address of a remote picture keeps its double slash.
    rest = [*(s for s in rest[:address] if s), *rest[address:]]
    signature = None
    if rest and rest[0].startswith("s--"):
        match = _SIGNATURE.fullmatch(rest[0])
        if match is None:
            raise Unauthorized(f"Invalid signature {rest[0]} (expected s--, 8 or 32 characters, --)")
        signature, rest = match[1], rest[1:]
    at = _before_address(rest) if delivery_type == "fetch" else _end_of_components(rest)
    components, tail = rest[:at], rest[at:]
    version = tail[0] if len(tail) > 1 and _VERSION.fullmatch(tail[0]) else None
    named = tail[1:] if version else tail
    if suffixed and len(named) < 2:
        raise BadRequest("Invalid URL (expected a public id, a slash and an SEO suffix)")

    def reading(names: Sequence[str], extension: str | None) -> DeliveryRequest:
        raw_id = "/".join(names)
        public_id = _address(decode(raw_id)) if delivery_type == "fetch" else decode(raw_id)
        _check_public_id(public_id, MAX_PATH if delivery_type == "fetch" else MAX_PUBLIC_ID)
        return DeliveryRequest(
            raw_path=raw_path,
            asset_type=asset_type,
            delivery_type=delivery_type,
            signature=signature,
            components=tuple(decode(c) for c in components),
            public_id=public_id,
            extension=extension,
            raw_components=tuple(components),
            raw_version=version,
            raw_ids=(raw_id, f"{raw_id}.{extension}") if extension else (raw_id,),
        )

    if suffixed:
        return (reading(named[:-1], _extension(named[-1])),)
    if suffixed is None and len(named) > 1:
        return reading(named, None), reading(named[:-1], _extension(named[-1]))
    return (reading(named, None),)


def decode(text: str) -> str:
    """Percent-decode once; UTF-8, else Latin-1, which the Node SDK writes below U+0100. Raises BadRequest on NUL."""
    data = unquote_to_bytes(text)
    if b"\0" in data:
        raise BadRequest("Invalid URL (it holds a NUL character)")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _types(segments: Sequence[str], cloud: str) -> tuple[str, str, list[str], bool | None]:
    """Asset type, delivery type, the segments after them, and whether an SEO suffix ends the path; None: perhaps."""
    parts = list(segments[1:] if segments and decode(segments[0]) == cloud else segments)
    head = parts[0] if parts else ""
    if head in _SEO:
        return *_SEO[head], parts[1:], True
    if head == "iu":
        return "image", "upload", parts[1:], False
    if head in ASSET_TYPES:
        if len(parts) < 2 or parts[1] not in DELIVERY_TYPES:
            raise BadRequest(f"Invalid URL (expected a delivery type such as upload after {head}/)")
        return head, parts[1], parts[2:], False
    if len(parts) > 1 and parts[1] in ROOTS:
        raise NotFound(f"Unknown cloud name - {decode(head)}")
    return "image", "upload", parts, None


def _extension(suffix: str) -> str | None:
    return suffix.partition(".")[2] or None


def _end_of_address(rest: Sequence[str]) -> int:
    """How many leading segments stand before the address of a remote picture."""
    return next((at for at, segment in enumerate(rest) if _SCHEME.match(decode(segment))), len(rest))


def _before_address(rest: Sequence[str]) -> int:
    """How many leading segments are components, where an address follows them or a version and an address."""
    at = _end_of_address(rest)
    return at - 1 if 0 < at < len(rest) and _VERSION.fullmatch(rest[at - 1]) else at


def _address(text: str) -> str:
    """The address with both of its slashes, which proxies on the way make one; what follows `#` is not sent."""
    match = _WEB.match(text)
    if match is None:
        raise BadRequest("Invalid URL (expected the address of a picture at the end, with http:// or https://)")
    return f"{match[1].lower()}://{text[match.end() :].partition('#')[0]}"


def _end_of_components(rest: Sequence[str]) -> int:
    """How many leading segments are components: the last segment never is, nor what follows a version.

    Components without a public id are refused: a reader who forgot the id should hear it.
    """
    at = 0
    while at < len(rest) and looks_like_component(decode(rest[at])):
        at += 1
    if at < len(rest) or not rest:
        return at
    last = decode(rest[-1])
    if "," in last or "." not in last:
        raise BadRequest(f"Invalid URL (expected a public id after {last})")
    return at - 1


def _check_public_id(public_id: str, longest: int) -> None:
    if not public_id:
        raise BadRequest("Invalid URL (expected a public id at the end)")
    if len(public_id) > longest:
        raise BadRequest(f"public_id is too long (expected at most {longest} characters)")
