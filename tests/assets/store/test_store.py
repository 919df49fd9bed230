"""The contract of every store, and what only some of them can get wrong."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import obstore.store
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepsight.assets.store import Store, open_store
from keepsight.assets.store.local import LocalStore
from keepsight.assets.store.objects import ObjectStore
from keepsight.assets.store.store import checked
from keepsight.errors import ConfigurationError, NotFound, Unavailable

LARGE = [os.urandom(1 << 20) for _ in range(18)] + [b"the end"]


@pytest.fixture(params=["local", "obstore-local", "obstore-memory", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    if request.param == "local":
        return LocalStore(tmp_path / "store")
    if request.param == "obstore-local":
        return ObjectStore(obstore.store.LocalStore(tmp_path / "store", mkdir=True))
    if request.param == "obstore-memory":
        return ObjectStore(obstore.store.MemoryStore())
    return open_store(request.getfixturevalue("s3_bucket"))


def test_bytes_come_back_with_their_digests(store: Store) -> None:
    digests = store.put("ab/cd.jpg", b"a picture")
    assert digests.bytes == len(b"a picture")
    assert digests.sha256 == hashlib.sha256(b"a picture").hexdigest()
    assert digests.md5 == hashlib.md5(b"a picture").hexdigest()  # noqa: S324 - the etag of the protocol
    assert store.get("ab/cd.jpg") == b"a picture"
    assert b"".join(store.stream("ab/cd.jpg")) == b"a picture"


def test_nothing_at_all_can_be_stored(store: Store) -> None:
    assert store.put("empty", b"").bytes == 0
    assert store.get("empty") == b""
    assert list(store.stream("empty")) == []
    assert store.put("empty-stream", iter(())).bytes == 0
    assert store.get("empty-stream") == b""


def test_a_large_upload_goes_in_and_out_in_parts(store: Store) -> None:
    whole = b"".join(LARGE)
    digests = store.put("large", iter(LARGE))
    assert (digests.bytes, digests.sha256) == (len(whole), hashlib.sha256(whole).hexdigest())
    parts = list(store.stream("large"))
    assert b"".join(parts) == whole
    assert len(parts) > 1


def test_the_last_put_wins(store: Store) -> None:
    store.put("key", b"first, and longer")
    store.put("key", b"second")
    assert store.get("key") == b"second"


def test_stat_tells_size_and_date(store: Store) -> None:
    assert store.stat("a/key") is None
    store.put("a/key", b"12345")
    found = store.stat("a/key")
    assert found is not None
    assert (found.key, found.bytes) == ("a/key", 5)
    assert abs(datetime.now(UTC) - found.modified) < timedelta(seconds=10)
    assert store.stat("a") is None, "a folder is nothing that was stored"


def test_what_is_not_there_is_not_found(store: Store) -> None:
    store.put("a/key", b"1")
    for key in ("nobody", "a"):
        with pytest.raises(NotFound):
            store.get(key)
        with pytest.raises(NotFound):
            list(store.stream(key))


def test_deleting_twice_is_fine(store: Store) -> None:
    store.put("a/key", b"1")
    store.put("a/other", b"2")
    store.delete("a/key")
    store.delete("a/key")
    assert store.stat("a/key") is None
    assert store.get("a/other") == b"2"


def test_listing_by_folder(store: Store) -> None:
    for key in ("a/1", "a/b/2", "ab/3", "top"):
        store.put(key, key.encode())
    assert {(found.key, found.bytes) for found in store.list()} == {("a/1", 3), ("a/b/2", 5), ("ab/3", 4), ("top", 3)}
    assert {found.key for found in store.list("a")} == {"a/1", "a/b/2"}
    assert {found.key for found in store.list("a/")} == {"a/1", "a/b/2"}
    assert list(store.list("nobody")) == []


def test_content_that_fails_is_not_stored_and_its_error_goes_through(store: Store) -> None:
    class HungUp(Exception):
        pass

    def broken() -> Iterator[bytes]:
        yield from LARGE
        raise HungUp("the client went away")

    store.put("key", b"before")
    with pytest.raises(HungUp):
        store.put("key", broken())
    with pytest.raises(HungUp):
        store.put("new", broken())
    assert store.get("key") == b"before"
    assert [found.key for found in store.list()] == ["key"]


@pytest.mark.parametrize(
    "key",
    [
        "", "/", "/a", "a/", "a//b", ".", "..", "../a", "a/../b", "a/./b", ".hidden", "a/.hidden", "a\\b", "a\0b",
        "a b", "ü", "a%2e", "C:", "a\n", "x" * 201, "/".join(["x"] * 300),
    ],
)  # fmt: skip
def test_a_hostile_key_is_refused_by_every_operation(store: Store, key: str) -> None:
    for operation in (
        store.get,
        store.stat,
        store.delete,
        lambda k: store.put(k, b""),
        lambda k: list(store.stream(k)),
    ):
        with pytest.raises(ValueError, match="No key"):
            operation(key)
    if key not in {"", "/"}:
        with pytest.raises(ValueError, match="No key"):
            list(store.list(key + "/x"))


@given(st.text())
def test_a_key_that_passes_stays_inside(key: str) -> None:
    try:
        checked(key)
    except ValueError:
        return
    assert Path("/root", key).resolve().is_relative_to("/root")


def test_whoever_reads_while_it_is_overwritten_sees_one_or_the_other(store: Store) -> None:
    values = [bytes([number]) * 300_000 for number in range(8)]
    store.put("key", values[0])
    stop, wrong = threading.Event(), []

    def read() -> None:
        while not stop.is_set():
            if (found := store.get("key")) not in values:
                wrong.append(found)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for value in values * 3:
        store.put("key", value)
    stop.set()
    for reader in readers:
        reader.join()
    assert not wrong


def test_two_handles_of_one_store_see_each_other(tmp_path: Path, s3_bucket: str) -> None:
    for place in (str(tmp_path / "store"), s3_bucket):
        open_store(place).put("a/key", b"1")
        assert open_store(place).get("a/key") == b"1"


_ENDLESS = """
import sys
from pathlib import Path
from keepsight.assets.store.local import LocalStore
store = LocalStore(Path(sys.argv[1]))
number = 0
while True:
    number += 1
    store.put(f"key/{number}", [bytes([number % 256]) * 200_000] * 5)
    print(number, flush=True)
