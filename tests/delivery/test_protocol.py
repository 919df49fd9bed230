"""Hits that leave in one write: the same answers, in the same order, as the application gives."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import uvicorn
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from keepsight.app import Keepsight, create_app
from keepsight.assets.original import Original
from keepsight.delivery.protocol import HitProtocol
from keepsight.settings import Settings
from tests.waiting import PATIENCE, until

HIT = "/demo/image/upload/w_20/tom.jpg"
LARGE = "/demo/image/upload/f_png/noise.png"
OF_ONE_REQUEST = {"date", "x-request-id", "server-timing"}


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def lasting(self) -> tuple[int, dict[str, str], bytes]:
        """What is the same every time."""
        return self.status, {n: v for n, v in self.headers.items() if n not in OF_ONE_REQUEST}, self.body


class Served:
    """A server, and how often it answered at once."""

    def __init__(self, app: Keepsight, server: uvicorn.Server) -> None:
        self.port = server.servers[0].sockets[0].getsockname()[1]
        self.at_once = 0
        self.app = app
        ask = app.at_once

        def counted(path: str, headers: dict[bytes, bytes]) -> tuple[bytes, bytes] | None:
            answer = ask(path, headers)
            self.at_once += answer is not None
            return answer

        app.at_once = counted  # type: ignore[method-assign, assignment]  # the same, counted

    def ask(self, *requests: bytes, first: Callable[[], object] = lambda: None) -> list[Answer]:
        """Send all at once, do something `first`, and read the answers."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE) as connection:
            connection.sendall(b"".join(requests))
            first()
            with connection.makefile("rb") as file:
                return [_read(file, head=request.startswith(b"HEAD")) for request in requests]


def _read(file: socket.SocketIO, *, head: bool) -> Answer:
    line = file.readline()
    status = int(line.split()[1])
    headers = {}
    while (line := file.readline()) not in (b"\r\n", b""):
        name, _, value = line.decode().partition(":")
        assert name not in headers
        headers[name] = value.strip()
    size = 0 if head or status in (204, 304) else int(headers["content-length"])
    return Answer(status, headers, file.read(size))


def request(path: str = HIT, method: str = "GET", version: str = "1.1", body: bytes = b"", **headers: str) -> bytes:
    lines = [f"{method} {path} HTTP/{version}", "host: test"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join((*lines, "", "")).encode() + body


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("media")
    Image.radial_gradient("L").resize((64, 48)).save(folder / "tom.jpg")
    noise = np.random.default_rng(1).integers(0, 256, (600, 600, 3), np.uint8)
    Image.fromarray(noise).save(folder / "noise.png")
    return folder


@pytest.fixture(scope="module")
def served(media: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    data = tmp_path_factory.mktemp("data")
    app = create_app(Settings.model_validate({"storage": {"media": media, "data": data}, "models": {"weights": data}}))
    options = {"http": HitProtocol, "proxy_headers": False, "timeout_keep_alive": 1, "log_level": "warning"}
    server = uvicorn.Server(uvicorn.Config(app, port=0, **options))  # type: ignore[arg-type]  # of several types
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.01)
    served = Served(app, server)
    for path in (HIT, LARGE):
        served.ask(request(path))
    yield served
    server.should_exit = True
    thread.join(PATIENCE)
    assert not thread.is_alive()


def test_what_lies_in_memory_is_answered_at_once(served: Served) -> None:
    before = served.at_once
    first, second, known = served.ask(request(), request(f"{HIT}?_a=x"), request(if_none_match=_etag(served)))
    assert served.at_once == before + 4  # one of them for the tag
    assert first.status == second.status == 200
    assert first.headers["x-cache"] == "hit"
    assert first.lasting == second.lasting
    assert first.headers["x-request-id"] != second.headers["x-request-id"]
    assert (known.status, known.body) == (304, b"")
    assert known.headers["etag"] == first.headers["etag"]
    assert "content-length" not in known.headers


def _etag(served: Served) -> str:
    return served.ask(request())[0].headers["etag"]


def test_a_request_names_itself(served: Served) -> None:
    sane, other = served.ask(request(x_request_id="a-1"), request(x_request_id="a{1}"))
    assert sane.headers["x-request-id"] == "a-1"
    assert "{" not in other.headers["x-request-id"]


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        (request(method="HEAD"), 200),
        (request(version="1.0"), 200),
        (request(version="1.0", connection="keep-alive"), 200),
        (request(version="1.0", proxy_connection="keep-alive"), 200),
        (request(connection="close"), 200),
        (request(range="bytes=0-3"), 206),
        (request(if_match='"another"'), 412),
        (request(if_none_match='"another"'), 200),
        (request(if_none_match="*"), 304),
        (request(body=b"abc", content_length="3"), 200),
        (request(body=b"3\r\nabc\r\n0\r\n\r\n", transfer_encoding="chunked"), 200),
        (request(method="DELETE"), 405),
        (request(method="OPTIONS"), 204),
        (request("/demo/image/upload/w_20/none.jpg"), 404),
        (request("/health"), 200),
    ],
)
def test_everything_else_goes_its_way(served: Served, asked: bytes, status: int) -> None:
    plain = served.ask(request())[0]
    before = served.at_once
    (answer,) = served.ask(asked)
    assert served.at_once == before
    assert answer.status == status
    if status == 200 and b"/health" not in asked:
        assert answer.headers["etag"] == plain.headers["etag"]
        assert answer.body == (b"" if asked.startswith(b"HEAD") else plain.body)


