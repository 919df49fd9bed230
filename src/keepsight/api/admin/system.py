"""`ping`, `usage` and `config`."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from keepsight.api.admin.call import Call, Json
from keepsight.api.parsing import Parameters, takes
from keepsight.api.resource import instant
from keepsight.api.values import Boolean
from keepsight.assets.catalogue.usage import usage as sums
from keepsight.errors import BadRequest

FOLDER_MODE = "fixed"
"""The folder of an asset is that of its public id, unless `asset_folder` says otherwise."""
_DATE = re.compile(r"\d{1,2}-\d{1,2}-\d{4}|\d{4}-\d{2}(-\d{2})?", re.ASCII)


class _Nothing(Parameters):
    pass


class _Config(Parameters):
    settings: Boolean = False


@takes(_Nothing)
def ping(call: Call) -> Json:
    """Alive, and the credentials are good."""
    call.read(_Nothing)
    return {"status": "ok"}


@takes(_Nothing)
def usage(call: Call) -> Json:
    """What is there now. Nothing is counted by day, so a date changes nothing but has to be one."""
    call.read(_Nothing)
    if (date := call.path.get("date")) is not None and not _DATE.fullmatch(date):
        raise BadRequest(f"Invalid date {date[:40]!r} (expected dd-mm-yyyy)")
    with call.library.database.read() as connection:
        found = sums(connection)
    now = datetime.now(UTC)
    return {
        "plan": "self-hosted",
        "last_updated": now.strftime("%Y-%m-%d"),
        "date_requested": instant(now),
        "objects": {"usage": sum(found.assets.values())},
        "storage": {"usage": sum(found.bytes.values()) + found.derived_bytes},
        "resources": sum(found.assets.values()),
        "derived_resources": found.derived,
        "media_limits": {
            "image_max_size_bytes": int(call.library.settings.limits.max_bytes),
            "raw_max_size_bytes": int(call.library.settings.limits.max_bytes),
            "image_max_px": call.library.settings.limits.max_pixels,
        },
    }


@takes(_Config)
def config(call: Call) -> Json:
    """The cloud's name and, if asked, its settings."""
    asked = call.read(_Config)
    answer: Json = {"cloud_name": call.library.settings.cloud.name}
    return answer | ({"settings": {"folder_mode": FOLDER_MODE}} if asked.settings else {})
