"""Derived images in the object store, where every server finds what another one has made.

The local cache stands in front: what comes from here is kept there. Only images of uploads are shared, since only
those are the same on every machine; under the generation of the asset, so that they can be told from those of another.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import BoundedSemaphore

import structlog

from keepsight.assets.publish import SHARED
from keepsight.assets.store import Store
from keepsight.delivery.derived import Derived, pack, unpack
from keepsight.errors import NotFound, Unavailable
from keepsight.telemetry.carrying import carried

_THREADS, _MOST_WAITING = 4, 64

log = structlog.get_logger()


class SharedImages:
    """Safe for threads."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="share")
        self._room = BoundedSemaphore(_MOST_WAITING)

    def get(self, generation: str, key: str) -> Derived | None:
        """What some server has made; None as well when the store does not answer: it can be made here."""
        try:
            return unpack(self._store.get(_place(generation, key)), key)
        except NotFound:
            return None
        except Unavailable as error:
            log.warning("shared.not_read", fault=str(error))
            return None

    def put(self, generation: str, key: str, derived: Derived) -> None:
        """Share it soon: nobody waits for that. When too many wait to be shared, it is not."""
        if not self._room.acquire(blocking=False):
            log.warning("shared.skipped", key=key)
            return
        self._pool.submit(carried("share", self._put), generation, key, derived).add_done_callback(
            lambda _: self._room.release()
        )

    def close(self) -> None:
        """Share what waits, and take no more."""
        self._pool.shutdown(wait=True)

    def _put(self, generation: str, key: str, derived: Derived) -> None:
        try:
            self._store.put(_place(generation, key), pack(derived, key))
        except Unavailable as error:
            log.warning("shared.not_written", fault=str(error))


def _place(generation: str, key: str) -> str:
    return f"{SHARED}/{generation}/{key}"
