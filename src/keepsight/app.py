"""Assembly: settings into an ASGI application."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Iterable, MutableMapping
from contextlib import asynccontextmanager
from itertools import chain
from typing import TYPE_CHECKING, Any

import structlog
from fastapi import APIRouter, FastAPI

from keepsight import __version__
from keepsight.api.app import PREFIXES, create_api
from keepsight.api.models import models_router
from keepsight.assets.originals import Originals
from keepsight.assets.remote import Remote
from keepsight.assets.store import is_shared
from keepsight.delivery.asgi import Delivery, Receive, Send
from keepsight.delivery.derived import DerivedCache
from keepsight.delivery.images import Images
from keepsight.delivery.origin import Origin
from keepsight.delivery.proxies import Proxies
from keepsight.delivery.shared import SharedImages
from keepsight.detect.analysis import AnalysisCache
from keepsight.detect.analyst import Analyst
from keepsight.detect.card import cards_folder, find_cards, preferring
from keepsight.detect.inferences import Inferences
from keepsight.detect.registry import Registry
from keepsight.errors import ConfigurationError, ModelError
from keepsight.fetch import Fetcher, Limits
from keepsight.pixels.formats import EXTENSIONS
from keepsight.settings import Settings, load_settings
from keepsight.telemetry.log import configure_logging

if TYPE_CHECKING:
    from keepsight.api.library import Library
    from keepsight.assets.library import Uploads
    from keepsight.studio.guard import Guard

log = structlog.get_logger()


class Keepsight:
    """The application: a few declared routes through FastAPI, every other path straight to the pictures."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.registry = open_registry(settings)
        # What the catalogue is made of is half of the memory of a server that only crops: it comes with a secret only,
        # since without one nobody could bring anything in.
        self.uploads: Uploads | None = None
        self.library: Library | None = None
        if settings.cloud.secrets:
            from keepsight.opening import open_uploads  # noqa: PLC0415 - only with a secret

            self.uploads = open_uploads(settings)
        self.origin = open_origin(settings, self.registry, self.uploads)
        self.delivery = Delivery(self.origin)
        if self.uploads is not None:
            from keepsight.opening import open_library  # noqa: PLC0415 - only with a secret

            self.library = open_library(settings, self.origin, self.uploads)
        self.apis = create_api(self.library)
        self.api = FastAPI(title="Keepsight", version=__version__, lifespan=self._lifespan)
        self._studio: Guard | None = None
        self._proxies = Proxies(settings.server.trusted_proxies)
        # Of included routers FastAPI lists the router, not its routes.
        routers = (models_router(self.registry),)
        self._declare(routers)
        routes = chain(self.api.routes, *(router.routes for router in routers))
        self._declared = frozenset(path for route in routes if (path := getattr(route, "path", "")))

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """One ASGI connection."""
        if scope["type"] == "http" and scope["path"].startswith(PREFIXES):
            await self._proxies.see_through(scope)
            await self.apis(scope, receive, send)
        elif scope["type"] == "http" and scope["path"].startswith("/studio") and self._is_studio(scope["path"]):
            await self._proxies.see_through(scope)
            await self._open_studio()(scope, receive, send)
        elif scope["type"] == "http" and scope["path"] not in self._declared:
            await self.delivery(scope, receive, send)
        else:
            if scope["type"] == "http":
                await self._proxies.see_through(scope)
            await self.api(scope, receive, send)

    def _is_studio(self, path: str) -> bool:
        return self.settings.studio_open and (path == "/studio" or path.startswith("/studio/"))

    def _open_studio(self) -> Guard:
        """The page, imported and made when somebody first asks for it."""
        if self._studio is None:
            from keepsight.studio.app import create_studio  # noqa: PLC0415 - no server that only crops pays for it

            self._studio = create_studio(self.settings, self.origin, self.library)
        return self._studio

    def _declare(self, routers: Iterable[APIRouter]) -> None:
        @self.api.get("/")
        def root() -> dict[str, str]:
            """Where the pictures are, for whoever opens the bare address."""
            pictures = f"/{self.settings.cloud.name}/image/upload/<transformation>/<public id>"
            return {"service": "Keepsight", "version": __version__, "pictures": pictures}

        @self.api.get("/health")
        def health() -> dict[str, str]:
            """Whether the process is alive."""
            return {"status": "ok", "version": __version__}

        for router in routers:
            self.api.include_router(router)

    @asynccontextmanager
    async def _lifespan(self, _: FastAPI) -> AsyncIterator[None]:
        say_mode(self.settings)
        for state in self.registry.models:
            if state.fault:
                log.error("model.broken", model=state.name, fault=state.fault)
        if self.settings.models.preload:
            threading.Thread(target=load_models, args=(self.registry,), name="preload", daemon=True).start()
        if self.library is None:
            yield
        else:
            from keepsight.opening import close_library, start_jobs  # noqa: PLC0415 - only with a secret

            start_jobs(self.library)
            yield
            close_library(self.library)
        self.delivery.close()
        self.origin.images.close()
        self.origin.analyst.close()


