"""The derived cache with a million images beside one that is nearly empty: lookups, puts, and what evictions cost.

    python -m benchmarks.derived_cache [--images 1000000] [--folder FOLDER]

The index has a row for every image, and the folder a name for every image, ten to an original. What is looked up and
what is evicted are real files of 30 KB; all other names are hard links to a few files, as a million files would only
take 40 GB and half an hour more. FOLDER keeps what was made for another run; it grows back to what it was.

Threads take turns as often as in a server. Beside how long a call took stands how long it took without the time in
which its thread could have run and had no processor (`run_delay` of Linux' schedstat): other work on the machine,
which no cache can help. What it waited for a lock, the interpreter's or the file system's, stays in.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import shutil
import sqlite3
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from benchmarks.measuring import machine, ratios, table, turns
from keepsight.app import SWITCH_SECONDS
from keepsight.delivery.derived import Content, Derived, DerivedCache, pack

_PER_ORIGINAL = 10
_LINKS = 30_000
"""Hard links to one file: ext4 allows 65,000."""
_BODY = 30_000
_SAMPLED, _EVICTED = 2_000, 20_000
_HUGE = 10**15
_HEAD = ("while two threads ask", "calls", "p50, ms", "p99, ms", "longest, ms", "with a processor, ms")


@dataclass(frozen=True, slots=True)
class Name:
    """Where an image is."""

    original: str
    key: str


def main() -> None:
    """Print a table for docs/performance.md."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--images", type=int, default=1_000_000)
    options.add_argument("--rounds", type=int, default=15)
    options.add_argument("--folder", type=Path, help="Keep the caches here for another run.")
    given = options.parse_args()
    sys.setswitchinterval(SWITCH_SECONDS)
    with _folder(given.folder) as folder:
        began = time.monotonic()
        _fill(folder / "large", given.images)
        with closing(DerivedCache(folder / "small", _HUGE)) as cache:
            _put_sampled(cache, given.images)
        print(f"# made in {time.monotonic() - began:.0f} s", flush=True)
        caches = {name: DerivedCache(folder / name, _HUGE) for name in ("small", "large")}
        rows = [_compared(what, caches, given.rounds, given.images) for what in ("hit", "miss", "put")]
        for cache in caches.values():
            cache.close()
        pauses = _pauses(folder / "large", given.images)
    print(f"{machine()}; {given.images:,} images, microseconds a call, medians of {given.rounds} turns\n")
    print(table(("", f"of {_SAMPLED:,}", f"of {given.images:,}", "ratio"), rows))
    print()
    print(table(_HEAD, pauses))


