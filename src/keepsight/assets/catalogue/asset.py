"""One asset, as the catalogue knows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from keepsight.assets.coordinates import NONE, Coordinates, Rectangle
from keepsight.assets.normal_form import composed
from keepsight.errors import BadRequest

LONGEST_NAME = 255
"""Characters of a public id, a folder, a tag: Cloudinary's limit."""

Json = Any
"""What JSON can say: None, a bool, a number, a text, a list or a mapping of such."""


@dataclass(frozen=True, slots=True)
class AssetName:
    """What a URL names an asset by. Raises BadRequest for a public id that is empty, too long or no text."""

    resource_type: str
    """image, video or raw."""
    type: str
    """upload, private or authenticated."""
    public_id: str
    """In NFC, however it was given: Macs write the other form."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "public_id", composed(self.public_id))
        if not self.public_id or len(self.public_id) > LONGEST_NAME:
            raise BadRequest(f"public_id: expected 1 to {LONGEST_NAME} characters")
        check_text("public_id", self.public_id)

    @property
    def folder(self) -> str:
        """All before the last slash; "" at the top."""
        return self.public_id.rpartition("/")[0]

    @property
    def filename(self) -> str:
        """All after the last slash."""
        return self.public_id.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Described:
    """What people and analyses say of an asset; every one of these may change while the bytes stay the same."""

    asset_folder: str = ""
    display_name: str = ""
    tags: tuple[str, ...] = ()
    """In the order in which they were given, none twice."""
    context: Mapping[str, str] = field(default_factory=dict)
    metadata: Mapping[str, Json] = field(default_factory=dict)
    """Structured metadata: texts, numbers or lists of texts by external id."""
    custom_coordinates: tuple[Rectangle, ...] = ()
    face_coordinates: tuple[Rectangle, ...] = ()
    face_count: int | None = None
    """As counted by a detector; None when nobody looked."""
    info: Json = None
    """What `info` of an answer holds, such as `{"detection": …}`."""
    colours: Json = None
    """`{"colors": [["#ffffff", 12.5], …], "predominant": {"google": [["white", 12.5], …]}}`"""
    image_metadata: Json = None
    phash: str | None = None
    access_mode: str = "public"
    """public or authenticated."""
    access_control: Json = None
    moderation: Json = None
    """`[{"kind": "manual", "status": "pending", …}, …]`"""
    status: str = "active"
    """active or pending."""


@dataclass(frozen=True, slots=True)
class Bytes:
    """Which bytes an asset has."""

    key: str
    """Where they are in the store. Never used twice."""
    digest: str
    """SHA-256, hexadecimal."""
    etag: str
    """MD5, hexadecimal."""
    bytes: int
    format: str | None = None
    width: int | None = None
    """In pixels, upright."""
    height: int | None = None
    pages: int | None = None
    original_filename: str | None = None


@dataclass(frozen=True, slots=True)
class Asset:
    """One row."""

    id: int
    """Of this catalogue; the order in which assets came to it."""
    asset_id: str
    """32 hexadecimal digits; stays the same when it is overwritten or renamed."""
    name: AssetName
    version: int
    """Seconds since 1970; every overwrite has a greater one."""
    version_id: str
    generation: str
    """Another one after whatever makes an answer about this asset untrue: overwritten, renamed, other coordinates or
    access. Never used twice, so what was derived before it can never be taken for what comes after."""
    held: Bytes
    described: Described
    created_at: datetime
    """When it first came."""
    uploaded_at: datetime
    """When these bytes came."""
    updated_at: datetime
    """When anything of it last changed."""

    @property
    def coordinates(self) -> Coordinates:
        """As focus obeys them."""
        custom, faces = self.described.custom_coordinates, self.described.face_coordinates
        return Coordinates(custom, faces) if custom or faces else NONE


def check_text(what: str, text: str) -> None:
    """See that a database can hold it. Raises BadRequest."""
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise BadRequest(f"{what}: expected text without NUL and without halves of surrogate pairs")


def check_described(said: Described) -> None:
    """See that a database can hold all of it. Raises BadRequest naming what is wrong."""
    for what, text in (("asset_folder", said.asset_folder), ("display_name", said.display_name)):
        check_text(what, text)
    if len(said.asset_folder) > LONGEST_NAME:
        raise BadRequest(f"asset_folder: expected at most {LONGEST_NAME} characters")
    for tag in said.tags:
        check_text("tags", tag)
        if not tag or len(tag) > LONGEST_NAME:
            raise BadRequest(f"tags: expected 1 to {LONGEST_NAME} characters each")
    for what, mapping in (("context", said.context), ("metadata", said.metadata)):
        for key, value in mapping.items():
            for text in (key, *texts(value)):
                check_text(what, text)
            if not key or len(key) > LONGEST_NAME:
                raise BadRequest(f"{what}: expected names of 1 to {LONGEST_NAME} characters")


def texts(value: Json) -> Sequence[str]:
    """The texts by which a value of metadata is found: those of a list one by one, a number as it is written."""
    if isinstance(value, list | tuple):
        return [text for item in value for text in texts(item)]
    return [] if value is None else [str(value)]
