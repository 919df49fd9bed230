"""`download`: an original by a signed address that expires, as `private_download_url` of the SDKs writes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from keepsight.api.library import Library
from keepsight.api.parsing import Parameters, parsed, takes
from keepsight.api.upload.parameters import AssetType
from keepsight.api.values import Boolean
from keepsight.assets.catalogue import assets
from keepsight.assets.catalogue.asset import Asset, AssetName
from keepsight.errors import BadRequest, NotFound
from keepsight.pixels.formats import EXTENSIONS

_ANY = "application/octet-stream"


class _Download(Parameters):
    public_id: str
    format: str = ""
    type: AssetType = "upload"
    attachment: Boolean = False
    expires_at: int | None = None


@dataclass(frozen=True, slots=True)
class Download:
    """What goes out."""

    body: bytes
    content_type: str
    headers: Mapping[str, str]


@takes(_Download)
def download(library: Library, resource_type: str, values: Mapping[str, Any]) -> Download:
    """The original, or the same picture in another format. The signature has been checked. Raises RequestError."""
    signed = {name: value for name, value in values.items() if name not in ("api_key", "timestamp", "signature")}
    asked = parsed(_Download, signed)
    name = AssetName(resource_type, asked.type, asked.public_id)
    with library.database.read() as connection:
        asset = assets.find(connection, name)
    if asset is None:
        raise NotFound(f"Resource not found - {asked.public_id}")
    if resource_type != "image":
        # Whatever it is, a browser saves it: it may be a page with scripts.
        return Download(library.store.get(asset.held.key), _ANY, _headers(name.filename))
    body, extension = _picture(library, asset, asked.format.lower())
    saved = f"{name.filename}.{extension}" if asked.attachment else None
    return Download(body, EXTENSIONS[extension].content_type, _headers(saved))


def _picture(library: Library, asset: Asset, wanted: str) -> tuple[bytes, str]:
    own = asset.held.format or ""
    if wanted and wanted not in EXTENSIONS:
        raise BadRequest(f"Invalid format {wanted[:40]!r} (expected the extension of a picture, such as jpg)")
    if not wanted or EXTENSIONS[wanted] == EXTENSIONS.get(own):
        return library.store.get(asset.held.key), own
    return library.derive.ahead(asset, (), wanted, {}).body, wanted


def _headers(saved: str | None) -> dict[str, str]:
    """No cache keeps what was signed for a time; no script of it runs."""
    headers = {
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    }
    return headers | (
        {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(saved, safe='')}"} if saved else {}
    )