def create_app(settings: Settings) -> Keepsight:
    """The ASGI application for these settings. Raises ConfigurationError with every fault."""
    check_folders(settings)
    return Keepsight(settings)


def check_folders(settings: Settings) -> None:
    """See that originals can be read and the data folder written. Raises ConfigurationError with every fault."""
    faults = [
        f"storage.{'media' if type_ == 'upload' else type_}: no such folder ({folder})"
        for type_, folder in settings.storage.folders.items()
        if not folder.is_dir()
    ]
    try:
        settings.storage.data.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        faults.append(f"storage.data: cannot be written ({settings.storage.data}: {error.strerror})")
    if faults:
        raise ConfigurationError(tuple(faults))


def from_environment() -> Keepsight:
    """The factory that server processes call: settings from `KEEPSIGHT_CONFIG` and the environment."""
    configure_logging()
    return create_app(load_settings())


def open_registry(settings: Settings) -> Registry:
    """The models of these settings. Raises ConfigurationError.

    Private models are those of the configuration, in its order, and then every folder in `private/` of the weights.
    """
    weights = settings.models.weights or cards_folder()
    named = [folder.resolve() for folder in settings.models.private]
    lying = (f.resolve() for f in sorted((weights / "private").glob("*")) if f.is_dir() and not f.name.startswith("."))
    return Registry(
        preferring(find_cards(), settings.models.prefer),
        weights,
        private=tuple(dict.fromkeys((*named, *lying))),
        order=settings.models.order,
        runtime=settings.models.runtime,
        device=settings.models.device,
    )


def open_origin(settings: Settings, registry: Registry, uploads: Uploads | None = None) -> Origin:
    """The way of a request over the folders of these settings, and over what was uploaded."""
    data = settings.storage.data
    models = settings.models
    queue = Inferences(models.workers, models.queue)
    analyst = Analyst(registry, AnalysisCache(data / "analysis.sqlite3"), queue, deadline=models.deadline)
    shared = SharedImages(uploads.store) if uploads is not None and is_shared(settings.storage.place) else None
    images = Images(DerivedCache(data, int(settings.cache.max_bytes)), shared)
    return Origin(settings, open_originals(settings, uploads), analyst, images)


def open_originals(settings: Settings, uploads: Uploads | None = None) -> Originals:
    """The pictures in the folders, those of other servers where any may be asked, and those that were uploaded."""
    remote = open_remote(settings) if settings.fetch.enabled else None
    if uploads is not None:
        from keepsight.assets.library import AssetLibrary  # noqa: PLC0415 - see Keepsight.__init__

        most = int(settings.limits.max_bytes)
        return AssetLibrary(uploads, settings.storage.folders, EXTENSIONS, most, remote)
    return Originals(settings.storage.folders, EXTENSIONS, int(settings.limits.max_bytes), remote)


def open_remote(settings: Settings) -> Remote:
    """The pictures of the servers that may be asked."""
    fetch = settings.fetch
    limits = Limits(int(fetch.max_bytes), connect=fetch.timeout, silence=fetch.timeout, total=fetch.timeout)
    fetcher = Fetcher(limits, allow_private=fetch.unsafe_origins, hosts=fetch.allowed_hosts)
    return Remote(
        settings.storage.data / "fetched",
        fetcher.read,
        max_age=fetch.max_age,
        error_max_age=settings.cache.error_max_age,
        store_bytes=int(fetch.store_bytes),
    )


def say_mode(settings: Settings) -> None:
    """Say in the log what may be asked without a signature, and what is unsafe."""
    if settings.development:
        log.warning("development mode", reason="no cloud.api_secret", unsigned="object-aware URLs are answered")
    elif settings.security.allow_unsigned:
        log.info("unsigned object-aware URLs", allowed=list(settings.security.allow_unsigned))
    if settings.fetch.unsafe_origins:
        log.warning("unsafe origins are asked", origins=list(settings.fetch.unsafe_origins))


def load_models(registry: Registry) -> None:
    """Load every installed detector, in the order in which they are asked; a fault goes to the log."""
    for state in registry.models:
        if (
            state.state == "loadable" and state.card and state.card.task not in {"saliency", "segment"}
        ):  # no gravity asks them yet
            try:
                registry.model(state.exact).load()
                log.info("model.loaded", model=state.exact, file=state.file)
            except ModelError as error:
                log.error("model.broken", model=state.name, fault=str(error))
