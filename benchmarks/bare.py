"""The least that an ASGI application can do: one answer from memory, for `benchmarks.hits` to compare with.

`BARE_ANSWER` names a JSON file with its headers, pairs of text, and beside it `body`. Run by uvicorn or granian.
"""

from __future__ import annotations

import json
import os
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

_ANSWER = Path(os.environ["BARE_ANSWER"])
_BODY = _ANSWER.with_name("body").read_bytes()
_HEADERS = [(name.encode(), value.encode()) for name, value in json.loads(_ANSWER.read_bytes())]


async def app(
    scope: MutableMapping[str, Any], _receive: object, send: Callable[[MutableMapping[str, Any]], Awaitable[None]]
) -> None:
    """Send it."""
    assert scope["type"] == "http"
    await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
    await send({"type": "http.response.body", "body": _BODY})
