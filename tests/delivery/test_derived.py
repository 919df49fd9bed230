from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from keepsight.delivery.derived import CacheStats, Content, Derived, DerivedCache
from tests.waiting import until

ORIGINAL, OTHER = "0a" * 32, "0b" * 32


def image(body: bytes = b"pixels") -> Derived:
    content = Content(300, 200, "jpg", 640, 480, 12_345, "png")
    return Derived(body, "image/jpeg", '"tag"', "1,2,3,4", "object; kept cat 0.90 (coco)", content, 1_700_000_000)


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[DerivedCache]:
    cache = DerivedCache(tmp_path, max_bytes=100_000)
    yield cache
    cache.close()


def files(folder: Path) -> list[Path]:
    return [p for p in (folder / "derived").glob("*/*/*") if p.is_file()]


def size_on_disk(folder: Path) -> int:
    total = 0
    for path in files(folder):
        with suppress(FileNotFoundError):  # evicted meanwhile
            total += path.stat().st_size
    return total


def test_what_was_put_comes_back_whole(cache: DerivedCache) -> None:
    assert cache.get(ORIGINAL, "k") is None
    assert cache.put(ORIGINAL, "k", image(b"\n\0\xff"))
    assert cache.get(ORIGINAL, "k") == image(b"\n\0\xff")
    assert cache.get(OTHER, "k") is None


def test_a_long_story_is_no_damage(cache: DerivedCache) -> None:
    derived = replace(image(), focus="north; no face found; layer dropped / " * 1_000)
    cache.put(ORIGINAL, "k", derived)
    assert cache.get(ORIGINAL, "k") == derived


def test_another_process_sees_it(cache: DerivedCache, tmp_path: Path) -> None:
    cache.put(ORIGINAL, "k", image())
    other = DerivedCache(tmp_path, 100_000)
    assert other.get(ORIGINAL, "k") == image()
    known = cache.stats()  # first: it writes down what this process has put
    assert (known.images, other.stats()) == (1, known)
    other.close()


@pytest.mark.parametrize("damage", [b"", b"{", b"not json\nbody", b'{"key": "k"}\nbody', b"null\n", b"[]\nx"])
def test_a_damaged_file_is_never_served(cache: DerivedCache, tmp_path: Path, damage: bytes) -> None:
    cache.put(ORIGINAL, "k", image())
    (path,) = files(tmp_path)
    path.write_bytes(damage)
    assert cache.get(ORIGINAL, "k") is None
    assert not path.exists()
    assert cache.stats().images == 0


def test_every_truncation_is_seen(cache: DerivedCache, tmp_path: Path) -> None:
    cache.put(ORIGINAL, "k", image())
    (path,) = files(tmp_path)
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(whole[:length])
        assert cache.get(ORIGINAL, "k") is None


def test_a_file_under_a_foreign_name_is_never_served(cache: DerivedCache, tmp_path: Path) -> None:
    cache.put(ORIGINAL, "k", image())
    (path,) = files(tmp_path)
    path.rename(path.with_name("other"))
    assert cache.get(ORIGINAL, "other") is None


def test_the_least_recently_used_go_first(tmp_path: Path) -> None:
    cache = DerivedCache(tmp_path, max_bytes=1_000_000)
    for i in range(10):
        cache.put(ORIGINAL, f"k{i}", image(bytes(9_000)))
    assert cache.get(ORIGINAL, "k0") is not None
    cache.trim(50_000)
    assert cache.stats().bytes <= 50_000
    assert {p.name for p in files(tmp_path)} == {"k0", "k6", "k7", "k8", "k9"}
    assert sum(p.stat().st_size for p in files(tmp_path)) == cache.stats().bytes
    assert cache.counts.evicted == 5
    cache.close()


@pytest.mark.parametrize("jump", [-400 * 86_400, 400 * 86_400])
def test_a_clock_that_jumps_and_comes_back_makes_nothing_immortal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jump: float
) -> None:
    cache = DerivedCache(tmp_path, max_bytes=1_000_000)
    for i in range(9):
        with monkeypatch.context() as clock:
            if 3 <= i < 6:
                clock.setattr("keepsight.delivery.derived.index.time.time", lambda: time.time_ns() / 1e9 + jump)
            cache.put(ORIGINAL, f"k{i}", image(bytes(9_000)))
            cache.stats()
    for left in range(8, -1, -1):
        cache.trim(left * 9_900)
        assert [p.name for p in sorted(files(tmp_path))] == [f"k{i}" for i in range(9 - left, 9)]
    cache.close()


def test_the_limit_holds_while_many_store_and_eviction_is_beside_them(tmp_path: Path) -> None:
    limit = 60_000_000
    caches = [DerivedCache(tmp_path, limit) for _ in range(2)]
    largest = 0
    for i in range(1_000):
        # Refused as long as what was stored is not counted or not evicted: who only goes on is faster than both.
        until(partial(caches[i % 2].put, ORIGINAL, f"k{i}", image(bytes(100_000))))
        if i % 50 == 0:
            largest = max(largest, size_on_disk(tmp_path))
    assert 0.5 * limit < largest <= 1.05 * limit
    for cache in caches:
        cache.close()
    last = DerivedCache(tmp_path, limit)
    assert last.stats().bytes == size_on_disk(tmp_path)
    last.close()


def test_trim_and_purge(cache: DerivedCache, tmp_path: Path) -> None:
    for original in (ORIGINAL, OTHER):
        for key in "abc":
            cache.put(original, original[:2] + key, image(bytes(1_000)))
    assert cache.trim(4_000) > 0
    assert cache.stats().bytes <= 4_000
    cache.purge(ORIGINAL)
    assert all(p.parent.name == OTHER for p in files(tmp_path))
    cache.purge()
    assert files(tmp_path) == []
    assert cache.stats().images == cache.stats().bytes == 0