def test_a_connection_ends_where_its_client_says_so(served: Served) -> None:
    with socket.create_connection(("127.0.0.1", served.port), timeout=PATIENCE) as connection:
        connection.sendall(request() + request(connection="close") + request())
        with connection.makefile("rb") as file:
            answers = [_read(file, head=False), _read(file, head=False)]
            assert [a.status for a in answers] == [200, 200]
            assert file.read() == b""


KINDS = {
    "hit": request(),
    "large": request(LARGE),
    "head": request(method="HEAD"),
    "part": request(range="bytes=0-9"),
    "known": request(if_none_match="*"),
    "missing": request("/demo/image/upload/w_20/none.jpg"),
    "body": request(body=b"abc", content_length="3"),
    "page": request("/health"),
}


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(kinds=st.lists(st.sampled_from(sorted(KINDS)), min_size=2, max_size=12))
def test_answers_come_in_the_order_of_the_requests(served: Served, kinds: Sequence[str]) -> None:
    alone = {kind: served.ask(KINDS[kind])[0].lasting for kind in set(kinds)}
    together = served.ask(*(KINDS[kind] for kind in kinds))
    assert [answer.lasting for answer in together] == [alone[kind] for kind in kinds]


def test_an_idle_connection_ends_by_itself(served: Served) -> None:
    with socket.create_connection(("127.0.0.1", served.port), timeout=PATIENCE) as connection:
        connection.sendall(request())
        with connection.makefile("rb") as file:
            assert _read(file, head=False).status == 200
            assert file.read() == b""


def test_hits_keep_a_connection_open(served: Served) -> None:
    with (
        socket.create_connection(("127.0.0.1", served.port), timeout=PATIENCE) as connection,
        connection.makefile("rb") as file,
    ):
        for _ in range(6):  # more than the second after which idle ones end
            connection.sendall(request())
            assert _read(file, head=False).headers["x-cache"] == "hit"
            last = time.monotonic()
            time.sleep(0.3)
        assert file.read() == b""
        assert time.monotonic() - last > 0.9  # a second after the last one, not after the first


@pytest.mark.parametrize("kind", ["hit", "known", "missing"])
def test_a_request_that_comes_slowly_after_a_hit_is_not_cut_off(served: Served, kind: str) -> None:
    with (
        socket.create_connection(("127.0.0.1", served.port), timeout=PATIENCE) as connection,
        connection.makefile("rb") as file,
    ):
        connection.sendall(request())
        assert _read(file, head=False).headers["x-cache"] == "hit"
        asked = KINDS[kind]
        connection.sendall(asked[:20])
        time.sleep(1.2)
        connection.sendall(asked[20:])
        assert _read(file, head=False).lasting == served.ask(asked)[0].lasting
        assert file.read() == b""  # idle again


def test_requests_that_come_together_look_at_the_file_once(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    looks, originals = list[Original](), served.app.origin.originals
    look = originals.is_current

    def counted(original: Original, *, described: bool = False) -> bool:
        looks.append(original)
        return look(original, described=described)

    monkeypatch.setattr(originals, "is_current", counted)
    assert {answer.headers["x-cache"] for answer in served.ask(*[request()] * 16)} == {"hit"}
    assert len(looks) == 1
    served.ask(request())
    assert len(looks) == 2


def test_a_client_that_reads_slowly_gets_everything(served: Served) -> None:
    before, seen = served.at_once, list[int]()

    def nothing_more_goes_out() -> bool:
        """For twenty looks: a client that takes nothing has filled its connection."""
        seen.append(served.at_once - before)
        return len(seen) > 20 and seen[-20] == seen[-1] > 0

    # 40 MB: more than sockets hold.
    answers = served.ask(*[request(LARGE)] * 40, first=lambda: until(nothing_more_goes_out))
    assert {(a.status, a.body) for a in answers} == {(200, answers[0].body)}
    assert len(answers[0].body) > 500_000
    assert served.at_once - before < 40  # what it does not take piles up at its application, not in memory


def test_a_fault_in_memory_is_no_fault_of_the_request(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = served.ask(request())[0]

    def broken(path: str, headers: dict[bytes, bytes]) -> None:
        raise RuntimeError("for this test")

    monkeypatch.setattr(served.app, "at_once", broken)
    assert [answer.lasting for answer in served.ask(request(), request())] == [plain.lasting] * 2


def test_a_changed_file_is_no_hit(served: Served, media: Path) -> None:
    path = "/demo/image/upload/w_20/changing.jpg"
    Image.new("RGB", (40, 30), "red").save(media / "changing.jpg")
    red, again = served.ask(request(path))[0], served.ask(request(path))[0]
    Image.new("RGB", (40, 20), "blue").save(media / "changing.jpg")
    blue = served.ask(request(path))[0]
    assert (again.headers["x-cache"], blue.headers["x-cache"]) == ("hit", "miss")
    assert red.body == again.body != blue.body


def test_a_long_turn_of_the_loop_looks_again(served: Served, media: Path) -> None:
    path = "/demo/image/upload/w_20/turning.jpg"
    Image.new("RGB", (40, 30), "red").save(media / "turning.jpg")
    for _ in range(2):
        served.ask(request(path))

    async def one_turn() -> list[bool]:
        found = [served.app.at_once(path, {}) is not None]
        Image.new("RGB", (40, 20), "blue").save(media / "turning.jpg")
        time.sleep(0.01)  # noqa: ASYNC251 - the turn is to last: who lets others in ends it
        return [*found, served.app.at_once(path, {}) is not None]

    assert asyncio.run(one_turn()) == [True, False]
