"""Uploaded assets and a folder as one library; publishing, collecting, and what a crash leaves."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from keepsight.assets.catalogue import assets, derived, uploads
from keepsight.assets.catalogue.asset import Asset, AssetName, Bytes, Described
from keepsight.assets.catalogue.database import Database, open_database
from keepsight.assets.catalogue.derived import NewDerived
from keepsight.assets.catalogue.listing import Listing, list_assets
from keepsight.assets.catalogue.migrate import migrate
from keepsight.assets.catalogue.uploads import Part
from keepsight.assets.collect import collect_garbage, collect_orphans
from keepsight.assets.coordinates import Coordinates
from keepsight.assets.library import AssetLibrary, UploadedOriginal, Uploads
from keepsight.assets.publish import DERIVED, ORIGINALS, PARTS, store_bytes
from keepsight.assets.store import Store, open_store
from keepsight.errors import BadImage, NotFound, Unauthorized, Unavailable
from keepsight.settings import Settings

NOTHING = timedelta(seconds=-1)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(str(tmp_path / "store"))


@pytest.fixture
def media(tmp_path: Path) -> Path:
    folder = tmp_path / "media"
    folder.mkdir()
    (folder / "rex.png").write_bytes(b"rex of the folder")
    (folder / "tom.jpg").write_bytes(b"tom of the folder")
    return folder


@pytest.fixture
def library(database: Database, store: Store, media: Path) -> Iterator[AssetLibrary]:
    opened = AssetLibrary(Uploads(database, store), {"upload": media}, ("jpg", "png"), 1000)
    yield opened
    opened.close()


def upload(
    database: Database, store: Store, public_id: str, data: bytes, said: Described | None = None, kind: str = "upload"
) -> Asset:
    stored = store_bytes(store, ORIGINALS, data)
    digests = stored.digests
    held = Bytes(stored.key, digests.sha256, digests.md5, digests.bytes, "jpg")
    with database.write() as connection:
        return assets.place(connection, AssetName("image", kind, public_id), held, said or Described()).asset


@pytest.mark.parametrize(
    ("asked", "extension", "wanted"),
    [
        ("pets/tom", None, None),
        ("pets/tom.jpg", None, None),
        ("pets/tom.JPEG", None, None),
        ("pets/tom.webp", None, "webp"),
        ("pets/tom", "png", "png"),
        ("v.1", None, None),
        ("v.1.png", None, "png"),
    ],
)
def test_an_upload_is_found_as_its_urls_name_it(
    database: Database, store: Store, library: AssetLibrary, asked: str, extension: str | None, wanted: str | None
) -> None:
    for public_id in ("pets/tom", "v.1"):
        upload(database, store, public_id, public_id.encode(), Described(custom_coordinates=((1.0, 2.0, 3.0, 4.0),)))
    found = library.find(asked, extension)
    data = b"v.1" if asked.startswith("v") else b"pets/tom"
    assert isinstance(found, UploadedOriginal)
    assert found.extension == wanted
    assert library.read(found) == data
    assert library.digest(found) == hashlib.sha256(data).hexdigest()
    assert library.coordinates(found) == Coordinates(((1.0, 2.0, 3.0, 4.0),))
    assert library.is_current(found)


def test_a_folder_is_a_library_as_before(library: AssetLibrary) -> None:
    found = library.find("rex.webp")
    assert found.extension == "webp"
    assert library.read(found) == b"rex of the folder"
    assert library.digest(found) == hashlib.sha256(b"rex of the folder").hexdigest()
    assert library.is_current(found)
    assert library.generation(found) is None
    for nobody in ("nobody", "", "../rex", "x" * 300, "a\0b", "\ud800"):
        with pytest.raises(NotFound):
            library.find(nobody)
    with pytest.raises(NotFound):
        library.find("rex", type_="private")


def test_an_upload_takes_the_name_of_a_file(database: Database, store: Store, library: AssetLibrary) -> None:
    before = library.find("tom")
    assert library.read(before) == b"tom of the folder"
    asset = upload(database, store, "tom", b"uploaded tom")
    assert not library.is_current(before)
    assert library.read(library.find("tom")) == b"uploaded tom"
    with database.write() as connection:
        assets.delete_assets(connection, [asset])
    assert library.read(library.find("tom")) == b"tom of the folder"


def test_types_are_apart(database: Database, store: Store, library: AssetLibrary) -> None:
    upload(database, store, "secret", b"private", kind="private")
    with pytest.raises(NotFound):
        library.find("secret")
    assert library.read(library.find("secret", type_="private")) == b"private"
    assert library.has("secret", "private")
    assert not library.has("secret", "upload")
    assert library.has("rex", "upload")
    with pytest.raises(Unauthorized, match="fetch"):
        library.find("http://127.0.0.1/x.jpg", type_="fetch")


def test_an_upload_takes_the_name_of_a_file_that_is_spelt_otherwise(
    database: Database, store: Store, library: AssetLibrary, media: Path
) -> None:
    composed, decomposed = "K\u00fcche", "Ku\u0308che"
    (media / f"{decomposed}.jpg").write_bytes(b"the folder's")
    before = library.find(composed)
    assert library.read(before) == b"the folder's"
    assert library.is_current(before)
    upload(database, store, composed, b"uploaded")
    assert not library.is_current(before)
    assert library.read(library.find(decomposed)) == b"uploaded"


@pytest.mark.parametrize("change", ["overwrite", "rename", "delete", "coordinates", "access"])
def test_whatever_makes_an_answer_untrue_is_seen_at_once(
    database: Database, store: Store, library: AssetLibrary, change: str
) -> None:
    asset = upload(database, store, "kim", b"kim")
    found = library.find("kim")
    for _ in range(3):
        assert library.is_current(found), "also from what is remembered"
    other = open_database(database.engine.url.render_as_string(hide_password=False))  # as another process would
    with other.write() as connection:
        match change:
            case "rename":
                assets.rename(connection, asset.name, replace(asset.name, public_id="elsewhere"))
            case "delete":
                assets.delete_assets(connection, [asset])
            case "coordinates":
                assets.change(connection, asset, lambda said: replace(said, face_coordinates=((0.0, 0.0, 1.0, 1.0),)))
            case "access":
                assets.change(connection, asset, lambda said: replace(said, access_mode="authenticated"))
    if change == "overwrite":
        upload(other, store, "kim", b"kim")
    other.close()
    assert not library.is_current(found)
    if change in {"rename", "delete"}:
        with pytest.raises(NotFound):
            library.find("kim")
    else:
        assert library.generation(library.find("kim")) != library.generation(found)


def test_bytes_outlive_their_row_for_whoever_reads_them(
    database: Database, store: Store, library: AssetLibrary
) -> None:
    upload(database, store, "kim", b"first")
    found = library.find("kim")
    upload(database, store, "kim", b"second")
    assert collect_garbage(store, database) == 0
    assert library.read(found) == b"first"
    assert collect_garbage(store, database, NOTHING) == 1
    with pytest.raises(Unavailable, match="changed"):
        library.read(found)
    assert library.read(library.find("kim")) == b"second"


def test_a_store_that_lost_or_damaged_bytes_is_told_apart(
    database: Database, store: Store, library: AssetLibrary
) -> None:
    asset = upload(database, store, "kim", b"kim")
    store.put(asset.held.key, b"ki")
    with pytest.raises(Unavailable, match="damaged"):
        library.read(library.find("kim"))
    store.delete(asset.held.key)
    with pytest.raises(Unavailable, match="missing"):
        library.read(library.find("kim"))


def test_an_original_over_the_limit_is_not_read(database: Database, store: Store, library: AssetLibrary) -> None:
    upload(database, store, "kim", b"x" * 1001)
    with pytest.raises(BadImage, match="too large"):
        library.read(library.find("kim"))


def test_orphans_are_collected_and_nothing_else(database: Database, store: Store, library: AssetLibrary) -> None:
    asset = upload(database, store, "kim", b"kim")
    replaced = upload(database, store, "rex", b"first")
    upload(database, store, "rex", b"second")
    part, made = store_bytes(store, PARTS, b"12345"), store_bytes(store, DERIVED, b"derived")
    with database.write() as connection:
        uploads.add_part(connection, "u", Part(0, 5, part.key), 10)
        derived.record(connection, asset, NewDerived("w_1", "", 7, key=made.key))
    orphans = {store_bytes(store, folder, b"left").key for folder in (ORIGINALS, DERIVED, PARTS)}
    before = {listed.key for listed in store.list()}
    assert collect_orphans(store, database) == 0, "they may belong to an upload that goes on just now"
    assert collect_orphans(store, database, NOTHING) == 3
    assert {listed.key for listed in store.list()} == before - orphans
    assert replaced.held.key in before - orphans, "that is for collect_garbage, after its grace"
    assert library.read(library.find("kim")) == b"kim"


_UPLOADER = """
import sys
from keepsight.assets.catalogue import assets
from keepsight.assets.catalogue.asset import AssetName, Bytes, Described
from keepsight.assets.catalogue.database import open_database
from keepsight.assets.publish import ORIGINALS, store_bytes
from keepsight.assets.store import open_store
database, store = open_database(sys.argv[1]), open_store(sys.argv[2])
number = int(sys.argv[3])
while True:
    number += 1
    stored = store_bytes(store, ORIGINALS, [str(number).encode() * 1000] * 3)
    held = Bytes(stored.key, stored.digests.sha256, stored.digests.md5, stored.digests.bytes)
    with database.write() as connection:
        assets.place(connection, AssetName("image", "upload", f"n/{number}"), held, Described(tags=("t",)))
    print(number, flush=True)
