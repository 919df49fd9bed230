"""Pictures from other servers on disk."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path

import pytest

from keepsight.assets import remote as remote_module
from keepsight.assets.file_store import FileStore
from keepsight.assets.originals import Originals
from keepsight.assets.remote import Remote
from keepsight.errors import (
    BadRequest,
    FetchError,
    FetchInterrupted,
    FetchMissing,
    FetchRefused,
    NotFound,
    RequestError,
    Unauthorized,
)
from keepsight.fetch import Reply, Validators
from tests.waiting import PATIENCE

URL = "https://images.test/tom.jpg"


class Clock:
    """Time as the test has it."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def time(self) -> float:
        return self.now


class Server:
    """Another server: one file, one entity tag, or an error."""

    def __init__(self) -> None:
        self.body, self.etag = b"Tom", '"one"'
        self.error: FetchError | None = None
        self.asked: list[Validators] = []

    def __call__(self, url: str, known: Validators) -> Reply:
        self.asked.append(known)
        if self.error:
            raise self.error
        now = Validators(self.etag, "")
        return Reply(None if known == now else self.body, now)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(remote_module, "time", clock)
    monkeypatch.setattr("keepsight.assets.originals.time", clock)
    return clock


Make = Callable[..., Originals]


@pytest.fixture
def make(tmp_path: Path, clock: Clock) -> Make:
    def made(read: Callable[[str, Validators], Reply], store_bytes: int = 10_000) -> Originals:
        store = FileStore(tmp_path / "fetched", store_bytes)
        remote = Remote(store, read, max_age=100, error_max_age=0, alone=nullcontext)
        return Originals({}, ("jpg",), 1_000, remote)

    return made


def find(originals: Originals, url: str = URL) -> bytes:
    return originals.read(originals.find(url, type_="fetch"))


def test_a_server_is_asked_once_while_its_file_is_fresh(make: Make, clock: Clock) -> None:
    server = Server()
    originals = make(server)
    first = originals.find(URL, type_="fetch")
    assert (first.type, first.key, first.extension) == ("fetch", URL, None)
    clock.now += 99
    assert originals.is_current(first)
    assert find(originals) == b"Tom"
    assert find(make(server)) == b"Tom"  # another process, the same disk
    assert len(server.asked) == 1


def test_then_it_is_asked_whether_the_file_changed(make: Make, clock: Clock) -> None:
    server = Server()
    originals = make(server)
    first = originals.find(URL, type_="fetch")
    clock.now += 100
    assert not originals.is_current(first)
    second = originals.find(URL, type_="fetch")
    assert server.asked == [Validators(), Validators('"one"')]
    assert second.stamp == first.stamp  # the same bytes: what was derived from them stays
    assert originals.is_current(second)
    server.body, server.etag = b"another Tom", '"two"'
    clock.now += 100
    third = originals.find(URL, type_="fetch")
    assert originals.read(third) == b"another Tom"
    assert not originals.is_current(second)


@pytest.mark.parametrize("failure", [FetchInterrupted("busy"), FetchError("no answer")])
def test_a_server_that_fails_takes_no_picture_away(make: Make, clock: Clock, failure: FetchError) -> None:
    server = Server()
    originals = make(server)
    find(originals)
    clock.now += 1_000
    server.error = failure
    assert find(originals) == b"Tom"


@pytest.mark.parametrize(
    ("failure", "error", "message"),
    [
        (FetchMissing("images.test answers 404"), NotFound, f"^Resource not found - {URL}$"),
        (FetchRefused("no"), Unauthorized, "^Images of type fetch are restricted in this account"),
        (
            FetchError("images.test answers 403"),
            BadRequest,
            rf"^Error in loading - {URL} \(images.test answers 403\)$",
        ),
        (FetchInterrupted("broke off"), BadRequest, "^Error in loading"),
    ],
)
def test_errors_in_the_documented_words(
    make: Make, clock: Clock, failure: FetchError, error: type[RequestError], message: str
) -> None:
    server = Server()
    server.error = failure
    originals = make(server)
    with pytest.raises(error, match=message):
        find(originals)
    server.error = None
    assert find(originals) == b"Tom"
    if not isinstance(failure, FetchMissing | FetchRefused):
        return
    clock.now += 1_000
    server.error = failure
    with pytest.raises(error):  # it is gone, or no longer allowed: the copy is, too
        find(originals)


def test_an_error_is_remembered_for_a_while(tmp_path: Path) -> None:
    server = Server()
    server.error = FetchMissing("no")
    remote = Remote(FileStore(tmp_path, 1_000), server, max_age=100, error_max_age=60, alone=nullcontext)
    for _ in range(3):
        with pytest.raises(NotFound):
            remote.find(URL)
    assert len(server.asked) == 1


def test_many_who_ask_at_once_are_one_request(make: Make) -> None:
    gate, server = threading.Event(), Server()

    def slow(url: str, known: Validators) -> Reply:
        gate.wait(PATIENCE)
        return server(url, known)

    originals = make(slow)
    with ThreadPoolExecutor(8) as pool:
        answers = [pool.submit(find, originals) for _ in range(8)]
        gate.set()
        assert {a.result() for a in answers} == {b"Tom"}
    assert len(server.asked) == 1


def test_the_oldest_go_when_there_are_too_many(make: Make, tmp_path: Path) -> None:
    server = Server()
    server.body = b"x" * 900
    originals = make(server, store_bytes=3_000)
    for n in range(10):
        find(originals, f"{URL}?{n}")
        files = [p for p in (tmp_path / "fetched").glob("??/*") if not p.suffix]
        assert sum(p.stat().st_size for p in files) <= 3_000
    assert find(originals, f"{URL}?9")
    assert len(server.asked) == 10
    find(originals, f"{URL}?0")
    assert len(server.asked) == 11


@pytest.mark.parametrize("damage", ["{", "[]", '{"url": "https://other.test/"}'])
def test_a_damaged_note_is_no_note(make: Make, tmp_path: Path, damage: str) -> None:
    server = Server()
    find(make(server))
    (note,) = (tmp_path / "fetched").glob("??/*.json")
    note.write_text(damage, "utf-8")
    assert find(make(server)) == b"Tom"
    assert len(server.asked) == 2


def test_without_a_server_that_may_be_asked_the_type_is_restricted() -> None:
    with pytest.raises(Unauthorized, match=r"^Images of type fetch are restricted in this account$"):
        Originals({}, (), 1_000).find(URL, type_="fetch")
