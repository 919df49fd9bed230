"""One `/metrics` for all processes behind a port.

prometheus_client keeps the values of each process in files of one folder, which is named in the environment before it
is imported, and adds them up. Here is what it leaves to its user: a folder for each server, which goes with it, and
the files of processes that died, which would pile up: their counts are kept in one file, their gauges go.
"""

from __future__ import annotations

import os
import shutil
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from filelock import FileLock, Timeout
from prometheus_client import CollectorRegistry
from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.multiprocess import MultiProcessCollector

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
_OWNER, _READER, _GONE = "owner.lock", "reader.lock", "gone"
_PATIENCE = 5.0
"""Seconds that one who wants to read waits for another."""


@contextmanager
def shared_values(data: Path) -> Iterator[None]:
    """A folder for the values of the processes that are started inside of this; folders of dead servers go."""
    place = data / "metrics"
    place.mkdir(parents=True, exist_ok=True)
    folder = place / uuid4().hex
    owner = FileLock(folder / _OWNER)
    with FileLock(place / "all.lock"):
        for other in place.iterdir():
            if other.is_dir():
                _remove_unowned(other)
        folder.mkdir()
        owner.acquire()
    os.environ[VARIABLE] = str(folder)
    try:
        yield
    finally:
        del os.environ[VARIABLE]
        owner.release()
        shutil.rmtree(folder, ignore_errors=True)


def registry_of_all(own: CollectorRegistry) -> CollectorRegistry:
    """A registry that tells of all processes; `own` where there is only this one."""
    folder = os.environ.get(VARIABLE)
    if folder is None:
        return own
    registry = CollectorRegistry()
    MultiProcessCollector(registry, folder)  # type: ignore[no-untyped-call]  # prometheus_client has no types here
    return registry


@contextmanager
def reading() -> Iterator[None]:
    """While the values are read, no other process folds files together. Raises Timeout after five seconds."""
    folder = os.environ.get(VARIABLE)
    if folder is None:
        yield
        return
    with FileLock(Path(folder) / _READER, timeout=_PATIENCE):
        fold_dead(Path(folder))
        yield


def fold_dead(folder: Path) -> None:
    """Add the counts of processes that died to the one file of such, and let their gauges go."""
    totals: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    dead = [path for path in folder.glob("*_*.db") if _is_dead(path.stem.rpartition("_")[2])]
    for path in dead:
        kind = path.stem.partition("_")[0]
        if kind != "gauge":
            for key, value, _, _ in MmapedDict.read_all_values_from_file(path):  # type: ignore[no-untyped-call]
                totals[kind][key] += value
    for kind, values in totals.items():
        kept = MmapedDict(str(folder / f"{kind}_{_GONE}.db"))  # type: ignore[no-untyped-call]
        for key, value in values.items():
            before, _ = kept.read_value(key)  # type: ignore[no-untyped-call]
            kept.write_value(key, before + value, 0.0)  # type: ignore[no-untyped-call]
        kept.close()  # type: ignore[no-untyped-call]
    for path in dead:
        path.unlink(missing_ok=True)


def _is_dead(process: str) -> bool:
    if process == _GONE:
        return False
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return True
    except (PermissionError, ValueError):
        return False
    return False


def _remove_unowned(folder: Path) -> None:
    try:
        with FileLock(folder / _OWNER, timeout=0):
            shutil.rmtree(folder, ignore_errors=True)
    except Timeout:
        return
