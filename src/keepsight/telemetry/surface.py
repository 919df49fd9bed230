"""Around an ASGI application: every answer has a name, and is counted and told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from time import perf_counter
from typing import Any

from keepsight.telemetry.request_id import RequestIds
from keepsight.telemetry.requests import Requests, requested

Application = Callable[[MutableMapping[str, Any], Any, Any], Awaitable[None]]


class Surface:
    """`X-Request-Id` on every answer, which the SDKs show.

    Around the application and its handling of what nobody foresaw, so that such an answer has a name, too.
    """

    def __init__(self, app: Application, requests: Requests) -> None:
        """`requests` counts what `app` answers."""
        self._app, self._requests, self._ids = app, requests, RequestIds()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """One request."""
        began, headers = perf_counter(), dict(scope["headers"])
        name = self._ids.take(headers.get(b"x-request-id"))
        status, size = 0, 0
        head: tuple[tuple[bytes, bytes], ...] = ()

        async def named(message: Any) -> None:
            nonlocal status, size, head
            if message["type"] == "http.response.start":
                status, head = message["status"], tuple(message.get("headers", ()))
                message["headers"] = [*head, (b"x-request-id", name)]
            else:
                size += len(message.get("body", b""))
            await send(message)

        with requested(self._requests.surface, name, scope, headers) as request:
            try:
                await self._app(scope, receive, named)
            except (
                Exception
            ):  # Starlette raises it again for the server's log, where the application has put it already
                if not status:
                    raise
            finally:
                request.status = status or 500
                self._requests.answered(scope, name, began, False, b"", request.status, head, size)