"""


def test_a_killed_server_loses_no_acknowledged_upload(database: Database, store: Store, tmp_path: Path) -> None:
    url = database.engine.url.render_as_string(hide_password=False)
    acknowledged = 0
    for attempt in range(5):
        command = [sys.executable, "-c", _UPLOADER, url, str(tmp_path / "store"), str(attempt * 10_000)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            numbers = [int(process.stdout.readline())]
            time.sleep(0.011 * attempt)
            process.send_signal(signal.SIGKILL)
            numbers += [int(line) for line in process.stdout.read().split("\n")[:-1]]
        with database.read() as connection:
            found = {a.name.public_id: a for a in list_assets(connection, Listing(tag="t"), 10_000).assets}
        assert {f"n/{number}" for number in numbers} <= found.keys()
        acknowledged += len(numbers)
        assert acknowledged <= len(found) <= acknowledged + attempt + 1
        for asset in found.values():
            assert hashlib.sha256(store.get(asset.held.key)).hexdigest() == asset.held.digest
    kept = {asset.held.key for asset in found.values()}
    collect_orphans(store, database, NOTHING)
    assert {listed.key for listed in store.list()} == kept


def test_readers_never_see_bytes_of_another_version(database: Database, store: Store, library: AssetLibrary) -> None:
    upload(database, store, "kim", b"0" * 10)
    stop, wrong = threading.Event(), []

    def read() -> None:
        while not stop.is_set():
            found = library.find("kim")
            try:
                data = library.read(found)
            except Unavailable:
                continue
            if hashlib.sha256(data).hexdigest() != library.digest(found):
                wrong.append(data)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for number in range(40):
        upload(database, store, "kim", os.urandom(10 + number))
        collect_garbage(store, database, NOTHING)
    stop.set()
    for reader in readers:
        reader.join()
    assert wrong == []


def test_settings_say_where_things_are(tmp_path: Path) -> None:
    settings = Settings(storage={"data": tmp_path}, catalogue={"url": "postgresql://u:hidden@h/n"})
    assert settings.storage.place == str(tmp_path / "originals")
    assert settings.catalogue_url == "postgresql://u:hidden@h/n"
    assert "hidden" not in repr(settings)
    database = open_database(Settings(storage={"data": tmp_path}).catalogue_url)
    migrate(database)
    assert (tmp_path / "catalogue.sqlite").exists()
    database.close()
