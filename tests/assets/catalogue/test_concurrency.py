"""Many at once, over SQLite and a real PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from keepsight.assets.catalogue import assets, garbage, usage
from keepsight.assets.catalogue.asset import Described
from keepsight.assets.catalogue.database import Database
from keepsight.errors import AlreadyExists, NotFound
from tests.assets.catalogue.catalogue_cases import held, name, placed


def together(count: int, work: Callable[[int], None]) -> list[BaseException]:
    faults: list[BaseException] = []
    barrier = threading.Barrier(count)

    def run(number: int) -> None:
        barrier.wait()
        try:
            work(number)
        except BaseException as error:
            faults.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return faults


def test_uploads_of_one_name_at_once_are_one_asset_with_many_versions(database: Database) -> None:
    keys = [f"originals/{number}" for number in range(8)]

    def upload(number: int) -> None:
        with database.write() as connection:
            assets.place(connection, name("tom"), held(key=keys[number]), Described(tags=(str(number),)))

    assert together(8, upload) == []
    with database.read() as connection:
        asset = assets.find(connection, name("tom"))
    assert asset is not None
    with database.read() as connection:
        thrown_away = garbage.thrown_away(connection, datetime.now(UTC) + timedelta(seconds=1), 100)
    assert {*thrown_away, asset.held.key} == set(keys)
    assert asset.version >= int(asset.created_at.timestamp()) + 7
    assert asset.described.tags == (asset.held.key.removeprefix("originals/"),), "bytes and words are of one upload"


def test_no_tag_is_lost_when_many_add_one(database: Database) -> None:
    with database.write() as connection:
        asset = placed(connection, "tom")

    def tag(number: int) -> None:
        for turn in range(5):
            with database.write() as connection:
                assets.change(connection, asset, lambda said: replace(said, tags=(*said.tags, f"{number}-{turn}")))  # noqa: B023

    assert together(6, tag) == []
    with database.read() as connection:
        found = assets.find(connection, name("tom"))
        assert found is not None
        assert sorted(found.described.tags) == sorted(f"{n}-{t}" for n in range(6) for t in range(5))
        assert set(usage.list_tags(connection, "image", 100)) == set(found.described.tags)


def test_renames_that_cross_end_with_one_name_each(database: Database) -> None:
    with database.write() as connection:
        ids = {placed(connection, f"pets/{n}").asset_id for n in range(4)}

    def rename(number: int) -> None:
        for turn in range(10):
            one, other = (f"pets/{(number + turn + step) % 4}" for step in (0, 1))
            with suppress(AlreadyExists, NotFound):
                database.run(lambda connection: assets.rename(connection, name(one), name(other)))  # noqa: B023

    assert together(4, rename) == []
    with database.read() as connection:
        left = assets.find_many(connection, [name(f"pets/{n}") for n in range(4)])
    assert {asset.asset_id for asset in left.values()} == ids, "without overwriting nothing is lost"


def test_what_is_read_in_one_transaction_is_of_one_moment(database: Database) -> None:
    with database.write() as connection:
        placed(connection, "tom")
    with database.read() as reader:
        assert assets.find(reader, name("tom")) is not None
        with database.write() as writer:
            assets.rename(writer, name("tom"), name("rex"))
        assert assets.find(reader, name("tom")) is not None
        assert assets.find(reader, name("rex")) is None
