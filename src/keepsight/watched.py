"""What the metrics read and what readiness asks, of a server that is put together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from threading import Event
from typing import TYPE_CHECKING

from keepsight.delivery.asgi import Delivery
from keepsight.delivery.derived import CacheStats
from keepsight.delivery.origin import Origin
from keepsight.settings import Settings
from keepsight.telemetry import metrics
from keepsight.telemetry.exposition import Exposition
from keepsight.telemetry.gauges import Gauges
from keepsight.telemetry.probe import Probe
from keepsight.telemetry.readiness import Readiness, Unready
from keepsight.telemetry.requests import Requests

if TYPE_CHECKING:
    from keepsight.api.library import Library

_ABSENT = "keepsight-ready"
"""A key of the store under which nothing lies."""


@dataclass(frozen=True, slots=True)
class Watched:
    """What tells how the server is."""

    readiness: Readiness
    exposition: Exposition
    called: Requests
    """Counts the calls of the APIs."""
    shown: Requests
    """Counts what the studio answers."""


def watch(
    gauges: Gauges,
    delivery: Callable[[], Delivery],
    origin: Origin,
    beside: Iterable[Requests],
    library: Library | None,
) -> None:
    """Have the gauges read what there is to read.

    `delivery` is another one after the settings were read again; `beside` it others count what they answer.
    """
    for queue in delivery().budgets.each:
        gauges.follow(queue)
    if origin.analyst.queue is not None:
        gauges.follow(origin.analyst.queue)
    for requests in (delivery().requests, *beside):
        gauges.own(requests.flush)
    gauges.own(lambda: metrics.MEMORY_BYTES.set(delivery().memory_bytes))
    # Asked in threads of their own: a disk or a database that hangs must not hold up the rest.
    stats: Probe[CacheStats] = Probe(origin.images.local.stats)
    gauges.shared(metrics.DERIVED_IMAGES, lambda: stats().images)
    gauges.shared(metrics.DERIVED_BYTES, lambda: stats().bytes)
    gauges.shared(metrics.DERIVED_MAX_BYTES, lambda: int(origin.settings.cache.max_bytes))
    states = ("ready", "loadable", "missing", "broken", "refused")
    gauges.states(
        metrics.MODELS, lambda: dict.fromkeys(states, 0) | Counter(s.state for s in origin.analyst.registry.models)
    )
    if library is not None:
        gauges.states(metrics.JOBS, Probe(_jobs(library)))


def require(readiness: Readiness, settings: Settings, loaded: Event, library: Library | None) -> None:
    """Say what has to be met before requests are sent here; `loaded` is set once no model is left to be loaded."""

    def models() -> None:
        if not loaded.is_set():
            raise Unready("models are being loaded")

    def media() -> None:
        missing = [type_ for type_, folder in settings.storage.folders.items() if not folder.is_dir()]
        if missing:
            raise Unready(f"no folder of {' and '.join(missing)} pictures")

    readiness.require("models", models)
    readiness.require("media", media)
    if library is not None:
        readiness.require("catalogue", _catalogue(library))
        store = library.store

        def reachable() -> None:
            store.stat(_ABSENT)

        readiness.require("store", reachable)


def _catalogue(library: Library) -> Callable[[], None]:
    def check() -> None:
        with library.database.read() as connection:
            connection.exec_driver_sql("SELECT 1")

    return check


def _jobs(library: Library) -> Callable[[], Mapping[str, float]]:
    def count() -> Mapping[str, float]:
        with library.database.read() as connection:
            return {state.value: count for state, count in library.jobs.count(connection).items()}

    return count
