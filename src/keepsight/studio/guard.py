"""What stands before every route of the studio: who may come in, and what a page may load.

In development mode, which listens on loopback only, the page is open to this machine: the name in `Host` has to be
one of loopback, so that no foreign name that resolves to 127.0.0.1 gets in. With a secret it asks for that secret.
What changes anything carries a header of its own, which a page of another origin cannot send without being asked
first, and is never allowed to.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from keepsight.api.auth import Credentials
from keepsight.errors import Unauthorized
from keepsight.settings import is_loopback
from keepsight.studio.session import COOKIE, check_basic, is_valid

MARK = "x-keepsight-studio"
"""The header of requests that change something."""
LOGIN, OPEN = "/studio/login", ("/studio/login", "/studio/static/")
"""What is shown to everybody: the way in, and the files of the page, which tell nothing."""

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "frame-src 'self'; font-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'self'; "
    "require-trusted-types-for 'script'"
)
HEADERS = (
    (b"content-security-policy", _POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
)

Scope = MutableMapping[str, Any]
Application = Callable[[Scope, Any, Any], Awaitable[None]]


class Guard:
    """ASGI middleware around the studio."""

    def __init__(self, app: Application, credentials: Credentials | None) -> None:
        """`credentials`: None in development mode."""
        self._app, self._credentials = app, credentials

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        """One request."""

        async def guarded(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *HEADERS]
            await send(message)

        request = Request(scope)
        answer = self._foreign(request) or self._closed(request)
        await (answer or self._app)(scope, receive, guarded)

    def _foreign(self, request: Request) -> Response | None:
        """The refusal of a request that another page may have made."""
        if request.method in ("GET", "HEAD") or MARK in request.headers:
            return None
        return _refused(403, f"This call needs the header {MARK}, which the page at /studio sends")

    def _closed(self, request: Request) -> Response | None:
        """The refusal of somebody who may not come in."""
        if self._credentials is None:
            host = urlsplit(f"//{request.headers.get('host', '')}").hostname or ""
            if is_loopback(host):
                return None
            return _refused(403, "Without a secret the studio is for this machine only: open it at http://127.0.0.1")
        path = request.url.path
        if path.startswith(OPEN) or is_valid(request.cookies.get(COOKIE, ""), self._credentials):
            return None
        if "authorization" in request.headers:
            try:
                check_basic(request.headers, self._credentials)
            except Unauthorized as denied:
                return _refused(401, str(denied))
            return None
        if path in ("/studio", "/studio/"):
            return RedirectResponse(LOGIN, 303)
        # Without WWW-Authenticate: a browser would ask in a window of its own, and send what it got for ever after.
        return _refused(401, "Please log in (expected the API key and secret, at /studio/login)")


def _refused(status: int, message: str) -> Response:
    return JSONResponse({"error": {"message": message}}, status, {"Cache-Control": "no-store"})
