"""Files under names that are digests, each with a note beside it; the oldest go when there are too many."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from pathlib import Path
from threading import Lock

import structlog

from keepsight.errors import Unavailable

_TRIM_TO = 0.9
"""Share of the limit that an eviction leaves, so that it is not needed again at once."""

log = structlog.get_logger()


class FileStore:
    """Safe for threads; several processes may share one folder."""

    def __init__(self, folder: Path, max_bytes: int) -> None:
        self._folder, self._max_bytes = folder, max_bytes
        self._bytes: int | None = None
        self._lock = Lock()

    def path(self, name: str) -> Path:
        """Where the file of that name is, or would be."""
        return self._folder / name[:2] / name

    def noted(self, name: str) -> str | None:
        """The note beside a file; None without one."""
        try:
            return self._note(name).read_text("utf-8")
        except (OSError, UnicodeDecodeError):
            return None

    def note(self, name: str, note: str) -> None:
        """Write the note beside a file that is there. Raises Unavailable when the disk does not take it."""
        self._publish(self._note(name), note.encode())

    def put(self, name: str, content: bytes, note: str) -> None:
        """Publish a file, whole or not at all, and its note. Raises Unavailable when the disk does not take it."""
        self._publish(self.path(name), content)
        self.note(name, note)
        with self._lock:
            if self._bytes is None:
                self._bytes = sum(size for _, size, _ in self._files())
            else:
                self._bytes += len(content)
            if self._bytes > self._max_bytes:
                self._bytes = self._evict()

    def _note(self, name: str) -> Path:
        return self.path(name).with_suffix(".json")

    def _publish(self, path: Path, content: bytes) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as file:
                unpublished = Path(file.name)
                try:
                    file.write(content)
                    file.close()
                    unpublished.replace(path)
                except BaseException:
                    unpublished.unlink(missing_ok=True)
                    raise
        except OSError as error:
            log.error("store.not_written", error=error.strerror)
            raise Unavailable(f"A file cannot be stored just now ({error.strerror})") from error

    def _evict(self) -> int:
        """Drop the files whose notes are the oldest. Returns the bytes that are left."""
        files = sorted(self._files())
        left = sum(size for _, size, _ in files)
        for _, size, path in files:
            if left <= self._max_bytes * _TRIM_TO:
                break
            self._note(path.name).unlink(missing_ok=True)
            path.unlink(missing_ok=True)
            left -= size
        return left

    def _files(self) -> list[tuple[float, int, Path]]:
        """Time of the note, size and path of every file."""
        found = []
        for path in self._folder.glob("??/*"):
            if path.suffix or path.name.startswith("."):
                continue
            with suppress(OSError):  # another process evicted it
                note = self._note(path.name)
                age = (note if note.exists() else path).stat().st_mtime
                found.append((age, path.stat().st_size, path))
        return found
