"""The files of the derived cache: `derived/<two digits>/<digest of the original>/<key>`.

All that was made of one original lies in one folder, so that it can be removed in one move.
"""

from __future__ import annotations

import itertools
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_DIGITS = "0123456789abcdef"
PREFIXES = tuple(a + b for a in _DIGITS for b in _DIGITS)
"""The names of the outer folders: the first two digits of the digests in them."""
_UNFINISHED = ".unfinished"
_ABANDONED = 600.0
"""Seconds after which an unfinished file has no writer any more: writing one takes milliseconds."""
_ATTEMPTS = 5
"""An eviction may take an empty folder away between the moment it is made and the moment it is filled."""

_READING = os.O_RDONLY | os.O_CLOEXEC

_numbers = itertools.count()


@dataclass(frozen=True, slots=True)
class Stored:
    """A file that is there."""

    key: str
    original: str
    bytes: int
    modified: float
    """Seconds since the epoch, by the clock of whoever wrote it."""


class Files:
    """Reads, publishes and removes them; every method raises OSError and nothing else. Safe for threads."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._unfinished = folder / _UNFINISHED
        # A time of access is a write, and waits when the file system does. Only the owner of a file may leave it out.
        self._reading = _READING | getattr(os, "O_NOATIME", 0)

    def read(self, original: str, key: str) -> bytes:
        """All of a file."""
        # A bare descriptor: half the time of an open file's layers, and lookups are counted in microseconds.
        path = f"{self.folder}/{original[:2]}/{original}/{key}"
        try:
            descriptor = os.open(path, self._reading)
        except PermissionError:
            if self._reading == _READING:
                raise
            self._reading = _READING
            descriptor = os.open(path, self._reading)
        try:
            size = os.fstat(descriptor).st_size
            content = os.read(descriptor, size)
            while len(content) < size and (more := os.read(descriptor, size - len(content))):
                content += more
            return content
        finally:
            os.close(descriptor)

    def publish(self, original: str, key: str, content: bytes) -> None:
        """The whole file or none of it, whenever the process ends. Not synced: see `packing`."""
        path = self._path(original, key)
        unfinished = self._unfinished / f"{os.getpid()}-{next(_numbers)}"
        for attempt in range(_ATTEMPTS):
            try:
                _write(unfinished, content)
                unfinished.replace(path)
                return
            except BaseException as error:
                with suppress(OSError):
                    unfinished.unlink(missing_ok=True)
                if not isinstance(error, FileNotFoundError) or attempt == _ATTEMPTS - 1:
                    raise
            self._unfinished.mkdir(parents=True, exist_ok=True)
            path.parent.mkdir(parents=True, exist_ok=True)

    def remove(self, original: str, key: str) -> None:
        """A file, if it is there, and its folder if that is empty then."""
        path = self._path(original, key)
        path.unlink(missing_ok=True)
        with suppress(OSError):  # others are in it
            path.parent.rmdir()

    def remove_all(self, original: str | None = None) -> None:
        """Every file, or all those of one original: out of sight at once, and then removed."""
        there = self.folder if original is None else self.folder / original[:2] / original
        aside = self.folder.with_name(f".purged-{os.getpid()}-{next(_numbers)}")
        with suppress(FileNotFoundError):
            there.replace(aside)
        shutil.rmtree(aside, ignore_errors=True)

    def under(self, prefix: str) -> Iterator[Stored]:
        """The files whose originals have digests that begin with these two digits."""
        for original in _entries(self.folder / prefix):
            for entry in _entries(Path(original.path)):
                with suppress(OSError):  # evicted meanwhile
                    status = entry.stat(follow_symlinks=False)
                    yield Stored(entry.name, original.name, status.st_size, status.st_mtime)

    def sweep(self) -> int:
        """Remove what a killed process left unfinished; how many files."""
        swept = 0
        for entry in _entries(self._unfinished):
            with suppress(OSError):
                # Also what comes from the future: its writer's clock was wrong, and it is as dead.
                if abs(time.time() - entry.stat().st_mtime) > _ABANDONED:
                    Path(entry.path).unlink()
                    swept += 1
        for purged in self.folder.parent.glob(".purged-*"):
            shutil.rmtree(purged, ignore_errors=True)
        return swept

    def _path(self, original: str, key: str) -> Path:
        return self.folder / original[:2] / original / key


def _write(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        rest = memoryview(content)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
    finally:
        os.close(descriptor)


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except (FileNotFoundError, NotADirectoryError):
        return []
