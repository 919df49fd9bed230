"""A store in a folder of the local disk."""

from __future__ import annotations

import os
import stat as modes
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex
from time import time

from keepsight.assets.store.store import Content, Digests, Hashing, Listed, checked, checked_folder
from keepsight.errors import NotFound, Unavailable

_INCOMING = ".incoming"
"""Where bytes are until they are whole; on the same file system, so that they can be moved into place."""
_ABANDONED_AFTER = 86_400
"""Seconds after which what lies in there was left by a crash."""
_PART = 1 << 20


class LocalStore:
    """Files under one folder, named as their keys. One that is being written has its name only once it is whole."""

    def __init__(self, root: Path) -> None:
        """Makes the folder, and clears away what a crash left half written. Raises OSError."""
        self._root = root.resolve()
        self._incoming = self._root / _INCOMING
        self._incoming.mkdir(parents=True, exist_ok=True)
        for left in self._incoming.iterdir():
            with suppress(OSError):  # another process was quicker
                if time() - left.stat().st_mtime > _ABANDONED_AFTER:
                    left.unlink()

    def put(self, key: str, content: Content) -> Digests:
        """Write beside, sync, move into place, sync the folder."""
        path = self._path(key)
        parts = Hashing(content)
        beside = self._incoming / token_hex(16)
        try:
            with _as_unavailable("stored"):
                file = beside.open("xb", buffering=0)
            with file:
                for part in parts:
                    with _as_unavailable("stored"):
                        _write_all(file.fileno(), part)
                with _as_unavailable("stored"):
                    os.fsync(file.fileno())
            with _as_unavailable("stored"):
                self._make_folders(path.parent)
                beside.replace(path)
                _sync_folder(path.parent)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise
        return parts.digests()

    def get(self, key: str) -> bytes:
        """All its bytes. Raises NotFound or Unavailable."""
        path = self._path(key)
        with _as_unavailable("read", key):
            return path.read_bytes()

    def stream(self, key: str) -> Iterator[bytes]:
        """Its bytes in parts of 1 MiB. Raises NotFound or Unavailable."""
        path = self._path(key)
        with _as_unavailable("read", key), path.open("rb") as file:
            while part := file.read(_PART):
                yield part

    def stat(self, key: str) -> Listed | None:
        """Its size and date; None when there is none."""
        path = self._path(key)
        try:
            with _as_unavailable("read", key):
                status = path.stat()
        except NotFound:
            return None
        return _listed(key, status) if modes.S_ISREG(status.st_mode) else None

    def delete(self, key: str) -> None:
        """Away with it. Empty folders stay: taking one away would race with a file that is about to go in."""
        path = self._path(key)
        with suppress(NotFound), _as_unavailable("deleted", key):
            path.unlink()

    def list(self, folder: str = "") -> Iterator[Listed]:
        """Every file under the folder."""
        start = self._root / checked_folder(folder)
        for place, folders, files in os.walk(start):
            folders[:] = [f for f in folders if not f.startswith(".")]
            for name in files:
                path = Path(place, name)
                with suppress(OSError, ValueError):  # it went away just now, or is no file of ours
                    yield _listed(checked(path.relative_to(self._root).as_posix()), path.stat())

    def _path(self, key: str) -> Path:
        return self._root / checked(key)

    def _make_folders(self, folder: Path) -> None:
        """Make what is missing, and sync each folder that has got a new one: else a crash may take both away."""
        missing = []
        while not folder.is_dir():
            missing.append(folder)
            folder = folder.parent
        for new in reversed(missing):
            new.mkdir(exist_ok=True)
            _sync_folder(new.parent)


def _write_all(descriptor: int, part: bytes) -> None:
    view = memoryview(part)
    while view:
        view = view[os.write(descriptor, view) :]


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _listed(key: str, status: os.stat_result) -> Listed:
    return Listed(key, status.st_size, datetime.fromtimestamp(status.st_mtime, UTC))


@contextmanager
def _as_unavailable(done: str, key: str | None = None) -> Iterator[None]:
    """Faults of the disk; with a key, one that there is no file is told apart."""
    try:
        yield
    except OSError as error:
        if key is not None and isinstance(error, FileNotFoundError | NotADirectoryError | IsADirectoryError):
            raise NotFound(f"Nothing is stored as {key}") from None
        raise Unavailable(f"The bytes cannot be {done} just now ({error.strerror})") from error
