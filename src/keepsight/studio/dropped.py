"""Photos that were dropped on the page to be tried: files of the data folder that go by themselves.

They are no part of the library: nobody can ask for them but the studio, and nothing derived from them is kept. What
detectors saw in one is remembered as for any photo, under its digest.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from keepsight.errors import BadImage, Unavailable
from keepsight.pixels.formats import EXTENSIONS
from keepsight.pixels.header import Header, read_header
from keepsight.pixels.limits import Limits

_NAME_LENGTH = 32
_EXTENSION_OF = {format_: extension for extension, format_ in reversed(tuple(EXTENSIONS.items()))}


@dataclass(frozen=True, slots=True)
class Dropped:
    """A photo that was taken."""

    name: str
    """Of the file: digest and extension; the same photo has the same name."""
    header: Header


class DropBox:
    """The folder of dropped photos, bounded in size and age. Safe for threads and for several processes."""

    def __init__(self, folder: Path, limits: Limits, *, max_bytes: int, max_age: int) -> None:
        """`max_age` in seconds since a photo was last dropped. A photo older than that goes with the next drop."""
        self.folder = folder
        self._limits, self._max_bytes, self._max_age = limits, max_bytes, max_age
        folder.mkdir(parents=True, exist_ok=True)

    def take(self, data: bytes) -> Dropped:
        """Keep a photo for a while. Raises BadImage for what is none or over a limit, Unavailable on a full disk."""
        if not data:
            raise BadImage("The file is empty (expected a picture)")
        header = read_header(data, self._limits)
        name = f"{hashlib.sha256(data).hexdigest()[:_NAME_LENGTH]}.{_EXTENSION_OF[header.format]}"
        try:
            self._publish(name, data)
        except OSError as error:
            raise Unavailable(f"The photo cannot be kept just now ({error.strerror})") from error
        self.trim(spare=name)
        return Dropped(name, header)

    def trim(self, spare: str = "") -> None:
        """Remove what is too old, then the oldest while there is too much; never `spare`."""
        now, left = time.time(), 0
        for modified, size, path in sorted(self._files(), reverse=True):
            left += size
            if path.name != spare and (now - modified > self._max_age or left > self._max_bytes):
                with suppress(FileNotFoundError):
                    path.unlink()
                left -= size

    def _publish(self, name: str, data: bytes) -> None:
        with tempfile.NamedTemporaryFile(dir=self.folder, prefix=".", delete=False) as file:
            file.write(data)
        os.replace(file.name, self.folder / name)  # noqa: PTH105 - the counterpart of the name that tempfile gives

    def _files(self) -> list[tuple[float, int, Path]]:
        found = []
        for path in self.folder.iterdir():
            with suppress(FileNotFoundError):
                status = path.stat()
                found.append((status.st_mtime, status.st_size, path))
        return found
