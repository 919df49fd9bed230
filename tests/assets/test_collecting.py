"""A server takes away what nothing names, by itself, and one of many at a time."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from keepsight.assets.catalogue import assets
from keepsight.assets.catalogue.asset import AssetName, Bytes, Described
from keepsight.assets.catalogue.database import Database
from keepsight.assets.catalogue.garbage import note_search, searched_at, throw_away
from keepsight.assets.collect import collect_orphans
from keepsight.assets.collecting import Collector, Rhythm
from keepsight.assets.jobs.locks import hold
from keepsight.assets.publish import ORIGINALS, SHARED, store_bytes
from keepsight.assets.store import Store, open_store
from keepsight.errors import Unavailable
from tests.waiting import until

OFTEN = Rhythm(garbage=timedelta(seconds=0.02))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(str(tmp_path / "store"))


def thrown_away(store: Store, database: Database, ago: timedelta) -> str:
    key = store_bytes(store, ORIGINALS, b"garbage").key
    with database.write() as connection:
        throw_away(connection, [key], datetime.now(UTC) - ago)
    return key


def test_it_goes_on_until_it_is_stopped(store: Store, database: Database) -> None:
    old, new = (thrown_away(store, database, timedelta(minutes=m)) for m in (11, 1))
    collectors = [Collector(store, database, OFTEN) for _ in range(3)]
    for collector in collectors:
        collector.start()
    until(lambda: store.stat(old) is None)
    later = thrown_away(store, database, timedelta(minutes=11))
    until(lambda: store.stat(later) is None)
    for collector in collectors:
        collector.stop()
    assert store.stat(new) is not None, "somebody may still read it"
    last = thrown_away(store, database, timedelta(minutes=11))
    time.sleep(0.2)
    assert store.stat(last) is not None


def test_one_at_a_time(store: Store, database: Database) -> None:
    old = thrown_away(store, database, timedelta(minutes=11))
    with hold(database, "collect"), pytest.raises(Unavailable):
        Collector(store, database).collect()
    assert store.stat(old) is not None
    Collector(store, database).collect()
    assert store.stat(old) is None


def test_the_whole_store_is_searched_once_a_day(store: Store, database: Database) -> None:
    Collector(store, database).collect()
    with database.read() as connection:
        first = searched_at(connection)
    assert first is not None
    Collector(store, database).collect()
    with database.read() as connection:
        assert searched_at(connection) == first
    with database.write() as connection:
        note_search(connection, first - timedelta(days=1))
    Collector(store, database).collect()
    with database.read() as connection:
        assert (searched_at(connection) or first) > first


def test_shared_images_go_with_what_they_were_made_of(store: Store, database: Database) -> None:
    stored = store_bytes(store, ORIGINALS, b"kim")
    held = Bytes(stored.key, stored.digests.sha256, stored.digests.md5, 3)
    with database.write() as connection:
        asset = assets.place(connection, AssetName("image", "upload", "kim"), held, Described()).asset
    kept, gone = f"{SHARED}/{asset.generation}/{'a' * 64}", f"{SHARED}/{'0' * 32}/{'b' * 64}"
    for key in (kept, gone):
        store.put(key, b"picture")
    assert collect_orphans(store, database) == 1
    assert (store.stat(kept) is not None, store.stat(gone)) == (True, None)
    assert collect_orphans(store, database, shared=timedelta(seconds=-1)) == 1
    assert store.stat(kept) is None
