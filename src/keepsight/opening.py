"""The library of the APIs: catalogue, store, queue and what delivery does for them, opened from settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import structlog

from keepsight.api import notifying
from keepsight.api.auth import Credentials
from keepsight.api.library import Image, Ingredients, Library
from keepsight.api.upload import uploading
from keepsight.assets.catalogue.asset import Asset, Described
from keepsight.assets.catalogue.database import open_database
from keepsight.assets.catalogue.migrate import migrate
from keepsight.assets.collecting import Collector
from keepsight.assets.jobs import GiveUp, Job, Work, open_queue
from keepsight.assets.library import Uploads, original_of
from keepsight.assets.store import open_store
from keepsight.delivery.client import ANYONE
from keepsight.delivery.eager import Subject, make_ahead
from keepsight.delivery.negotiate import check_extension
from keepsight.delivery.origin import Origin
from keepsight.delivery.sight import Known
from keepsight.errors import BadRequest, NotFound
from keepsight.fetch import Fetcher, Limits, Teller
from keepsight.settings import Settings
from keepsight.telemetry.spans import span
from keepsight.transformation.build import build_plan

_NOTIFY_SECONDS = 10.0
_NOTIFY_ATTEMPTS = 8

log = structlog.get_logger()


class Deriving:
    """`Derive` as delivery does it."""

    def __init__(self, origin: Origin) -> None:
        self._origin = origin

    def __call__(self, of: Ingredients, components: Sequence[str], extension: str | None) -> Image:
        """Run percent-decoded components. Raises RequestError."""
        subject = Subject(of.path, of.digest, Known(of.coordinates, Described(tags=of.tags, context=of.context or {})))
        made = make_ahead(self._origin.maker, subject, components, extension, of.named)
        return Image(made.derived.body, str(made.format), *made.image.size)

    def ahead(self, asset: Asset, components: Sequence[str], extension: str | None, named: Mapping[str, str]) -> Image:
        """Of an asset, into the cache of delivery. Raises RequestError."""
        plan = build_plan([c for c in components if c], named=named)
        original = original_of(asset, extension or None)
        if original.extension is not None:
            check_extension(original.extension)
        made = self._origin.make_ahead(original, plan)
        return Image(made.derived.body, str(made.format), *made.image.size)

    def check(self, components: Sequence[str], named: Mapping[str, str]) -> None:
        """See that these are components. Raises BadRequest."""
        build_plan([c for c in components if c], named=named)


def open_uploads(settings: Settings) -> Uploads | None:
    """Catalogue and store, with tables up to date; None without a secret: nobody could bring anything in.

    Raises ConfigurationError, Unavailable.
    """
    if not settings.cloud.secrets:
        return None
    store = open_store(settings.storage.place)
    database = open_database(settings.catalogue_url, settings.catalogue.pool)
    migrate(database)
    return Uploads(database, store)


def open_library(settings: Settings, origin: Origin, uploads: Uploads) -> Library:
    """Everything that the APIs need. Raises ConfigurationError, Unavailable."""
    incoming = settings.storage.data / "incoming"
    incoming.mkdir(parents=True, exist_ok=True)
    return Library(
        settings=settings,
        credentials=_credentials(settings),
        database=uploads.database,
        store=uploads.store,
        analyst=origin.analyst,
        derive=Deriving(origin),
        fetch=partial(_fetched, _fetcher(settings, None)),
        fetch_allowed=partial(_fetched, _fetcher(settings, settings.fetch.allowed_hosts)),
        own_picture=lambda path: origin.deliver(path, ANYONE).answer.body,
        jobs=open_queue(uploads.database),
        collector=Collector(uploads.store, uploads.database),
        incoming=incoming,
    )


def renewed_library(library: Library, settings: Settings, origin: Origin) -> Library:
    """The same library with other settings: catalogue, store and queue stay open."""
    return replace(
        library,
        settings=settings,
        credentials=_credentials(settings),
        derive=Deriving(origin),
        fetch=partial(_fetched, _fetcher(settings, None)),
        fetch_allowed=partial(_fetched, _fetcher(settings, settings.fetch.allowed_hosts)),
        own_picture=lambda path: origin.deliver(path, ANYONE).answer.body,
    )


def start_jobs(current: Callable[[], Library]) -> None:
    """Do what is in the queue and take away what nobody needs, in this process, until `close_library`.

    Each job is done with the library that is `current` when it begins.
    """

    work = {
        notifying.NOTIFY: _telling(current, cdn=False),
        notifying.PURGE: _telling(current, cdn=True),
        uploading.EAGER: Work(partial(_run, lambda payload: uploading.eager_from_queue(current(), payload))),
        uploading.UPLOAD: Work(partial(_run, lambda payload: uploading.from_queue(current(), payload))),
    }
    library = current()
    if library.settings.catalogue.workers:
        library.jobs.start(work, library.settings.catalogue.workers)
        library.collector.start()


def _telling(current: Callable[[], Library], *, cdn: bool) -> Work:
    """Who calls the API names where notifications go, the administrator where the CDN is: it may be a private one."""

    def tell(payload: Mapping[str, Any]) -> None:
        settings = current().settings
        known = (str(settings.cdn.purge_url),) if cdn and settings.cdn.purge_url else ()
        teller = Teller(_NOTIFY_SECONDS, allow_private=(*settings.fetch.unsafe_origins, *known))
        notifying.deliver(current(), teller.post, payload)

    return Work(partial(_run, tell), attempts=_NOTIFY_ATTEMPTS)


def close_library(library: Library, patience: float) -> None:
    """End the jobs, which get so many seconds and are done again at the next start if they take longer."""
    library.jobs.stop(patience)
    library.collector.stop()
    library.database.close()


def _run(do: Any, job: Job) -> None:
    """What a request gets wrong, no second try gets right."""
    try:
        with structlog.contextvars.bound_contextvars(job=job.id, kind=job.kind), span(f"job {job.kind}"):
            do(job.payload)
    except (BadRequest, NotFound) as error:
        raise GiveUp(str(error)) from error


def _credentials(settings: Settings) -> Credentials:
    tokens = tuple(token.get_secret_value() for token in settings.cloud.access_tokens)
    return Credentials(settings.cloud.api_key, settings.cloud.secrets, tokens)


def _fetcher(settings: Settings, hosts: Sequence[str] | None) -> Fetcher:
    fetch = settings.fetch
    most = min(int(fetch.max_bytes), int(settings.limits.max_bytes))
    limits = Limits(most, connect=fetch.timeout, silence=fetch.timeout, total=fetch.timeout)
    return Fetcher(limits, allow_private=fetch.unsafe_origins, hosts=hosts)


def _fetched(fetcher: Fetcher, url: str) -> bytes:
    return fetcher.read(url).body or b""
