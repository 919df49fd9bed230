"""The fields of a search: what each is called, what it compares, and how it is sorted and counted."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

from sqlalchemy import ColumnElement, Float, cast

from keepsight.assets.catalogue.tables import assets


class Kind(Enum):
    """What a field holds."""

    TEXT = "text"
    """Found by its words, or whole."""
    PATH = "path"
    """A text in which a prefix may name a folder: `folder:pets/*` is what is in pets or below it."""
    WORD = "word"
    """One of a few words: found whole, or by how it begins."""
    NUMBER = "number"
    DATE = "date"
    LIST = "list"
    """Many values for one asset, which lie in `asset_values`."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field; `column` is None for those that are no single value."""

    name: str
    kind: Kind
    column: ColumnElement[Any] | None = None
    nullable: bool = True


_c = assets.c
_NUMBERS = ("bytes", "width", "height", "pages", "version", "face_count")
_DATES = ("created_at", "uploaded_at", "updated_at")
_WORDS = (
    "asset_id", "resource_type", "type", "format", "status", "access_mode", "etag", "phash",
)  # fmt: skip
_aspect_ratio = cast(_c.width, Float) / cast(_c.height, Float)

_FIELDS = {
    field.name: field
    for field in (
        Field("public_id", Kind.PATH, _c.public_id, nullable=False),
        Field("folder", Kind.PATH, _c.folder, nullable=False),
        Field("asset_folder", Kind.PATH, _c.asset_folder, nullable=False),
        Field("filename", Kind.TEXT, _c.filename, nullable=False),
        Field("display_name", Kind.TEXT, _c.display_name, nullable=False),
        *(Field(name, Kind.WORD, _c[name], _c[name].nullable or False) for name in _WORDS),
        *(Field(name, Kind.NUMBER, _c[name], _c[name].nullable or False) for name in _NUMBERS),
        *(Field(name, Kind.DATE, _c[name], nullable=False) for name in _DATES),
        Field("aspect_ratio", Kind.NUMBER, _aspect_ratio),
        Field("pixels", Kind.NUMBER, _c.width * _c.height),
        *(Field(name, Kind.LIST) for name in ("tags", "context", "metadata", "moderation_kind", "moderation_status")),
        Field("colors", Kind.LIST),
    )
} | {"last_updated": Field("updated_at", Kind.DATE, _c.updated_at, nullable=False)}


def field_named(name: str) -> Field | None:
    """The field; None when there is no such one. `context.<key>` and `metadata.<key>` are fields of their own."""
    name = name.removeprefix("image_analysis.").replace("context.custom.", "context.", 1)
    if name.startswith(("context.", "metadata.")) and not name.endswith("."):
        return Field(name, Kind.LIST)
    return _FIELDS.get(name)
