"""Derived images on disk: one self-describing file each, published atomically, bounded by an index.

A file is a line of JSON, which names the key and the length of the body, and the body. So a file that is truncated or
not the one asked for is seen and never served, and the index can be made anew from the files.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Lock

import structlog

from keepsight.pixels.formats import Format
from keepsight.pixels.header import Header
from keepsight.telemetry.metrics import EVICTED_BYTES, EVICTED_IMAGES
from keepsight.write_ahead import use_write_ahead_log

_SCHEMA = """
CREATE TABLE IF NOT EXISTS derived (
    key TEXT PRIMARY KEY, original TEXT NOT NULL, bytes INTEGER NOT NULL, used REAL NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS derived_used ON derived (used);
CREATE INDEX IF NOT EXISTS derived_original ON derived (original);
CREATE TABLE IF NOT EXISTS total (images INTEGER NOT NULL, bytes INTEGER NOT NULL);
INSERT INTO total SELECT COUNT(*), COALESCE(SUM(bytes), 0) FROM derived WHERE NOT EXISTS (SELECT 1 FROM total);
CREATE TRIGGER IF NOT EXISTS derived_in AFTER INSERT ON derived
    BEGIN UPDATE total SET images = images + 1, bytes = bytes + NEW.bytes; END;
CREATE TRIGGER IF NOT EXISTS derived_again AFTER UPDATE OF bytes ON derived
    BEGIN UPDATE total SET bytes = bytes - OLD.bytes + NEW.bytes; END;
CREATE TRIGGER IF NOT EXISTS derived_out AFTER DELETE ON derived
    BEGIN UPDATE total SET images = images - 1, bytes = bytes - OLD.bytes; END;
"""
_RECORD = """
INSERT INTO derived VALUES (?, ?, ?, ?)
ON CONFLICT (key) DO UPDATE SET original = excluded.original, bytes = excluded.bytes, used = excluded.used
"""
_TOUCH_SECONDS = 60.0
"""A hit is written to the index at most so often: recency to the minute is enough to evict by."""
_TRIM_TO = 0.95
"""Share of the limit that an eviction leaves, so that it is not needed again at once."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Content:
    """What a picture is, and what it was made from; pixels of upright pictures, bytes, formats as extensions."""

    width: int
    height: int
    format: str
    original_width: int
    original_height: int
    original_bytes: int
    original_format: str

    @classmethod
    def of(cls, header: Header, format_: Format, width: int, height: int) -> Content:
        """Of a picture in a format, made from an original."""
        now, then = _extension(format_), _extension(header.format)
        return cls(width, height, now, header.width, header.height, header.bytes, then)

    def described(self, size: int) -> str:
        """The `content-info` of `Server-Timing`, which measuring tools read; `size` in bytes of the picture."""
        now = f'width={self.width},height={self.height},bytes={size},format=\\"{self.format}\\"'
        then = f"owidth={self.original_width},oheight={self.original_height},obytes={self.original_bytes}"
        return f'content-info;desc="{now},{then},oformat=\\"{self.original_format}\\""'


@dataclass(frozen=True, slots=True)
class Derived:
    """One delivered image and what is said with it."""

    body: bytes
    content_type: str
    etag: str
    """Strong, quoted."""
    crop_box: str
    focus: str
    content: Content | None
    """None where the body tells of a picture and is none."""
    modified: int
    """When it was made, in seconds since the epoch."""
    attachment: str | None = None
    """The name under which it is saved, without an extension; None: it is shown."""
    suffix: str = "json"
    """The extension with which what is no picture is saved; "" for none."""
    immutable: bool = False
    """Whether a client need never ask again, by `fl_immutable_cache`."""


def _extension(format_: Format) -> str:
    return {"jpeg": "jpg"}.get(format_, format_)


@dataclass(frozen=True, slots=True)
class CacheStats:
    """What the derived cache holds."""

    images: int
    bytes: int


class DerivedCache:
    """Safe for threads; several processes may share one folder."""

    def __init__(self, folder: Path, max_bytes: int) -> None:
        self._files, self._max_bytes = folder / "derived", max_bytes
        self._files.mkdir(parents=True, exist_ok=True)
        self._index_path = folder / "derived.sqlite3"
        self._lock = Lock()
        self._touched: dict[str, float] = {}
        self._index = self._open_index()

    def get(self, original: str, key: str) -> Derived | None:
        """The stored image of `key` under the digest of its original, or None. A damaged file is removed."""
        path = self._path(original, key)
        try:
            content = path.read_bytes()
        except OSError:
            return None
        derived = unpack(content, key)
        if derived is None:
            log.warning("derived.damaged", key=key)
            self._forget(original, key)
            return None
        self._touch(key)
        return derived

    def put(self, original: str, key: str, derived: Derived) -> bool:
        """Publish atomically; False (and a line in the log) when the disk does not take it."""
        path = self._path(original, key)
        content = pack(derived, key)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            _publish(path, content)
        except OSError as error:
            log.error("derived.not_stored", key=key, error=error.strerror)
            return False
        try:
            self._record(key, original, len(content))
        except sqlite3.Error as error:  # the image is there and will be served; it is only not counted
            log.error("derived.not_counted", key=key, error=str(error))
        return True

    def stats(self) -> CacheStats:
        """Counts from the index."""
        with self._lock:
            return CacheStats(*self._index.execute("SELECT images, bytes FROM total").fetchone())

    def trim(self, max_bytes: int | None = None) -> int:
        """Evict the least recently used images down to `max_bytes` (default: the limit); how many bytes went."""
        limit = self._max_bytes if max_bytes is None else max_bytes
        freed, excess = 0, self.stats().bytes - limit
        while excess > freed:
            with self._lock:
                rows = self._index.execute(
                    "SELECT key, original, bytes FROM derived ORDER BY used LIMIT 256"
                ).fetchall()
            if not rows:
                break
            for key, original, size in rows:
                self._forget(original, key)
                freed += size
                EVICTED_IMAGES.inc()
                EVICTED_BYTES.inc(size)
                if freed >= excess:
                    break
        return freed

    def purge(self, original: str | None = None) -> None:
        """Remove every image, or all those of one original."""
        if original is None:
            shutil.rmtree(self._files, ignore_errors=True)
            self._files.mkdir(parents=True, exist_ok=True)
        else:
            shutil.rmtree(self._folder(original), ignore_errors=True)
        with self._lock:
            self._index.execute("DELETE FROM derived WHERE ? IS NULL OR original = ?", (original, original))

    def close(self) -> None:
        """Close the index."""
        with self._lock:
            self._index.close()

    def _folder(self, original: str) -> Path:
        return self._files / original[:2] / original

    def _path(self, original: str, key: str) -> Path:
        return self._folder(original) / key

    def _open_index(self) -> sqlite3.Connection:
        try:
            return self._connect()
        except sqlite3.OperationalError:  # locked for too long, or the disk: not damaged
            raise
        except sqlite3.DatabaseError:
            log.warning("derived.index_rebuilt", path=self._index_path.name)
            for suffix in ("", "-wal", "-shm"):
                Path(f"{self._index_path}{suffix}").unlink(missing_ok=True)
            index = self._connect()
            index.executemany(_RECORD, self._scan())
            return index

    def _connect(self) -> sqlite3.Connection:
        index = sqlite3.connect(self._index_path, check_same_thread=False, isolation_level=None, timeout=10)
        use_write_ahead_log(index, patience=10)
        index.execute("PRAGMA synchronous=NORMAL")  # losing the last rows costs a late eviction, no picture
        index.executescript(_SCHEMA)
        return index

    def _scan(self) -> Iterator[tuple[str, str, int, float]]:
        for path in self._files.glob("??/*/*"):
            if not path.name.startswith("."):
                status = path.stat()
                yield path.name, path.parent.name, status.st_size, status.st_mtime

    def _record(self, key: str, original: str, size: int) -> None:
        with self._lock:
            self._index.execute(_RECORD, (key, original, size, time.time()))
        if self.stats().bytes > self._max_bytes:
            self.trim(int(self._max_bytes * _TRIM_TO))

    def _touch(self, key: str) -> None:
        now = time.time()
        with self._lock:
            if now - self._touched.get(key, 0.0) < _TOUCH_SECONDS:
                return
            if len(self._touched) > 10_000:
                self._touched.clear()
            self._touched[key] = now
            with suppress(sqlite3.OperationalError):  # another process writes: this hit goes uncounted
                self._index.execute("UPDATE derived SET used = ? WHERE key = ?", (now, key))

    def _forget(self, original: str, key: str) -> None:
        self._path(original, key).unlink(missing_ok=True)
        with self._lock:
            self._index.execute("DELETE FROM derived WHERE key = ?", (key,))


def _publish(path: Path, content: bytes) -> None:
    """The whole file or none of it, also after a power cut. Raises OSError."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as file:
        unpublished = Path(file.name)
        try:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            unpublished.replace(path)
        except BaseException:
            unpublished.unlink(missing_ok=True)
            raise


def pack(derived: Derived, key: str) -> bytes:
    """The image as a file that describes itself."""
    head = asdict(derived) | {"key": key, "bytes": len(derived.body)}
    del head["body"]
    return json.dumps(head).encode() + b"\n" + derived.body


def unpack(content: bytes, key: str) -> Derived | None:
    """The image in such a file; None when it is damaged or that of another key."""
    end = content.find(b"\n")
    try:
        head = json.loads(content[:end])
        body = content[end + 1 :]
        if head.pop("key") != key or head.pop("bytes") != len(body):
            return None
        pictured = head.pop("content")
        return Derived(body=body, content=Content(**pictured) if pictured else None, **head)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