def test_putting_again_counts_once(cache: DerivedCache) -> None:
    for body in (b"1", b"22", b"333"):
        cache.put(ORIGINAL, "k", image(body))
    assert cache.stats().images == 1
    assert cache.get(ORIGINAL, "k") == image(b"333")


def test_a_broken_index_is_made_anew_from_the_files(tmp_path: Path) -> None:
    first = DerivedCache(tmp_path, 100_000)
    first.put(ORIGINAL, "k", image())
    before = first.stats()
    first.close()
    (tmp_path / "derived.sqlite3").write_bytes(b"this is no database, and it is long enough to be looked at" * 20)
    second = DerivedCache(tmp_path, 100_000)
    assert second.get(ORIGINAL, "k") == image()
    until(lambda: counted(second) == before and second.counted)
    second.close()


def counted(cache: DerivedCache) -> CacheStats | None:
    try:
        return cache.stats()
    except sqlite3.DatabaseError:  # the call that finds the damage
        return None


@pytest.mark.parametrize("damage", ["cut to nothing", "overwritten", "deleted"])
def test_an_index_that_breaks_under_a_running_cache_is_made_anew(
    cache: DerivedCache, tmp_path: Path, damage: str
) -> None:
    cache.put(ORIGINAL, "k", image())
    before = cache.stats()
    cache.reconcile()
    index = tmp_path / "derived.sqlite3"
    cache._index.close()  # so that its log is in the file, and the damage reaches what was written
    if damage == "deleted":
        index.unlink()
    else:
        index.write_bytes(b"" if damage == "cut to nothing" else b"no database " * 1000)
    until(lambda: counted(cache) == before)
    assert cache.put(OTHER, "l", image())
    assert cache.get(ORIGINAL, "k") == cache.get(OTHER, "l") == image()
    assert cache.stats().images == 2


def test_a_locked_index_is_no_damaged_one(
    cache: DerivedCache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("keepsight.delivery.derived.index._PATIENCE", 0.05)
    cache.put(ORIGINAL, "k", image())
    cache.stats()
    inode = (tmp_path / "derived.sqlite3").stat().st_ino
    with closing(sqlite3.connect(tmp_path / "derived.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert cache.put(ORIGINAL, "l", image())
        assert cache.get(ORIGINAL, "l") == image()
        other.execute("ROLLBACK")
    until(lambda: counted(cache) is not None and cache.stats().images == 2)
    assert (tmp_path / "derived.sqlite3").stat().st_ino == inode


def test_files_without_rows_and_rows_without_files_are_found(cache: DerivedCache, tmp_path: Path) -> None:
    for key in "abc":
        cache.put(ORIGINAL, key, image())
    one = cache.stats().bytes // 3
    unfinished = tmp_path / "derived" / ".unfinished" / "1-1"
    unfinished.write_bytes(b"a killed process was here")
    young = unfinished.with_name("2-2")
    young.write_bytes(b"somebody writes")
    os.utime(unfinished, (1, 1))
    (tmp_path / "derived" / ORIGINAL[:2] / ORIGINAL / "a").unlink()
    with closing(sqlite3.connect(tmp_path / "derived.sqlite3")) as index, index:
        index.execute("DELETE FROM derived WHERE key = 'b'")
    cache.reconcile()
    assert cache.stats() == CacheStats(2, 2 * one)
    assert not unfinished.exists()
    assert young.exists()


def test_the_folder_may_go_away_under_a_running_cache(tmp_path: Path) -> None:
    cache = DerivedCache(tmp_path / "data", 100_000)
    cache.put(ORIGINAL, "k", image())
    cache.stats()
    (tmp_path / "data").rename(tmp_path / "gone")
    assert cache.get(ORIGINAL, "k") is None
    assert cache.put(ORIGINAL, "k", image())
    assert cache.get(ORIGINAL, "k") == image()
    assert cache.stats().images == 1
    cache.close()


def test_one_larger_than_the_cache_is_not_kept(tmp_path: Path) -> None:
    cache = DerivedCache(tmp_path, 10_000)
    assert not cache.put(ORIGINAL, "k", image(bytes(20_000)))
    assert files(tmp_path) == []
    cache.close()


def test_a_disk_that_takes_nothing_is_said_and_survived(cache: DerivedCache, tmp_path: Path) -> None:
    (tmp_path / "derived").mkdir()
    (tmp_path / "derived" / ORIGINAL[:2]).write_bytes(b"a file where a folder should be")
    assert not cache.put(ORIGINAL, "k", image())
    assert cache.get(ORIGINAL, "k") is None


def test_threads_never_see_half_a_file(cache: DerivedCache) -> None:
    bodies = [bytes([i]) * 20_000 for i in range(8)]
    wrong: list[Derived] = []

    def write(body: bytes) -> None:
        for _ in range(20):
            cache.put(ORIGINAL, "k", image(body))
            seen = cache.get(ORIGINAL, "k")
            if seen is not None and seen.body not in bodies:
                wrong.append(seen)

    threads = [threading.Thread(target=write, args=(b,)) for b in bodies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert cache.stats().images == 1


def test_totals_are_kept_by_the_index_itself(cache: DerivedCache, tmp_path: Path) -> None:
    for i in range(20):
        cache.put(ORIGINAL, f"k{i % 7}", image(bytes(i)))
    cache.stats()
    with sqlite3.connect(tmp_path / "derived.sqlite3") as index:
        counted = index.execute("SELECT COUNT(*), SUM(bytes) FROM derived").fetchone()
        assert counted == index.execute("SELECT images, bytes FROM total").fetchone()
    index.close()
