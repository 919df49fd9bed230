"""One picture as it came in."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from keepsight.assets.sidecar import SidecarStamp

Stamp = tuple[int, int, int]
"""Inode, size and modification time in nanoseconds: when they change, the file has."""


@dataclass(frozen=True, slots=True)
class Original:
    """One stored picture, as it was when it was found."""

    key: str
    """Path inside its folder, with its extension; the address of a picture from another server."""
    path: Path
    stamp: Stamp
    extension: str | None
    """The extension in the URL that asks for another format, lower case; None where the id itself ended so."""
    sidecar: SidecarStamp | None = None
    """Of the coordinates file beside it, None without one: when it changes, what it decided is no longer true."""
    type: str = "upload"
    """The delivery type that it belongs to."""
    fresh_until: float | None = None
    """Seconds since the epoch after which its server is asked again; None: it has none."""

    @property
    def modified(self) -> int:
        """Time of the last change, in seconds since the epoch."""
        return self.stamp[2] // 1_000_000_000


def stamp_of(status: os.stat_result) -> Stamp:
    """The stamp of a file."""
    return status.st_ino, status.st_size, status.st_mtime_ns
