"""What is no picture: a few pages declared through FastAPI, and the APIs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, FastAPI
from starlette.middleware import Middleware
from starlette.types import ASGIApp

from keepsight import __version__
from keepsight.api.app import PREFIXES, create_api
from keepsight.api.headers import Besides
from keepsight.api.models import models_router
from keepsight.detect.registry import Registry
from keepsight.monitoring import Readers, monitoring_router
from keepsight.settings import Settings
from keepsight.watched import Watched

if TYPE_CHECKING:  # brings the catalogue along
    from keepsight.api.library import Library


@dataclass(frozen=True, slots=True)
class Pages:
    """Two ASGI applications, and the paths of the first."""

    pages: FastAPI
    declared: frozenset[str]
    apis: ASGIApp

    def of(self, path: str) -> Any | None:
        """The application that answers a path, percent-decoded; None: it names a picture."""
        if path.startswith(PREFIXES):
            return self.apis
        return self.pages if path in self.declared else None


def open_pages(settings: Settings, registry: Registry, library: Library | None, watched: Watched) -> Pages:
    """The pages of these settings; without a library the APIs refuse every call in words."""
    # Of included routers FastAPI lists the router, not its routes.
    monitoring = monitoring_router(Readers(settings.server), watched.readiness, watched.exposition)
    routers = (models_router(registry), monitoring)
    pages = _declare(settings, routers)
    routes = chain(pages.routes, *(router.routes for router in routers))
    if library is not None:
        from keepsight.api.document import describe  # noqa: PLC0415 - brings the catalogue along

        describe(pages)
    declared = frozenset(path for route in routes if (path := getattr(route, "path", "")))
    return Pages(pages, declared, create_api(library, watched.called))


def _declare(settings: Settings, routers: Iterable[APIRouter]) -> FastAPI:
    # No pages of documentation: theirs run scripts of other servers, beside whatever cookies this one has.
    middleware = [Middleware(Besides)]
    pages = FastAPI(title="Keepsight", version=__version__, docs_url=None, redoc_url=None, middleware=middleware)

    @pages.get("/")
    def root() -> dict[str, str]:
        """Where the pictures are, for whoever opens the bare address."""
        pictures = f"/{settings.cloud.name}/image/upload/<transformation>/<public id>"
        return {"service": "Keepsight", "version": __version__, "pictures": pictures}

    for router in routers:
        pages.include_router(router)
    return pages
