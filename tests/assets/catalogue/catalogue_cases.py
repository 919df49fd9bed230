"""Assets for tests."""

from __future__ import annotations

from secrets import token_hex
from typing import Any

from sqlalchemy import Connection

from keepsight.assets.catalogue import assets
from keepsight.assets.catalogue.asset import Asset, AssetName, Bytes, Described


def name(public_id: str, resource_type: str = "image", kind: str = "upload") -> AssetName:
    return AssetName(resource_type, kind, public_id)


def held(**more: Any) -> Bytes:
    known = {"digest": token_hex(32), "etag": token_hex(16), "bytes": 1000, "format": "jpg", "width": 40, "height": 30}
    return Bytes(**({"key": f"originals/{token_hex(16)}"} | known | more))


def placed(connection: Connection, public_id: str, said: Described | None = None, **more: Any) -> Asset:
    return assets.place(connection, name(public_id), held(**more), said or Described()).asset
