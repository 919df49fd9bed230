"""Who asks, behind proxies that are believed."""

from __future__ import annotations

from collections.abc import MutableMapping, Sequence
from typing import Any

from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware


class Proxies:
    """Reads `X-Forwarded-For` and `X-Forwarded-Proto`, where a trusted proxy wrote them."""

    def __init__(self, trusted: Sequence[str]) -> None:
        """`trusted` are addresses and networks."""
        # Typed by uvicorn's own ASGI, which is not that of Starlette.
        self._middleware: Any = ProxyHeadersMiddleware(_nothing, list(trusted))

    async def see_through(self, scope: MutableMapping[str, Any]) -> str:
        """Put client and scheme into the scope of a request as they were before the proxies; the client's address."""
        await self._middleware(scope, _nothing, _nothing)
        client = scope.get("client")
        return str(client[0]) if client else ""


async def _nothing(*_: object) -> None:
    """An application that answers nothing."""
