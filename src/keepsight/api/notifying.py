"""Telling others: signed webhooks and the hook of a CDN, from the queue until they are taken."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection

from keepsight.api.auth import webhook_signature
from keepsight.api.library import Library
from keepsight.api.resource import instant
from keepsight.api.urls import Urls
from keepsight.assets.catalogue import derived
from keepsight.assets.catalogue.asset import Asset
from keepsight.errors import FetchError, FetchRefused

NOTIFY, PURGE = "notify", "purge"
_MOST_PURGED = 1_000

Json = dict[str, Any]
Post = Callable[[str, bytes, Mapping[str, str]], int]
"""From an address, a body and headers to the status of the answer. Raises FetchError."""


class NotTaken(Exception):
    """Whoever was told did not take it; to be told again."""


def notify(connection: Connection, library: Library, url: str | None, kind: str, said: Mapping[str, Any]) -> None:
    """Tell `url` what became of an action, if anybody wants to know; noted in the caller's transaction."""
    if url is None:
        return
    body = {"notification_type": kind, "timestamp": instant(datetime.now(UTC)), "request_id": uuid4().hex} | dict(said)
    library.jobs.add(connection, NOTIFY, {"url": url, "body": {k: v for k, v in body.items() if k != "delete_token"}})


def purge(connection: Connection, library: Library, gone: Iterable[Asset], urls: Urls) -> None:
    """Tell the CDN, if there is one, which addresses give something else from now on. Call it before the change."""
    if library.settings.cdn.purge_url is None:
        return
    for asset in gone:
        images = derived.derived_of(connection, asset.id, _MOST_PURGED)
        addresses = [*urls.original(asset)]
        for image in images:
            addresses += urls.derived(asset, image.transformation, image.format)
        body = {
            "public_id": asset.name.public_id,
            "resource_type": asset.name.resource_type,
            "type": asset.name.type,
            "version": asset.version,
            "urls": list(dict.fromkeys(addresses)),
        }
        library.jobs.add(connection, PURGE, {"url": str(library.settings.cdn.purge_url), "body": body})


def deliver(library: Library, post: Post, payload: Mapping[str, Any]) -> None:
    """One try. Raises NotTaken when another one may help; an address that is never asked is given up."""
    body = json.dumps(payload["body"], separators=(",", ":")).encode()
    timestamp = int(time.time())
    headers = {
        "Content-Type": "application/json",
        "X-Cld-Timestamp": str(timestamp),
        "X-Cld-Signature": webhook_signature(body, timestamp, library.credentials.secret),
    }
    try:
        status = post(str(payload["url"]), body, headers)
    except FetchRefused:
        return
    except FetchError as error:
        raise NotTaken(str(error)) from error
    if not 200 <= status < 300:
        raise NotTaken(f"the answer was {status}")
