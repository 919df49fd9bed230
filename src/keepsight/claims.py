"""Who makes what, among the processes of one machine: locks that end with the process that has them.

Each key is one byte of one file, far behind its end, locked by `fcntl`: nothing is written, no files pile up, and the
system itself frees what a killed process held. A library would take a file for each lock, or make keys share some.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

import structlog

_POLL, _LONGEST_POLL = 0.005, 0.1
_BITS = 62
"""An offset in a file is a positive number of 63 bits."""

log = structlog.get_logger()


class Claims:
    """Claims on keys. Safe for threads; a process claims a key once, too.

    Where the file cannot be made or locked, as on a read-only disk, there is nobody else to agree with: every key is
    free to all other processes.
    """

    def __init__(self, path: Path) -> None:
        self._held: set[str] = set()
        self._lock = Lock()
        self._file: int | None = None
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            log.warning("claims.unshared", file=path.name, error=error.strerror)

    def take(self, key: str) -> bool:
        """Claim it, without waiting; False while somebody else has it."""
        with self._lock:
            if key in self._held or not self._locked(key):
                return False
            self._held.add(key)
            return True

    def release(self, key: str) -> None:
        """Give up a claim."""
        with self._lock:
            self._held.discard(key)
            if self._file is not None:
                fcntl.lockf(self._file, fcntl.LOCK_UN, 1, _offset(key))

    @contextmanager
    def held(self, key: str, patience: float) -> Iterator[bool]:
        """Wait up to so many seconds for it, and go on without it then; whether it was taken. Blocks."""
        ends, taken = time.monotonic() + patience, self.take(key)
        for pause in pauses():
            if taken or time.monotonic() > ends:
                break
            time.sleep(pause)
            taken = self.take(key)
        try:
            yield taken
        finally:
            if taken:
                self.release(key)

    def close(self) -> None:
        """Give up all claims."""
        with self._lock:
            if self._file is not None:
                os.close(self._file)
                self._file = None

    def _locked(self, key: str) -> bool:
        if self._file is None:
            return True
        try:
            fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, _offset(key))
        except OSError as error:
            # A disk that does not lock is no reason not to serve.
            return error.errno not in (errno.EACCES, errno.EAGAIN)
        return True


def pauses() -> Iterator[float]:
    """Seconds between two looks at what somebody else has, longer and longer."""
    pause = _POLL
    while True:
        yield pause
        pause = min(pause * 1.5, _LONGEST_POLL)


def _offset(key: str) -> int:
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big") >> (64 - _BITS)
