"""The studio as one ASGI application under `/studio`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from keepsight.api.auth import Credentials
from keepsight.budget import Budget
from keepsight.delivery.origin import Origin
from keepsight.errors import RequestError
from keepsight.pixels.limits import Limits
from keepsight.settings import Settings
from keepsight.studio import static_files
from keepsight.studio.calls import Calls
from keepsight.studio.cropping import TRY
from keepsight.studio.darkroom import Darkroom
from keepsight.studio.doorway import Doorway
from keepsight.studio.dropped import DropBox
from keepsight.studio.guard import LOGIN, Guard
from keepsight.studio.requests import allowed_by, failed, missed, refused

if TYPE_CHECKING:  # what the catalogue is made of comes with a secret only
    from keepsight.api.library import Library

Endpoint = Callable[[Request], Awaitable[Response]]
_GET, _POST = ("GET",), ("POST",)


def create_studio(settings: Settings, origin: Origin, library: Library | None, budget: Budget) -> Guard:
    """The application over what is delivered, and over the library where the APIs are on; its work is of `budget`.

    Whether it is to be there at all is for the caller to know (`settings.studio_open`). Raises OSError where the data
    folder cannot be written.
    """
    credentials = None if settings.development else _credentials(settings)
    limits = Limits(max_pixels=settings.limits.max_pixels, max_bytes=int(settings.limits.max_bytes))
    box = DropBox(
        settings.storage.data / "studio" / "dropped",
        limits,
        max_bytes=int(settings.studio.dropped_bytes),
        max_age=settings.studio.dropped_age,
    )
    box.trim()
    calls = Calls(settings, Darkroom(settings, origin, box), box, library, budget)
    door = Doorway(credentials, allowed_by(settings))
    routes = [Route(path, endpoint, methods=methods) for methods, path, endpoint in _declared(calls, door)]
    handlers = {RequestError: refused, HTTPException: missed, Exception: failed}
    return Guard(Starlette(routes=routes, exception_handlers=handlers), credentials)


def _declared(calls: Calls, door: Doorway) -> tuple[tuple[tuple[str, ...], str, Endpoint], ...]:
    """Every route; of two that fit, the first one counts."""
    return (
        (_GET, "/studio", _file("index.html")),
        (_GET, "/studio/", _to_studio),
        (_GET, LOGIN, _file("login.html")),
        (_POST, LOGIN, door.login),
        (_POST, "/studio/logout", door.logout),
        (_GET, "/studio/static/{path:path}", _static),
        (_GET, "/studio/frame", calls.frame),
        (_GET, f"{TRY}/{{type}}/{{path:path}}", calls.attempt),
        (_GET, "/studio/api/about", calls.about),
        (_GET, "/studio/api/photos", calls.photos),
        (_GET, "/studio/api/view", calls.view),
        (_GET, "/studio/api/nearest", calls.nearest),
        (_POST, "/studio/api/drop", calls.drop),
        (_POST, "/studio/api/seen", calls.seen),
        (_POST, "/studio/api/detect", calls.detect),
        (_POST, "/studio/api/crop", calls.crop),
        (_POST, "/studio/api/picture", calls.picture),
        (_POST, "/studio/api/library/upload", calls.upload),
        (_POST, "/studio/api/library/{action}", calls.shelf),
    )


def _credentials(settings: Settings) -> Credentials:
    tokens = tuple(token.get_secret_value() for token in settings.cloud.access_tokens)
    return Credentials(settings.cloud.api_key, settings.cloud.secrets, tokens)


def _file(name: str) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        return static_files.answer(request, name)

    return endpoint


async def _static(request: Request) -> Response:
    return static_files.answer(request, request.path_params["path"])


async def _to_studio(_: Request) -> Response:
    return RedirectResponse("/studio", 303)
