"""What answers say to browsers besides themselves, so that data is never taken for a page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

Header = tuple[bytes, bytes]

DATA: Sequence[Header] = (
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'; sandbox"),
    (b"referrer-policy", b"no-referrer"),
)
"""Of JSON, which loads nothing and shows nothing."""
PAGE: Sequence[Header] = (
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'self'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
)
"""Of HTML that says nothing else."""
UNKEPT: Header = (b"cache-control", b"no-store")


class Besides:
    """Middleware that adds to every answer what it does not say itself."""

    def __init__(self, app: Any, more: Sequence[Header] = ()) -> None:
        self._app, self._more = app, more

    async def __call__(self, scope: Any, receive: Any, send: Callable[[Any], Awaitable[None]]) -> None:
        """One connection."""

        async def said(message: Any) -> None:
            if message["type"] == "http.response.start":
                there = dict(message.get("headers", ()))
                is_page = there.get(b"content-type", b"").startswith(b"text/html")
                more = (*(PAGE if is_page else DATA), *self._more)
                added = [header for header in more if header[0] not in there]
                message["headers"] = [*message.get("headers", ()), *added]
            await send(message)

        await self._app(scope, receive, said)
