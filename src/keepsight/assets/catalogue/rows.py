"""Assets from rows and back."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from sqlalchemy import Row

from keepsight.assets.catalogue.asset import Asset, AssetName, Bytes, Described
from keepsight.assets.coordinates import Rectangle

_SAID = tuple(f.name for f in fields(Described))
_HELD = tuple(f.name for f in fields(Bytes))
_OWN = ("id", "asset_id", "version", "version_id", "generation", "created_at", "uploaded_at", "updated_at")
_COORDINATES = ("custom_coordinates", "face_coordinates")


def asset_of(row: Row[Any]) -> Asset:
    """From a whole row of `assets`."""
    found = row._mapping
    said = {name: found[name] for name in _SAID}
    said["tags"] = tuple(said["tags"])
    said |= {name: _rectangles(said[name]) for name in _COORDINATES}
    return Asset(
        name=AssetName(found["resource_type"], found["type"], found["public_id"]),
        held=Bytes(**{name: found[name] for name in _HELD}),
        described=Described(**said),
        **{name: found[name] for name in _OWN},
    )


def name_columns(name: AssetName) -> dict[str, Any]:
    """The columns that a name decides."""
    return {
        "resource_type": name.resource_type,
        "type": name.type,
        "public_id": name.public_id,
        "folder": name.folder,
        "filename": name.filename,
    }


def described_columns(said: Described) -> dict[str, Any]:
    """The columns of what is said."""
    columns = {name: getattr(said, name) for name in _SAID}
    columns["tags"] = list(said.tags)
    columns["context"], columns["metadata"] = dict(said.context), dict(said.metadata)
    return columns | {name: [list(box) for box in getattr(said, name)] or None for name in _COORDINATES}


def held_columns(held: Bytes) -> dict[str, Any]:
    """The columns of the bytes."""
    return {name: getattr(held, name) for name in _HELD}


def _rectangles(stored: list[list[float]] | None) -> tuple[Rectangle, ...]:
    return tuple((x, y, width, height) for x, y, width, height in stored or ())
