"""Assets as the Admin API lists them. What is read here was written by another server, so nothing of it is trusted."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from keepsight.assets.coordinates import Rectangle

Json = Mapping[str, Any]
_HEX_32 = re.compile(r"[0-9a-f]{32}")
_LARGEST_VERSION = 10**12
_SAID = (
    "version", "bytes", "format", "tags", "context", "metadata", "asset_folder", "folder", "display_name",
    "access_mode", "access_control", "moderation_status", "last_updated",
)  # fmt: skip
"""Of a listing: what an import brings, or what tells that something of it has changed."""


@dataclass(frozen=True, slots=True)
class SourceAsset:
    """One asset of a listing."""

    resource_type: str
    """image or raw."""
    type: str
    """upload, private or authenticated."""
    public_id: str
    version: int
    bytes: int | None
    format: str
    """Extension of its URLs; "" for raw files."""
    url: str
    """Where it is delivered to everybody, if it is; "" where the listing has none."""
    restricted: bool
    """Whether an access mode or an access control keeps it from the public, its delivery type apart."""
    rejected: bool
    """Whether a moderation rejected it."""
    said: Mapping[str, Any]
    """The object of the listing, as far as it is kept."""

    @property
    def key(self) -> str:
        """Names it among all assets of the cloud: `image/upload/pets/tom`."""
        return f"{self.resource_type}/{self.type}/{self.public_id}"

    @property
    def fingerprint(self) -> str:
        """Another one as soon as the listing says something else of it."""
        kept = {name: self.said.get(name) for name in _SAID}
        return hashlib.sha256(json.dumps(kept, sort_keys=True).encode("utf-8", "surrogatepass")).hexdigest()

    @property
    def tags(self) -> tuple[str, ...]:
        """In their order."""
        found = self.said.get("tags")
        return tuple(str(tag) for tag in found) if isinstance(found, list) else ()

    @property
    def context(self) -> dict[str, str]:
        """Name and value; `custom` inside of it, or the whole."""
        found = self.said.get("context")
        if isinstance(found, dict):
            found = found.get("custom", found)
        if not isinstance(found, dict):
            return {}
        return {str(name): str(value) for name, value in found.items() if not isinstance(value, dict | list)}

    @property
    def metadata(self) -> dict[str, Any]:
        """Values of structured metadata by external id: texts, numbers, lists of texts."""
        found = self.said.get("metadata")
        if isinstance(found, list):  # as answers of some calls have it
            found = {
                str(each.get("external_id", each.get("id"))): each.get("value")
                for each in found
                if isinstance(each, dict)
            }
        if not isinstance(found, dict):
            return {}
        return {str(name): _value(value) for name, value in found.items() if value is not None}

    @property
    def asset_folder(self) -> str:
        """Its folder: in fixed mode that of the public id."""
        found = self.said.get("asset_folder", self.said.get("folder"))
        return str(found).strip("/") if isinstance(found, str) else self.public_id.rpartition("/")[0]

    @property
    def display_name(self) -> str:
        """What people see; "" for that of the public id."""
        return _text(self.said.get("display_name"))

    @property
    def asset_id(self) -> str | None:
        """32 hexadecimal digits."""
        return _hex_32(self.said.get("asset_id"))

    @property
    def created_at(self) -> datetime:
        """When it first came; now where the listing does not say."""
        return moment(self.said.get("created_at")) or datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Details:
    """What one call for a single asset adds."""

    etag: str | None = None
    """MD5 of its bytes, hexadecimal; None where there is none that could be compared."""
    version_id: str | None = None
    uploaded_at: datetime | None = None
    original_filename: str | None = None
    custom_coordinates: tuple[Rectangle, ...] = ()
    face_coordinates: tuple[Rectangle, ...] = ()
    info: Any = None
    backups: tuple[Json, ...] = ()
    """Older versions, where a backup is kept of them."""


def read_asset(found: Json, resource_type: str, type_: str) -> SourceAsset:
    """An asset of a listing. Raises ValueError for an object that names none."""
    public_id, version = found.get("public_id"), found.get("version")
    if not isinstance(public_id, str) or not public_id:
        raise ValueError("an asset without a public_id")
    if isinstance(version, str) and version.isascii() and version.isdecimal():
        version = int(version)
    if not isinstance(version, int) or not 0 < version < _LARGEST_VERSION:
        raise ValueError(f"{public_id[:80]}: an asset without a version")
    size = found.get("bytes")
    control = found.get("access_control")
    restricted = found.get("access_mode") not in (None, "public") or not _is_open(control)
    return SourceAsset(
        resource_type=str(found.get("resource_type", resource_type)),
        type=str(found.get("type", type_)),
        public_id=public_id,
        version=version,
        bytes=size if isinstance(size, int) and size >= 0 else None,
        format=_text(found.get("format")) if resource_type != "raw" else "",
        url=_text(found.get("secure_url")) or _text(found.get("url")),
        restricted=restricted,
        rejected=found.get("moderation_status") == "rejected",
        said={name: found[name] for name in (*_SAID, "asset_id", "created_at") if name in found},
    )


def read_details(found: Json) -> Details:
    """The details of an asset; what is not as documented is left out."""
    boxes = found.get("coordinates")
    boxes = boxes if isinstance(boxes, dict) else {}
    etag = _text(found.get("etag")).lower()
    info, versions = found.get("info"), found.get("versions")
    return Details(
        etag=_hex_32(etag),
        version_id=_hex_32(found.get("version_id")),
        uploaded_at=moment(found.get("uploaded_at")),
        original_filename=_text(found.get("original_filename"))[:255] or None,
        custom_coordinates=_rectangles(boxes.get("custom")),
        face_coordinates=_rectangles(boxes.get("faces")),
        info=info if isinstance(info, dict) and info else None,
        backups=tuple(each for each in versions if isinstance(each, dict)) if isinstance(versions, list) else (),
    )


def moment(value: Any) -> datetime | None:
    """A moment as answers write it, aware; None for what is none."""
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _is_open(control: Any) -> bool:
    """Whether anybody may ask at any time: the list is empty, or one of its rules says so without dates."""
    if not control:
        return True
    return isinstance(control, list) and any(
        isinstance(rule, dict)
        and rule.get("access_type") == "anonymous"
        and not (rule.get("start") or rule.get("end"))
        for rule in control
    )


def _rectangles(value: Any) -> tuple[Rectangle, ...]:
    found = []
    for box in value if isinstance(value, list) else ():
        try:
            x, y, width, height = (float(side) for side in box)
        except (TypeError, ValueError):
            continue
        if all(map(math.isfinite, (x, y, width, height))) and width >= 0 and height >= 0:
            found.append((x, y, width, height))
    return tuple(found)


def _value(value: Any) -> Any:
    if isinstance(value, list):
        return [
            str(each.get("external_id", each.get("value"))) if isinstance(each, dict) else str(each) for each in value
        ]
    return value if isinstance(value, int | float) and not isinstance(value, bool) else str(value)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _hex_32(value: Any) -> str | None:
    return value if isinstance(value, str) and _HEX_32.fullmatch(value) else None
