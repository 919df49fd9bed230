"""A folder of pictures as a media library: the public id is the path inside it, with or without the extension."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from pathlib import Path

from keepsight.assets.normal_form import path_spellings
from keepsight.assets.original import Original, Stamp, stamp_of
from keepsight.assets.sidecar import sidecar_stamp


class Folder:
    """The pictures of one delivery type under one folder of the local disk. Safe for threads."""

    def __init__(self, root: Path, extensions: Iterable[str], type_: str) -> None:
        """`extensions` of originals, lower case, in the order in which a public id without one finds them."""
        self._root = root.resolve()
        self._extensions = tuple(e for low in extensions for e in (low, low.upper()))
        self._type = type_

    def find(self, public_id: str, extension: str | None) -> Original | None:
        """The picture that `public_id` names, see `Originals.find`."""
        if not _is_safe(public_id):
            return None
        for spelt in path_spellings(public_id):
            for key, wanted in self._spellings(spelt):
                if (found := self._stat(key)) is not None:
                    path, stamp = found
                    return Original(key, path, stamp, extension or wanted, sidecar_stamp(path), self._type)
        return None

    def holds(self, path: Path) -> bool:
        """Whether no link leads out of the folder. Raises OSError or ValueError for a path that is none."""
        return os.path.commonpath((self._root, path.resolve())) == str(self._root)

    def _spellings(self, public_id: str) -> list[tuple[str, str | None]]:
        """Keys to try, each with the extension that is then left over as the wanted format."""
        stem, dot, extension = public_id.rpartition(".")
        tries: list[tuple[str, str | None]] = [(public_id, None)]
        tries += [(f"{public_id}.{e}", None) for e in self._extensions]
        if dot and stem and not stem.endswith("/"):
            tries.append((stem, extension.lower()))
            tries += [(f"{stem}.{e}", extension.lower()) for e in self._extensions]
        return tries

    def _stat(self, key: str) -> tuple[Path, Stamp] | None:
        path = self._root / key
        try:
            status = path.stat()
            if not stat.S_ISREG(status.st_mode) or not self.holds(path):
                return None
        except (OSError, ValueError):
            return None
        return path, stamp_of(status)


def _is_safe(public_id: str) -> bool:
    """No way out of the library, no hidden file, nothing that another system would read as a separator."""
    parts = public_id.split("/")
    return "\\" not in public_id and "\0" not in public_id and all(p and not p.startswith(".") for p in parts)
