"""Finding the installed weights of a model, and recognising them."""

from __future__ import annotations

import hashlib
import os
import time
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from cachetools import LRUCache, cached

from keepsight.detect.card import Card, WeightsFile
from keepsight.errors import ModelError

_SETTLED_NS = 2_000_000_000
"""Nanoseconds; the coarsest clock of a file system in use counts two seconds."""


@dataclass(frozen=True, slots=True)
class Weights:
    """An installed weights file."""

    path: Path
    sha256: str
    """Hexadecimal digest of its content."""
    recognised: bool | None
    """True: it is the file the card means. False: it differs. None: the card says nothing to compare with."""

    def read(self) -> bytes:
        """The content, in one piece: what was recognised is what gets loaded.

        Raises ModelError when it cannot be read or is no longer the file that was found.
        """
        try:
            content = self.path.read_bytes()
        except OSError as error:
            raise ModelError(f"{self.path.name} cannot be read: {error.strerror}") from error
        if hashlib.sha256(content).hexdigest() != self.sha256:
            raise ModelError(f"{self.path.name} changed while it was being loaded")
        return content


def find_weights(card: Card, folder: Path) -> Weights | None:
    """The first file of the card that lies in `folder`, or None.

    Cheap enough for every request: a file is read again only when its size or its time of change differs, and of the
    many names of a card only those are looked at that the folder holds.
    Raises ModelError when a file is there and cannot be read.
    """
    names = _names(folder)
    for file in card.files if names is None else [each for each in card.files if each.name in names]:
        path = f"{folder}/{file.name}"
        try:
            stat = os.stat(path)  # noqa: PTH116 - as below
            sha256, git_blob = _digests(path, stat.st_size, stat.st_mtime_ns)
        except FileNotFoundError:
            continue
        except OSError as error:
            raise ModelError(f"{file.name} cannot be read: {error.strerror}") from error
        verdicts = {_recognised(each, sha256, git_blob) for each in card.files if each.name == file.name}
        return Weights(Path(path), sha256, True if True in verdicts else False if False in verdicts else None)
    return None


def is_file_of_card(file: WeightsFile, path: Path) -> bool | None:
    """Whether the file at `path` is the one that the card means; None when the card says nothing to compare with.

    Raises OSError when it cannot be read.
    """
    stat = path.stat()
    return _recognised(file, *_digests(str(path), stat.st_size, stat.st_mtime_ns))


def sha256_of(path: Path) -> str:
    """Hexadecimal digest of the file at `path`. Raises OSError when it cannot be read."""
    stat = path.stat()
    return _digests(str(path), stat.st_size, stat.st_mtime_ns)[0]


def _names(folder: Path) -> frozenset[str] | None:
    """What lies in a folder; None where that cannot be told, or is just changing.

    A file that comes or goes changes the time of its folder, and for as long as clocks may be coarse after that the
    list is not trusted.
    """
    try:
        changed = os.stat(folder).st_mtime_ns  # noqa: PTH116 - each request asks several times: less overhead
        return _listed(folder, changed) if 0 <= changed < time.time_ns() - _SETTLED_NS else None
    except OSError:
        return None


@cached(LRUCache(maxsize=64), lock=Lock())
def _listed(folder: Path, _mtime_ns: int) -> frozenset[str]:
    return frozenset(os.listdir(folder))  # noqa: PTH208 - names are all that is asked for


def _recognised(file: WeightsFile, sha256: str, git_blob: str) -> bool | None:
    given = {(file.sha256, sha256), (file.git_blob, git_blob)}
    verdicts = {meant == found for meant, found in given if meant is not None}
    return all(verdicts) if verdicts else None


@cached(LRUCache(maxsize=256), lock=Lock())
def _digests(path: str, size: int, mtime_ns: int) -> tuple[str, str]:
    # SHA-1 names the git blob and is compared with published names only; the identity of a model is its SHA-256.
    sha256 = hashlib.sha256()
    git_blob = hashlib.sha1(b"blob %d\0" % size, usedforsecurity=False)
    with Path(path).open("rb") as file:
        while chunk := file.read(1 << 20):
            sha256.update(chunk)
            git_blob.update(chunk)
    return sha256.hexdigest(), git_blob.hexdigest()
