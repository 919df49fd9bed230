"""Assembly: settings into an ASGI application."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
import threading
from collections.abc import Callable, MutableMapping
from functools import partial
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import structlog

from keepsight import __version__
from keepsight.assets.originals import Originals
from keepsight.assets.store import is_shared
from keepsight.budgets import Budgets
from keepsight.claims import Claims
from keepsight.delivery.asgi import Delivery, Receive, Send
from keepsight.delivery.derived import DerivedCache
from keepsight.delivery.images import Images
from keepsight.delivery.neighbours import Neighbours
from keepsight.delivery.origin import Origin
from keepsight.delivery.proxies import Proxies
from keepsight.delivery.shared import SharedImages
from keepsight.detect.analysis import AnalysisCache
from keepsight.detect.analyst import Analyst
from keepsight.detect.card import cards_folder, find_cards, preferring, starters_folder
from keepsight.detect.inferences import Inferences
from keepsight.detect.registry import Registry
from keepsight.errors import ConfigurationError, ModelError
from keepsight.memory import give_back_memory, trim_memory
from keepsight.pixels.formats import EXTENSIONS
from keepsight.reloading import reloaded
from keepsight.safety import unsafe
from keepsight.settings import Settings, load_settings
from keepsight.signals import heard
from keepsight.telemetry.exposition import Exposition
from keepsight.telemetry.gauges import Gauges
from keepsight.telemetry.log import configure_logging
from keepsight.telemetry.processes import VARIABLE
from keepsight.telemetry.readiness import Readiness
from keepsight.telemetry.requests import Requests
from keepsight.telemetry.spans import configure_tracing
from keepsight.transformation.path import is_plainly_picture
from keepsight.watched import Watched, require, watch

if TYPE_CHECKING:
    from keepsight.api.library import Library
    from keepsight.assets.library import Uploads
    from keepsight.assets.remote import Remote
    from keepsight.examples import Examples
    from keepsight.pages import Pages

PRIVATE_UMASK = 0o077
"""umask of every process that serves: originals, catalogue and cache are for its own user alone."""
SWITCH_SECONDS = 0.0005
"""After which a thread that makes a picture lets the event loop run, which answers in a tenth of that."""

log = structlog.get_logger()


class Keepsight:
    """The application: pictures, and beside them a few pages and the APIs, which are opened when one is asked for."""

    def __init__(
        self, settings: Settings, registry: Registry, when_loaded: Callable[[Keepsight], None] | None = None
    ) -> None:
        """`when_loaded` is called once the networks are loaded, in a thread."""
        self.settings, self.registry, self._when_loaded = settings, registry, when_loaded
        # What the catalogue is made of is half of the memory of a server that only crops: it comes with a secret only,
        # since without one nobody could bring anything in.
        self.uploads: Uploads | None = None
        self.library: Library | None = None
        if settings.cloud.secrets:
            from keepsight.opening import open_uploads  # noqa: PLC0415 - only with a secret

            self.uploads = open_uploads(settings)
        self.origin = open_origin(settings, self.registry, self.uploads)
        self._examples: Examples | None = None
        self.budgets = Budgets.of(settings)
        requests = Requests("delivery", told=settings.log.requests, hits=settings.log.hits)
        self.delivery = Delivery(self.origin, self.budgets, requests)
        self.at_once = self.delivery.at_once
        if self.uploads is not None:
            from keepsight.opening import open_library  # noqa: PLC0415 - only with a secret

            self.library = open_library(settings, self.origin, self.uploads)
        called = Requests("api", told=settings.log.requests)
        shown = Requests("studio", told=settings.log.requests)
        gauges, self.readiness, self._loaded = Gauges(__version__), Readiness(), threading.Event()
        watch(gauges, lambda: self.delivery, self.origin, (called, shown), self.library)
        require(self.readiness, settings, self._loaded, self.library)
        gauges.ask(self.readiness.look)
        exposition = Exposition(gauges)
        self._watched = Watched(self.readiness, exposition, called, shown)
        self._end_tracing: Callable[[], None] = lambda: None
        self._writing: asyncio.Task[None] | None = None
        self._proxies = Proxies(settings.server.trusted_proxies)
        self._opening = Lock()
        self._pages: Pages | None = None
        self._preloading: threading.Thread | None = None
        if self.library is not None:
            self._open_pages()  # whoever has a secret has come for the APIs

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """One ASGI connection."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif is_plainly_picture(scope["path"], self.settings.cloud.name):
            await self.delivery(scope, receive, send)
        else:
            pages = self._pages
            if pages is None:  # a third of a second, once: in a thread, so that pictures go on
                pages = await asyncio.to_thread(self._open_pages)
            page = pages.of(scope["path"])
            if page is None:
                await self.delivery(scope, receive, send)
            else:
                await self._proxies.see_through(scope)
                await page(scope, receive, send)

    def examples(self) -> Examples | None:
        """URLs that show something on the pictures at hand; None with a secret, when they are not for everybody."""
        from keepsight.examples import Examples  # noqa: PLC0415 - for whoever tries it out

        if self._examples is None and self.settings.development:
            self._examples = Examples(self.origin, lambda: self.readiness.stopping)
        return self._examples

    def _open_pages(self) -> Pages:
        from keepsight.pages import open_pages  # noqa: PLC0415 - FastAPI is a third of the time to the first picture

        with self._opening:
            if self._pages is None:
                self._pages = open_pages(
                    self.settings, self.origin, self.library, self._watched, self.budgets, self.examples()
                )
        return self._pages

    async def _live(self, receive: Receive, send: Send) -> None:
        """The protocol `lifespan`: start, and stop when told to."""
        await receive()
        self._start()
        await send({"type": "lifespan.startup.complete"})
        with heard(self._end, self.reload):
            await receive()
        await self._stop()
        await send({"type": "lifespan.shutdown.complete"})

    def _start(self) -> None:
        sys.setswitchinterval(SWITCH_SECONDS)
        say_mode(self.settings)
        for state in self.registry.models:
            if state.fault:
                log.error("model.broken", model=state.name, fault=state.fault)
        if not self.settings.models.preload:
            self._loaded.set()
        if self.settings.models.preload or self._when_loaded is not None:
            self._preloading = threading.Thread(target=self._preload, name="preload", daemon=True)
            self._preloading.start()
        self._end_tracing = configure_tracing(__version__)
        if VARIABLE in os.environ:
            self._writing = asyncio.create_task(self._watched.exposition.keep_written())
        if self.library is not None:
            from keepsight.opening import start_jobs  # noqa: PLC0415 - only with a secret

            start_jobs(self._library_now)

    async def _stop(self) -> None:
        self.readiness.stopping = True
        grace = self.settings.server.grace
        if self.library is not None:
            from keepsight.opening import close_library  # noqa: PLC0415 - only with a secret

            await asyncio.to_thread(close_library, self.library, grace)
        await self.delivery.close(grace)
        self.budgets.close()
        self.origin.neighbours.close()
        self.origin.images.close()
        self.origin.analyst.close()
        if self._preloading is not None:
            # An interpreter that ends while a runtime opens a network aborts the process.
            await asyncio.to_thread(self._preloading.join, grace)
        if self._writing is not None:
            self._writing.cancel()
            self._watched.exposition.write()
        self._end_tracing()

    def _preload(self) -> None:
        if self.settings.models.preload:
            self._load()
        if self._when_loaded is not None and not self.readiness.stopping:
            self._when_loaded(self)

    def _load(self) -> None:
        # A runtime brings a million objects that stay: a collection that goes through them stops all requests for a
        # tenth of a second, and loading is faster without.
        gc.disable()
        try:
            load_models(self.registry)
        finally:
            gc.freeze()
            gc.enable()
            self._loaded.set()

    def _library_now(self) -> Library:
        """For jobs, which are there only if a library is."""
        assert self.library is not None  # noqa: S101 - a reload keeps it
        return self.library

    def _end(self) -> None:
        self.readiness.stopping = True

    def reload(self) -> None:
        """Read the settings again, and go on with those that are others now; requests in work end with the old ones.

        Settings with faults are refused as a whole, in the log. On the event loop.
        """
        try:
            found = reloaded(self.settings, load_settings())
            if found.changed:
                self._go_on_with(found.settings)
        except ConfigurationError as error:
            log.error("settings.refused", faults=error.faults)
            return
        log.info("settings.reloaded", changed=found.changed, after_a_restart=found.waiting)

    def _go_on_with(self, settings: Settings) -> None:
        """New objects over the old caches, models and threads; nothing is changed that a request may be at."""
        from keepsight.pages import open_pages  # noqa: PLC0415 - as in `_open_pages`

        # Neither the new secrets nor the old ones, which requests in work may still name, are written down.
        configure_logging(settings.log.level, (*self.settings.secrets, *settings.secrets))
        origin = renewed(self.origin, settings, self.uploads)
        if self.library is not None:
            from keepsight.opening import renewed_library  # noqa: PLC0415 - only with a secret

            self.library = renewed_library(self.library, settings, origin)
        # What lies in memory was allowed by the old settings: delivery begins with nothing.
        self.settings, self.origin = settings, origin
        self.delivery = Delivery(origin, self.budgets, self.delivery.requests)
        self.at_once = self.delivery.at_once
        self._proxies = Proxies(settings.server.trusted_proxies)
        with self._opening:
            self._pages = open_pages(settings, origin, self.library, self._watched, self.budgets, self.examples())


