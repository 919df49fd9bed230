"""A file that is still arriving: its bytes, and the tag of the version that they belong to."""

from __future__ import annotations

import fcntl
from pathlib import Path
from typing import IO

from keepsight.errors import FetchError


def tag_of(path: Path) -> Path:
    """Where the tag of the partial file at `path` is kept."""
    return path.with_name(path.name + ".tag")


def discard(path: Path) -> None:
    """Remove a partial file and its tag, if they are there."""
    path.unlink(missing_ok=True)
    tag_of(path).unlink(missing_ok=True)


class Part:
    """An open partial file, claimed by this process."""

    def __init__(self, file: IO[bytes], path: Path, url: str, *, resume: bool) -> None:
        """Claim `file`, which is open for appending. Without `resume`, what is in it is dropped.

        Raises FetchError when another process is writing it.
        """
        self._file = file
        self._tag = tag_of(path)
        self._resume = resume
        self._url = url
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise FetchError(f"{path.name} is being fetched by another process") from error
        self.validator = self._read_validator() if resume else ""
        """What the server called the version of the bytes that are there; empty: nothing can be gone on from."""
        if not self.validator:
            self.restart()

    @property
    def size(self) -> int:
        """Bytes that are there."""
        return self._file.seek(0, 2)

    def restart(self, validator: str = "") -> None:
        """Drop what is there. `validator` belongs to what will come: without one, it cannot be resumed."""
        self._file.truncate(0)
        self.validator = validator
        if validator and self._resume:
            self._tag.write_text(f"{self._url}\n{validator}", "utf-8")
        else:
            self._tag.unlink(missing_ok=True)

    def complete(self) -> None:
        """Everything is there: nothing is left to resume."""
        self._tag.unlink(missing_ok=True)

    def write(self, chunk: bytes) -> None:
        """Append bytes."""
        self._file.write(chunk)

    def _read_validator(self) -> str:
        try:
            url, _, validator = self._tag.read_text("utf-8").partition("\n")
        except (FileNotFoundError, UnicodeDecodeError):
            return ""
        return validator if url == self._url and self.size > 0 else ""
