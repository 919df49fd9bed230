"""The pictures of a media folder, a page at a time, in the order of their paths."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from keepsight.pixels.formats import EXTENSIONS

_MOST_SEEN = 200_000
"""Files that one page looks at: a folder without a match must not hold the server up."""


@dataclass(frozen=True, slots=True)
class Page:
    """Public ids with their extensions."""

    names: tuple[str, ...]
    after: str | None
    """For the next page; None: this is the last."""


def pictures(folder: Path, *, contains: str = "", after: str = "", most: int = 48) -> Page:
    """Pictures whose path holds `contains`, in whatever case, behind `after`. Hidden ones are left out."""
    wanted = contains.casefold()
    seen = islice(_walk(folder, "", tuple(after.split("/")) if after else ()), _MOST_SEEN)
    found = list(islice((name for name in seen if wanted in name.casefold()), most + 1))
    return Page(tuple(found[:most]), found[most - 1] if len(found) > most else None)


def _walk(folder: Path, prefix: str, after: tuple[str, ...]) -> Iterator[str]:
    """Names in order; `after` is the path to begin behind, part by part, so that what is before it is not opened."""
    try:
        with os.scandir(folder) as entries:
            inside = sorted((e for e in entries if not e.name.startswith(".")), key=lambda e: e.name)
    except OSError:  # removed since, or not ours to read
        return
    first, *rest = after or ("",)
    for entry in inside:
        if entry.name < first:
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(Path(entry.path), f"{prefix}{entry.name}/", tuple(rest) if entry.name == first else ())
        elif _is_picture(entry) and (rest or entry.name != first):
            yield f"{prefix}{entry.name}"


def _is_picture(entry: os.DirEntry[str]) -> bool:
    stem, _, extension = entry.name.rpartition(".")
    return bool(stem) and extension.lower() in EXTENSIONS and entry.is_file()
