"""Coming in and going out, where there is a secret."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from keepsight.api.auth import Credentials
from keepsight.api.form import Allowed
from keepsight.api.parsing import Parameters
from keepsight.errors import Unauthorized
from keepsight.studio.requests import wish_of
from keepsight.studio.session import COOKIE, SECONDS, check_login, issue

_AFTER_A_WRONG_SECRET = 0.5
"""Seconds: guessing is slow, a slip of the finger is not punished."""


class _Login(Parameters):
    key: str = ""
    secret: str


class Doorway:
    """The calls that give a cookie and take it away."""

    def __init__(self, credentials: Credentials | None, allowed: Allowed) -> None:
        """`credentials`: None in development mode. `allowed`: for strangers, who keep nobody out who is in."""
        self._credentials, self._allowed = credentials, allowed

    async def login(self, request: Request) -> Response:
        """Show key and secret, get a cookie."""
        if self._credentials is None:
            return RedirectResponse("/studio", 303)
        asked = await wish_of(request, _Login, self._allowed)
        try:
            check_login(asked.key, asked.secret, self._credentials)
        except Unauthorized:
            await asyncio.sleep(_AFTER_A_WRONG_SECRET)
            raise Unauthorized("This is not the API key and secret of this server") from None
        answer = JSONResponse({"ok": True})
        answer.set_cookie(
            COOKIE,
            issue(self._credentials),
            max_age=SECONDS,
            path="/studio",
            secure=request.url.scheme == "https",
            httponly=True,
            samesite="strict",
        )
        return answer

    async def logout(self, _: Request) -> Response:
        """Forget the cookie."""
        answer = JSONResponse({"ok": True})
        answer.delete_cookie(COOKIE, path="/studio", httponly=True, samesite="strict")
        return answer