def _name(number: int) -> Name:
    digest = hashlib.sha256(str(number // _PER_ORIGINAL).encode()).hexdigest()
    return Name(digest, hashlib.sha256(f"key {number}".encode()).hexdigest())


def _image() -> Derived:
    content = Content(400, 300, "jpg", 3000, 2000, 2_000_000, "jpg")
    focus = "object; kept cat 0.91 (coco)"
    return Derived(os.urandom(_BODY), "image/jpeg", '"tag"', "0,0,3000,2000", focus, content, 1_700_000_000)


@contextmanager
def _folder(kept: Path | None) -> Iterator[Path]:
    if kept is not None:
        kept.mkdir(parents=True, exist_ok=True)
        yield kept
        return
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as made:
        yield Path(made)


def _sampled(images: int) -> list[Name]:
    """Spread over all originals, none of them among the oldest, which are evicted."""
    step = (images - _EVICTED) // _SAMPLED
    return [_name(number) for number in range(images - 1, -1, -step)][:_SAMPLED]


def _fill(folder: Path, images: int) -> None:
    """A cache of so many images; what is there already stays."""
    with closing(DerivedCache(folder, _HUGE)) as cache:
        if cache.stats().images < images - _EVICTED:
            _bulk(folder, images)
        _put_sampled(cache, images)
    _age(folder, images)


def _put_sampled(cache: DerivedCache, images: int) -> None:
    for name in _sampled(images):
        cache.put(name.original, name.key, _image())
    cache.stats()


def _bulk(folder: Path, images: int) -> None:
    files = folder / "derived"
    shutil.rmtree(files, ignore_errors=True)
    target = files
    for number in range(images):
        name = _name(number)
        place = files / name.original[:2] / name.original
        if number % _PER_ORIGINAL == 0:
            place.mkdir(parents=True)
        if number % _LINKS == 0:
            target = folder / f"linked-{number}"
            target.write_bytes(pack(_image(), "nobody's"))
        os.link(target, place / name.key)
    with closing(sqlite3.connect(folder / "derived.sqlite3")) as index, index:
        triggers = index.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for trigger, _ in triggers:
            index.execute(f"DROP TRIGGER {trigger}")
        index.execute("DELETE FROM derived")
        rows = ((n.key, n.original, _BODY, float(number)) for number in range(images) if (n := _name(number)))
        index.executemany("INSERT INTO derived VALUES (?, ?, ?, ?)", rows)
        index.execute("UPDATE total SET images = ?, bytes = ?", (images, images * _BODY))
        index.execute("INSERT INTO walked SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM walked)")
        for _, sql in triggers:
            index.execute(sql)


def _age(folder: Path, images: int) -> None:
    """The oldest are real files, as their blocks have to be freed."""
    with closing(sqlite3.connect(folder / "derived.sqlite3")) as index, index:
        for number in range(_EVICTED):
            name = _name(number)
            path = folder / "derived" / name.original[:2] / name.original / name.key
            path.parent.mkdir(parents=True, exist_ok=True)
            path.unlink(missing_ok=True)
            content = pack(_image(), name.key)
            path.write_bytes(content)
            row = (name.key, name.original, len(content), float(number))
            index.execute("INSERT OR REPLACE INTO derived VALUES (?, ?, ?, ?)", row)
        index.execute("UPDATE total SET (images, bytes) = (SELECT COUNT(*), SUM(bytes) FROM derived)")


def _compared(what: str, caches: dict[str, DerivedCache], rounds: int, images: int) -> Sequence[object]:
    chance = random.Random(1)
    image, sampled = _image(), _sampled(images)
    for cache in caches.values():  # what is asked again and again: the first look at a folder reads the disk
        for n in sampled:
            cache.get(n.original, n.key)

    def one(name: str) -> float:
        cache = caches[name]
        names = chance.sample(sampled, 500)
        if what != "hit":
            names = [Name(n.original, hashlib.sha256(os.urandom(8)).hexdigest()) for n in names]
        began = time.perf_counter()
        for n in names:
            if what == "put":
                cache.put(n.original, n.key, image)
            elif (cache.get(n.original, n.key) is None) != (what == "miss"):
                raise RuntimeError(f"{what} of {n} is not one")
        return (time.perf_counter() - began) / len(names) * 1e6

    results = turns(rounds, {name: (lambda name=name: one(name)) for name in caches})  # type: ignore[misc]
    ratio = ratios(results, "small")["large"]
    medians = {name: sorted(values)[len(values) // 2] for name, values in results.items()}
    return what, medians["small"], medians["large"], ratio


def _pauses(folder: Path, images: int) -> list[Sequence[object]]:
    """How long calls take with and without an eviction beside them."""
    rows: list[Sequence[object]] = []
    with closing(DerivedCache(folder, _HUGE)) as cache:
        total = cache.stats().bytes
        rows += _asked(cache, images, 5.0, "no eviction")
    most = int((total - _EVICTED * _BODY) / 0.98)  # an eviction leaves 98 %
    with closing(DerivedCache(folder, most)) as cache:
        cache.stats()
        rows += _asked(cache, images, 5.0, "eviction")
        rows[-1] = (f"{rows[-1][0]} of {cache.counts.evicted:,} images", *rows[-1][1:])
        rows[-2] = (f"{rows[-2][0]} of {cache.counts.evicted:,} images", *rows[-2][1:])
    return rows


def _asked(cache: DerivedCache, images: int, seconds: float, label: str) -> list[Sequence[object]]:
    names, image = _sampled(images), _image()
    took: dict[str, list[tuple[float, float]]] = {"lookup": [], "put": []}
    ends = time.monotonic() + seconds

    def ask(number: int) -> None:
        chance = random.Random(number)
        with Path(f"/proc/self/task/{threading.get_native_id()}/schedstat").open("rb", buffering=0) as schedule:
            while time.monotonic() < ends:
                name = chance.choice(names)
                stores = chance.random() < 0.1
                delayed = _delay(schedule)
                began = time.perf_counter()
                if stores:
                    cache.put(name.original, hashlib.sha256(os.urandom(8)).hexdigest(), image)
                else:
                    cache.get(name.original, name.key)
                lasted = (time.perf_counter() - began) * 1e3
                took["put" if stores else "lookup"].append((lasted, lasted - (_delay(schedule) - delayed)))
                time.sleep(0.0005)  # a server does other things, too

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [
        (f"{what}, {label}", len(v), v[len(v) // 2], v[int(len(v) * 0.99)], v[-1], max(own for _, own in values))
        for what, values in took.items()
        if (v := sorted(lasted for lasted, _ in values))
    ]


def _delay(schedule: IO[bytes]) -> float:
    """Milliseconds in which a thread could have run and had no processor, since it began."""
    schedule.seek(0)
    return int(schedule.read().split()[1]) / 1e6


if __name__ == "__main__":
    main()
