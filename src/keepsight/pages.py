"""What is no picture: a few pages declared through FastAPI, and the APIs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, FastAPI
from starlette.types import ASGIApp

from keepsight import __version__
from keepsight.api.app import PREFIXES, create_api
from keepsight.api.models import models_router
from keepsight.detect.registry import Registry
from keepsight.monitoring import Readers, monitoring_router
from keepsight.settings import Settings
from keepsight.telemetry.exposition import Exposition
from keepsight.telemetry.readiness import Readiness
from keepsight.telemetry.requests import Requests

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


@dataclass(frozen=True, slots=True)
class Watched:
    """What tells how the server is."""

    readiness: Readiness
    exposition: Exposition
    called: Requests
    """Counts the calls of the APIs."""


def open_pages(settings: Settings, registry: Registry, library: Library | None, watched: Watched) -> Pages:
    """The pages of these settings; without a library the APIs refuse every call in words."""
    # Of included routers FastAPI lists the router, not its routes.
    monitoring = monitoring_router(Readers(settings.server), watched.readiness, watched.exposition)
    routers = (models_router(registry), monitoring)
    pages = _declare(settings, routers)
    routes = chain(pages.routes, *(router.routes for router in routers))
    declared = frozenset(path for route in routes if (path := getattr(route, "path", "")))
    return Pages(pages, declared, create_api(library, watched.called))


def _declare(settings: Settings, routers: Iterable[APIRouter]) -> FastAPI:
    pages = FastAPI(title="Keepsight", version=__version__)

    @pages.get("/")
    def root() -> dict[str, str]:
        """Where the pictures are, for whoever opens the bare address."""
        pictures = f"/{settings.cloud.name}/image/upload/<transformation>/<public id>"
        return {"service": "Keepsight", "version": __version__, "pictures": pictures}

    for router in routers:
        pages.include_router(router)
    return pages
