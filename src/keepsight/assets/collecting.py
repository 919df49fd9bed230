"""Taking away what nothing names any more, again and again, as long as a server runs."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog

from keepsight.assets.catalogue.database import Database
from keepsight.assets.catalogue.garbage import note_search, searched_at
from keepsight.assets.collect import collect_garbage, collect_orphans
from keepsight.assets.jobs.locks import hold
from keepsight.assets.store import Store
from keepsight.errors import Unavailable

_LOCK = "collect"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often."""

    garbage: timedelta = timedelta(minutes=1)
    """What rows have named goes one by one."""
    orphans: timedelta = timedelta(days=1)
    """What a crash left needs a look through the whole store, by one process for all."""


class Collector:
    """A thread that collects. Of several processes one does at a time; the others come back later."""

    def __init__(self, store: Store, database: Database, rhythm: Rhythm | None = None) -> None:
        self._store, self._database, self._rhythm = store, database, rhythm or Rhythm()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin, with a first round one interval from now."""
        self._stopping.clear()
        self._thread = threading.Thread(target=self._run, name="collect", daemon=True)
        self._thread.start()

    def stop(self, patience: float = 10.0) -> None:
        """End; a look through a large store is given up after so many seconds, and begun anew another time."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(patience)
            self._thread = None

    def collect(self) -> None:
        """One round, now. Raises Unavailable when another process is at it, or the store or the catalogue is away."""
        now = datetime.now(UTC)
        with hold(self._database, _LOCK, patience=0):
            gone = collect_garbage(self._store, self._database)
            with self._database.read() as connection:
                last = searched_at(connection)
            if last is None or now - last >= self._rhythm.orphans:
                gone += collect_orphans(self._store, self._database)
                with self._database.write() as connection:
                    note_search(connection, now)
        if gone:
            log.info("store.collected", things=gone)

    def _run(self) -> None:
        while not self._stopping.wait(self._rhythm.garbage.total_seconds()):
            try:
                self.collect()
            except Unavailable as error:
                log.debug("store.not_collected", reason=str(error))
            except Exception:  # whatever it is, the next round may do better
                log.exception("store.not_collected")