def create_app(settings: Settings) -> Keepsight:
    """The ASGI application for these settings. Raises ConfigurationError with every fault."""
    check_folders(settings)
    return Keepsight(settings, open_registry(settings))


def check_folders(settings: Settings) -> None:
    """See that originals can be read and the data folder written. Raises ConfigurationError with every fault."""
    faults = [
        f"storage.{'media' if type_ == 'upload' else type_}: no such folder ({folder})"
        for type_, folder in settings.storage.folders.items()
        if not folder.is_dir()
    ]
    try:
        _make_private(settings.storage.data)
    except OSError as error:
        faults.append(f"storage.data: cannot be written ({settings.storage.data}: {error.strerror})")
    if faults:
        raise ConfigurationError(tuple(faults))


def _make_private(folder: Path) -> None:
    """Make the folder for this user alone; one that an older version made for others to read is closed to them.

    It holds private originals and the catalogue. Raises OSError.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = folder.stat()
    if status.st_mode & 0o077 and status.st_uid == os.geteuid():
        folder.chmod(0o700)


def from_environment() -> Keepsight:
    """The factory that server processes call: settings from `KEEPSIGHT_CONFIG` and the environment."""
    os.umask(PRIVATE_UMASK)
    give_back_memory()
    settings = load_settings()
    configure_logging(settings.log.level, settings.secrets)
    return create_app(settings)


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
        starters=starters_folder() if settings.models.starter else None,
        order=settings.models.order,
        runtime=settings.models.runtime,
        device=settings.models.device,
        licences=settings.models.licences,
    )


def open_origin(settings: Settings, registry: Registry, uploads: Uploads | None = None) -> Origin:
    """The way of a request over the folders of these settings, and over what was uploaded."""
    data = settings.storage.data
    models = settings.models
    queue = Inferences(models.workers, models.queue)
    analyst = Analyst(registry, AnalysisCache(data / "analysis.sqlite3"), queue, deadline=models.deadline)
    shared = SharedImages(uploads.store) if uploads is not None and is_shared(settings.storage.place) else None
    images = Images(DerivedCache(data, int(settings.cache.max_bytes)), shared)
    neighbours = Neighbours.at(data, begun_before=(data / "derived").exists())
    return Origin(settings, open_originals(settings, uploads, neighbours.claims), analyst, images, neighbours)


def renewed(origin: Origin, settings: Settings, uploads: Uploads | None) -> Origin:
    """The same with other settings. What is known of files stays known unless other files may be taken now."""
    old = origin.settings
    same = (old.fetch, old.limits.max_bytes, old.cache.error_max_age) == (
        settings.fetch,
        settings.limits.max_bytes,
        settings.cache.error_max_age,
    )
    originals = origin.originals if same else open_originals(settings, uploads, origin.neighbours.claims)
    return Origin(settings, originals, origin.analyst, origin.images, origin.neighbours)


def open_originals(settings: Settings, uploads: Uploads | None = None, claims: Claims | None = None) -> Originals:
    """The pictures in the folders, those of other servers where any may be asked, and those that were uploaded."""
    remote = None
    if settings.fetch.enabled:
        remote = open_remote(settings, claims or Claims(settings.storage.data / "claims"))
    if uploads is not None:
        from keepsight.assets.library import AssetLibrary  # noqa: PLC0415 - see Keepsight.__init__

        most = int(settings.limits.max_bytes)
        return AssetLibrary(uploads, settings.storage.folders, EXTENSIONS, most, remote)
    return Originals(settings.storage.folders, EXTENSIONS, int(settings.limits.max_bytes), remote)


def open_remote(settings: Settings, claims: Claims) -> Remote:
    """The pictures of the servers that may be asked; each is fetched by who claims it."""
    from keepsight.assets.file_store import FileStore  # noqa: PLC0415 - with the following
    from keepsight.assets.remote import Remote  # noqa: PLC0415 - its HTTP client is a tenth of a start without it
    from keepsight.fetch import Fetcher, Limits  # noqa: PLC0415 - see above

    fetch = settings.fetch
    limits = Limits(int(fetch.max_bytes), connect=fetch.timeout, silence=fetch.timeout, total=fetch.timeout)
    fetcher = Fetcher(limits, allow_private=fetch.unsafe_origins, hosts=fetch.allowed_hosts)
    return Remote(
        FileStore(settings.storage.data / "fetched", int(fetch.store_bytes)),
        fetcher.read,
        max_age=fetch.max_age,
        error_max_age=settings.cache.error_max_age,
        alone=partial(claims.held, patience=fetch.timeout),
    )


def say_mode(settings: Settings) -> None:
    """Say in the log what may be asked without a signature, and what is unsafe."""
    if settings.development:
        log.warning("development mode", reason="no cloud.api_secret", unsigned="object-aware URLs are answered")
    for each in unsafe(settings):
        log.warning("unsafe setting", setting=each.setting, what=each.what)


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
    trim_memory()
