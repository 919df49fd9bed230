"""State of the folders of weights, by which answers in memory notice that a model was installed or removed."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_SETTLED_NS = 100_000_000
"""Nanoseconds: ten times what the clocks of common file systems count in."""
_MOVING = -1
"""Stands for a folder that may still change without its time of change telling it."""
_ABSENT = -2


@dataclass(frozen=True, slots=True)
class Installation:
    """The folders of weights, each with its time of change.

    A file that comes or goes changes the time of its folder; one that is written over in place does not, which
    `models pull` never does.
    """

    folders: tuple[tuple[str, int], ...]
    """Each with its time of change, in nanoseconds."""

    @classmethod
    def of(cls, folders: Iterable[Path]) -> Installation:
        """The state of these folders now; one that is missing counts, too."""
        settled = time.time_ns() - _SETTLED_NS
        times = ((str(folder), _changed(str(folder))) for folder in folders)
        return cls(tuple((folder, changed if changed < settled else _MOVING) for folder, changed in times))

    def holds(self) -> bool:
        """Whether they certainly are as they were."""
        return all(changed != _MOVING and _changed(folder) == changed for folder, changed in self.folders)


def _changed(folder: str) -> int:
    try:
        return os.stat(folder).st_mtime_ns  # noqa: PTH116 - each hit asks
    except OSError:
        return _ABSENT