"""


def test_what_was_acknowledged_before_a_kill_is_there_whole(tmp_path: Path) -> None:
    for attempt in range(4):
        root = tmp_path / str(attempt)
        command = [sys.executable, "-c", _ENDLESS, str(root)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(0.013 * (attempt + 1))
            process.send_signal(signal.SIGKILL)
            acknowledged = 1 + len(process.stdout.read().split())
        store = LocalStore(root)
        found = {listed.key: listed.bytes for listed in store.list()}
        assert {f"key/{n}" for n in range(1, acknowledged + 1)} <= found.keys()
        assert set(found.values()) == {1_000_000}, "nothing half written is visible"


def test_what_a_crash_left_is_cleared_away(tmp_path: Path) -> None:
    left = tmp_path / ".incoming" / "left"
    left.parent.mkdir()
    left.write_bytes(b"half")
    fresh = left.with_name("fresh")
    fresh.write_bytes(b"another process is still at it")
    os.utime(left, (1, 1))
    assert list(LocalStore(tmp_path).list()) == []
    assert not left.exists()
    assert fresh.exists()


def test_a_full_disk_says_so_without_a_path(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "store")
    (tmp_path / "store" / "a").write_bytes(b"a file where a folder should be")
    with pytest.raises((Unavailable, NotFound)) as caught:
        store.put("a/key", b"1")
    assert str(tmp_path) not in str(caught.value)
    assert not list((tmp_path / "store" / ".incoming").iterdir())


def test_a_service_that_is_away_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    with pytest.raises(Unavailable) as caught:
        open_store("s3://bucket/x?endpoint=http://127.0.0.1:9&region=us-east-1").get("key")
    assert "127.0.0.1" not in str(caught.value)


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    store.put("a", b"1")
    with pytest.raises(NotFound):
        store.get("a/key")
    assert store.stat("a/key") is None
    store.delete("a/key")


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("ftp://host/x", "expected a folder or a URL that begins with s3://, gs://, az://"),
        ("s3:///x", "expected s3://bucket/prefix"),
        ("s3://key:secret@bucket/x", "credentials in the environment"),
        ("s3://bucket/x?secret_access_key=1&endpoint=https://x", "no such option of s3://: secret_access_key"),
    ],
)
def test_a_wrong_place_says_what_was_expected(place: str, said: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        open_store(place)
    assert caught.value.faults[0].startswith("storage.originals: ")
    assert said in caught.value.faults[0]
