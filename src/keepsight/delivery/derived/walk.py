"""The index and the files are compared, a two hundred and fifty-sixth at a time."""

from __future__ import annotations

import random
import time

import structlog

from keepsight.delivery.derived.files import PREFIXES, Files
from keepsight.delivery.derived.index import Index

_PAUSE = 5.0
"""Seconds between two steps, so that a round takes about twenty minutes;"""
_SHARE = 20
"""and at least so many times what a step took: a twentieth of a core and of the disk."""
_SPELL = 0.5
"""Seconds of work at a time on an index that is new."""

log = structlog.get_logger()


class Walk:
    """Around the files, again and again; quickly while the index is new. For one thread at a time."""

    def __init__(self, files: Files, index: Index) -> None:
        self._files, self._index = files, index
        # Several processes begin at different places, and so share the work.
        self._at = random.randrange(len(PREFIXES))  # noqa: S311 - no secret
        self._steps = 0
        self._opening = 0
        self._ended, self._took = 0.0, 0.0

    def step(self) -> None:
        """Take the next steps if it is time for them. Raises sqlite3.Error."""
        began = time.monotonic()
        if self._index.complete:
            if began - self._ended >= max(_PAUSE, _SHARE * self._took):
                self._take()
                self._rest(began)
        elif began - self._ended >= self._took:  # of an index that is new, half of the time
            while not self._index.complete and time.monotonic() - began < _SPELL:
                self._take()
            self._rest(began)

    def _rest(self, began: float) -> None:
        self._ended = time.monotonic()
        self._took = self._ended - began

    def whole(self) -> None:
        """A whole round, now. Raises sqlite3.Error."""
        while True:
            self._steps = 0
            for _ in PREFIXES:
                self._take()
            if self._index.complete:  # else it was opened anew meanwhile, at the latest by the first step
                return

    def _take(self) -> None:
        if self._steps == 0:
            self._files.sweep()
            self._opening = self._index.openings
        self._compare(PREFIXES[self._at])
        self._at = (self._at + 1) % len(PREFIXES)
        self._steps += 1
        if self._opening != self._index.openings:  # perhaps made anew meanwhile: its round begins here
            self._steps = 0
        elif self._steps == len(PREFIXES):
            self._steps = 0
            if not self._index.complete:
                self._index.completed()

    def _compare(self, prefix: str) -> None:
        # Rows first: whatever is published and recorded from here on is not taken for a row without a file.
        known = self._index.under(prefix)
        there = list(self._files.under(prefix))
        uncounted = [file for file in there if file.key not in known]
        vanished = known.difference(file.key for file in there)
        if uncounted:
            self._index.add_found(uncounted)
        if vanished:
            self._index.remove(vanished)
        if uncounted or vanished:
            log.info("derived.reconciled", uncounted=len(uncounted), vanished=len(vanished))
