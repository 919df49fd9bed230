"""What is no picture: a few pages declared through FastAPI, the APIs, and the studio."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, FastAPI
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Receive, Scope, Send

from keepsight import __version__
from keepsight.api.app import PREFIXES, create_api
from keepsight.api.headers import Besides
from keepsight.api.models import models_router
from keepsight.budget import Budget
from keepsight.budgets import Budgets
from keepsight.delivery.origin import Origin
from keepsight.examples import Examples
from keepsight.front import front_router
from keepsight.monitoring import Readers, monitoring_router
from keepsight.settings import Settings
from keepsight.telemetry.surface import Surface
from keepsight.watched import Watched

if TYPE_CHECKING:  # brings the catalogue along
    from keepsight.api.library import Library


STUDIO = "/studio"


@dataclass(frozen=True, slots=True)
class Pages:
    """The applications, and the paths of the first."""

    pages: FastAPI
    declared: frozenset[str]
    apis: ASGIApp
    studio: ASGIApp | None = None

    def of(self, path: str) -> Any | None:
        """The application that answers a path, percent-decoded; None: it names a picture."""
        if path.startswith(PREFIXES):
            return self.apis
        if self.studio is not None and (path == STUDIO or path.startswith(f"{STUDIO}/")):
            return self.studio
        return self.pages if path in self.declared else None


def open_pages(  # noqa: PLR0913, PLR0917 - what a server is made of
    settings: Settings,
    origin: Origin,
    library: Library | None,
    watched: Watched,
    budgets: Budgets,
    examples: Examples | None = None,
) -> Pages:
    """The pages of these settings; without a library the APIs refuse every call in words.

    `examples` are shown to browsers at the bare address; None: nothing is shown there of what there is.
    """
    # Of included routers FastAPI lists the router, not its routes.
    monitoring = monitoring_router(Readers(settings.server), watched.readiness, watched.exposition)
    routers = (models_router(origin.analyst.registry), monitoring, front_router(settings, examples))
    pages = _declare(routers)
    routes = chain(pages.routes, *(router.routes for router in routers))
    if library is not None:
        from keepsight.api.document import describe  # noqa: PLC0415 - brings the catalogue along

        describe(pages)
    declared = frozenset(path for route in routes if (path := getattr(route, "path", "")))
    apis = create_api(library, budgets, watched.called)
    if not settings.studio_open:
        return Pages(pages, declared, apis)
    return Pages(pages, declared, apis, Surface(_Studio(settings, origin, library, budgets.studio), watched.shown))


class _Studio:
    """The page at /studio, imported and made in a thread when somebody first asks for it."""

    def __init__(self, settings: Settings, origin: Origin, library: Library | None, budget: Budget) -> None:
        self._make = lambda: _open_studio(settings, origin, library, budget)
        self._lock = asyncio.Lock()
        self._app: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self._lock:
            if self._app is None:
                self._app = await asyncio.to_thread(self._make)
        await self._app(scope, receive, send)


def _open_studio(settings: Settings, origin: Origin, library: Library | None, budget: Budget) -> ASGIApp:
    from keepsight.studio.app import create_studio  # noqa: PLC0415 - nobody who only crops pays for it

    return create_studio(settings, origin, library, budget)


def _declare(routers: Iterable[APIRouter]) -> FastAPI:
    # No pages of documentation: theirs run scripts of other servers, beside whatever cookies this one has.
    middleware = [Middleware(Besides)]
    pages = FastAPI(title="Keepsight", version=__version__, docs_url=None, redoc_url=None, middleware=middleware)

    for router in routers:
        pages.include_router(router)
    return pages
