"""Other servers that lie, dawdle and flood: real connections over the loopback."""

from __future__ import annotations

import gzip
import socket
import threading
import time
import tracemalloc

import pytest

from keepsight.errors import FetchError
from keepsight.fetch import Fetcher, Limits
from tests.faults.origins import PATIENT, SOON, Conversation, Talk, giving, read, talking, within
from tests.waiting import PATIENCE

LIMITS = Limits(max_bytes=1_000_000, connect=PATIENCE, silence=PATIENCE, total=0.7)
"""The end of the whole is what ends: single reads could wait for much longer."""
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def slow_head(talk: Conversation) -> None:
    talk.say(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    talk.trickle(b"x")


def slow_status(talk: Conversation) -> None:
    talk.say(b"HTTP/1.1 2")
    talk.trickle(b"0")


def slow_body(talk: Conversation) -> None:
    talk.say(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    talk.trickle(b"x")


def slow_chunks(talk: Conversation) -> None:
    talk.say(CHUNKED)
    talk.trickle(b"1\r\nx\r\n")


def slow_chunk_size(talk: Conversation) -> None:
    talk.say(CHUNKED)
    talk.trickle(b"0")


def slow_without_length(talk: Conversation) -> None:
    talk.say(b"HTTP/1.1 200 OK\r\n\r\n")
    talk.trickle(b"x")


def never_final(talk: Conversation) -> None:
    talk.trickle(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")


def slow_redirect(talk: Conversation) -> None:
    talk.say(b"HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 1000\r\nX-Slow: ")
    talk.trickle(b"x")


def silent(talk: Conversation) -> None:
    talk.over.wait(PATIENCE)


SLOW: list[Talk] = [
    slow_head, slow_status, slow_body, slow_chunks, slow_chunk_size, slow_without_length, never_final, slow_redirect,
    silent,
]  # fmt: skip


@pytest.mark.parametrize("talk", SLOW, ids=lambda talk: talk.__name__)
def test_who_dawdles_is_left(talk: Talk) -> None:
    with talking(talk) as origin, within(SOON), pytest.raises(FetchError, match=r"took longer than 0\.7 s"):
        read(origin, LIMITS)


def test_who_dawdles_while_encryption_is_agreed_on_is_left() -> None:
    def hello(talk: Conversation) -> None:
        talk.connection.recv(65_536)
        talk.say(b"\x16\x03\x03\x3f\xff\x02")  # the head of a record of 16,383 bytes
        talk.trickle(b"x")

    with talking(hello, greets=True) as origin, within(SOON), pytest.raises(FetchError, match="took longer"):
        read(origin, LIMITS, "https")


def test_who_answers_no_handshake_is_left() -> None:
    with talking(silent, greets=True) as origin, within(SOON), pytest.raises(FetchError, match="took longer"):
        read(origin, LIMITS, "https")


def test_who_takes_no_connection_is_left() -> None:
    """Each of its addresses would be waited for; all of them together get the time of the whole."""
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        fillers = [socket.socket() for _ in range(4)]  # the queue of a listener that accepts nobody
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(full.getsockname())
        url = f"http://full.test:{full.getsockname()[1]}"
        fetcher = Fetcher(LIMITS, allow_private=[url], resolve=lambda *_: ["127.0.0.1"] * 4)
        with within(SOON), pytest.raises(FetchError, match=r"took longer than 0\.7 s"):
            fetcher.read(url)
        for filler in fillers:
            filler.close()


def test_a_name_service_that_does_not_answer_is_left() -> None:
    asked = threading.Event()

    def never(_: str, __: int) -> list[str]:
        asked.wait(PATIENCE)
        return ["127.0.0.1"]

    fetcher = Fetcher(LIMITS, allow_private=["http://slow.test"], resolve=never)
    with within(SOON), pytest.raises(FetchError, match=r"slow\.test took longer than 0\.7 s"):
        fetcher.read("http://slow.test/")
    asked.set()


def test_who_dawdles_at_every_redirect_is_left() -> None:
    """The time is that of the whole, not of each step."""

    def step(talk: Conversation) -> None:
        time.sleep(0.3)
        talk.say(b"HTTP/1.1 302 Found\r\nLocation: /on\r\nContent-Length: 0\r\n\r\n")

    with talking(step) as origin, within(SOON), pytest.raises(FetchError, match="took longer"):
        read(origin, LIMITS)


def endless(talk: Conversation) -> None:
    talk.say(b"HTTP/1.1 200 OK\r\n\r\n")
    talk.flood(b"x" * 65_536)


def endless_chunks(talk: Conversation) -> None:
    talk.say(CHUNKED)
    talk.flood(b"10000\r\n" + b"x" * 65_536 + b"\r\n")


def one_chunk_without_end(talk: Conversation) -> None:
    talk.say(CHUNKED + b"fffffffffffffff\r\n")
    talk.flood(b"x" * 65_536)


def says_less(talk: Conversation) -> None:
    """A length that a reader may trust when it makes room, and a body that goes on."""
    talk.say(b"HTTP/1.1 200 OK\r\nContent-Length: 999999999999999999\r\n\r\n")
    talk.flood(b"x" * 65_536)


@pytest.mark.parametrize("talk", [endless, endless_chunks, one_chunk_without_end, says_less])
def test_who_sends_without_end_is_left(talk: Talk) -> None:
    with talking(talk) as origin, within(SOON), pytest.raises(FetchError, match="more than 1000000 bytes"):
        read(origin)


def endless_head(talk: Conversation) -> None:
    talk.say(b"HTTP/1.1 200 OK\r\n")
    talk.flood(b"X-More: " + b"x" * 1_000 + b"\r\n")


def endless_header(talk: Conversation) -> None:
    talk.say(b"HTTP/1.1 200 OK\r\nX-More: ")
    talk.flood(b"x" * 65_536)


def endless_trailers(talk: Conversation) -> None:
    talk.say(CHUNKED + b"1\r\nx\r\n0\r\n")
    talk.flood(b"X-More: " + b"x" * 1_000 + b"\r\n")


@pytest.mark.parametrize("talk", [endless_head, endless_header, endless_trailers])
def test_heads_without_end_are_left(talk: Talk) -> None:
    with talking(talk) as origin, within(SOON), pytest.raises(FetchError):
        read(origin)


def test_the_bodies_of_redirects_are_not_read() -> None:
    """They were, whole and unpacked: hundreds of megabytes in a second."""

    def redirect(talk: Conversation) -> None:
        talk.say(b"HTTP/1.1 302 Found\r\nLocation: /again\r\nTransfer-Encoding: chunked\r\n\r\n")
        talk.flood(b"10000\r\n" + b"x" * 65_536 + b"\r\n")

    tracemalloc.start()
    with talking(redirect) as origin, within(SOON), pytest.raises(FetchError, match="redirects too often"):
        read(origin)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 8 << 20
    assert len(origin.talks) == PATIENT.redirects + 1


def test_packed_bodies_of_redirects_are_not_unpacked() -> None:
    bomb = gzip.compress(bytes(64 << 20))

    def redirect(talk: Conversation) -> None:
        if b"GET /tom.jpg" in talk.request:
            giving(bomb, "Location: /there", "Content-Encoding: gzip", status="302 Found")(talk)
        else:
            giving(b"Tom")(talk)

    tracemalloc.start()
    with talking(redirect) as origin:
        assert read(origin) == b"Tom"
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 8 << 20


@pytest.mark.parametrize("encoding", ["gzip", "br", "zstd", "deflate", "identity, gzip"])
def test_what_is_packed_is_not_unpacked(encoding: str) -> None:
    """Nobody asked for it: `Accept-Encoding: identity`."""
    bomb = gzip.compress(bytes(10 << 20))
    with talking(giving(bomb, f"Content-Encoding: {encoding}")) as origin:
        with pytest.raises(FetchError, match="encoding that nobody asked for"):
            read(origin)
        assert b"accept-encoding: identity" in origin.talks[0].request.lower()


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfive5", "broke off"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nfour", "broke off|not HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "broke off|not HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1e3\r\n\r\n", "broke off|not HTTP"),
        (CHUNKED + b"5\r\nabc", "broke off"),
        (CHUNKED + b"zz\r\nabc", "broke off|not HTTP"),
        (b"HTTP/1.1 999999 OK\r\n\r\n", "broke off|not HTTP"),
        (b"\x00" * 100, "broke off|not HTTP"),
        (b"", "broke off"),
        (b"HTTP/1.1 302 Found\r\nLocation: http://[::1\r\nContent-Length: 0\r\n\r\n", "broke off|not HTTP|cannot be"),
        (b"HTTP/1.1 302 Found\r\nLocation: \r\nContent-Length: 0\r\n\r\n", "redirects too often|answers 302"),
        (b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n", "answers 302"),
        (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", "answers 101|broke off"),
    ],
)
def test_what_is_no_answer_is_said_in_words(answer: bytes, message: str) -> None:
    with talking(lambda talk: talk.say(answer)) as origin, within(SOON), pytest.raises(FetchError, match=message):
        read(origin)
