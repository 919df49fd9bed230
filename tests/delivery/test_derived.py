from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from keepsight.delivery.derived import Content, Derived, DerivedCache

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
    return [p for p in (folder / "derived").rglob("*") if p.is_file()]


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
    assert other.stats() == cache.stats()
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
        path.write_bytes(whole[:length])
        assert cache.get(ORIGINAL, "k") is None


def test_a_file_under_a_foreign_name_is_never_served(cache: DerivedCache, tmp_path: Path) -> None:
    cache.put(ORIGINAL, "k", image())
    (path,) = files(tmp_path)
    path.rename(path.with_name("other"))
    assert cache.get(ORIGINAL, "other") is None


def test_the_least_recently_used_go_first_and_the_limit_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(1_000_000, 2_000_000, 120))
    monkeypatch.setattr("keepsight.delivery.derived.time.time", lambda: float(next(clock)))
    cache = DerivedCache(tmp_path, max_bytes=50_000)
    for i in range(10):
        cache.put(ORIGINAL, f"k{i}", image(bytes(9_000)))
        assert cache.get(ORIGINAL, "k0") is not None  # in use all the time
        assert cache.stats().bytes <= 50_000
    assert cache.get(ORIGINAL, "k9") is not None
    assert cache.get(ORIGINAL, "k1") is None
    assert sum(p.stat().st_size for p in files(tmp_path)) == cache.stats().bytes
    cache.close()


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
    assert second.stats() == before
    second.close()


def test_a_disk_that_takes_nothing_is_said_and_survived(cache: DerivedCache, tmp_path: Path) -> None:
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
    with sqlite3.connect(tmp_path / "derived.sqlite3") as index:
        counted = index.execute("SELECT COUNT(*), SUM(bytes) FROM derived").fetchone()
        assert counted == index.execute("SELECT images, bytes FROM total").fetchone()
    index.close()
