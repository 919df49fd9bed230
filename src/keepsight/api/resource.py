"""An asset as answers have it. Source of the fields: the official SDKs' types and samples."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from keepsight.api.auth import response_signature
from keepsight.api.urls import Urls
from keepsight.assets.catalogue.asset import Asset
from keepsight.assets.catalogue.derived import DerivedImage

Json = dict[str, Any]


def instant(moment: datetime) -> str:
    """As `created_at` is written."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def listed(asset: Asset, urls: Urls) -> Json:
    """An asset in a listing, without what has to be asked for."""
    name, held, said = asset.name, asset.held, asset.described
    url, secure_url = urls.original(asset)
    answer: Json = {
        "asset_id": asset.asset_id,
        "public_id": name.public_id,
        "format": held.format,
        "version": asset.version,
        "resource_type": name.resource_type,
        "type": name.type,
        "created_at": instant(asset.created_at),
        "last_updated": {"updated_at": instant(asset.updated_at)},
        "bytes": held.bytes,
        "width": held.width,
        "height": held.height,
        "folder": name.folder,
        "asset_folder": said.asset_folder,
        "display_name": said.display_name,
        "access_mode": said.access_mode,
        "url": url,
        "secure_url": secure_url,
    }
    return {key: value for key, value in answer.items() if value is not None}


def found(asset: Asset, urls: Urls) -> Json:
    """An asset that a search found."""
    held = asset.held
    ratio = held.width / held.height if held.width and held.height else None
    answer = listed(asset, urls) | {
        "filename": asset.name.filename,
        "uploaded_at": instant(asset.uploaded_at),
        "etag": held.etag,
        "status": asset.described.status,
        "access_control": asset.described.access_control,
    }
    if ratio is not None:
        answer |= {
            "aspect_ratio": round(ratio, 5),
            "pixels": (held.width or 0) * (held.height or 0),
            "pages": held.pages,
        }
    return answer


def uploaded(asset: Asset, urls: Urls, secret: str, api_key: str | None) -> Json:
    """The answer to an upload, before what was asked for besides."""
    answer = listed(asset, urls) | {
        "version_id": asset.version_id,
        "signature": response_signature(asset.name.public_id, asset.version, secret),
        "tags": list(asset.described.tags),
        "pages": asset.held.pages,
        "etag": asset.held.etag,
        "placeholder": False,
        "original_filename": asset.held.original_filename,
        "api_key": api_key,
    }
    answer |= said(asset)
    del answer["last_updated"]  # just now
    return {key: value for key, value in answer.items() if value is not None}


def said(asset: Asset) -> Json:
    """What people and analyses have said, as far as anybody has."""
    described = asset.described
    answer: Json = {}
    if described.context:
        answer["context"] = {"custom": dict(described.context)}
    if described.metadata:
        answer["metadata"] = dict(described.metadata)
    if (coordinates := coordinates_of(asset)) is not None:
        answer["coordinates"] = coordinates
    for name in ("info", "image_metadata", "phash", "moderation"):
        if (value := getattr(described, name)) is not None:
            answer[name] = value
    return answer | (described.colours or {})


def coordinates_of(asset: Asset) -> Json | None:
    """Boxes as lists; None without any."""
    described = asset.described
    both = {"custom": described.custom_coordinates, "faces": described.face_coordinates}
    stored = {kind: [list(box) for box in boxes] for kind, boxes in both.items() if boxes}
    return stored or None


def made(image: DerivedImage, asset: Asset, urls: Urls) -> Json:
    """A derived image in the details of its asset."""
    url, secure_url = urls.derived(asset, image.transformation, image.format)
    return {
        "id": image.id,
        "transformation": image.transformation + (f"/{image.format}" if image.format else ""),
        "format": image.format or asset.held.format,
        "bytes": image.bytes,
        "width": image.width,
        "height": image.height,
        "url": url,
        "secure_url": secure_url,
    }
