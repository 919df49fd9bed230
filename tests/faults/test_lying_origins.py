"""Other servers that lie, dawdle, flood and lead astray: real connections over the loopback."""

from __future__ import annotations

import gzip
import socket
import threading
import time
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from keepsight.errors import FetchError, FetchRefused
from keepsight.fetch import Fetcher, Limits, Teller
from tests.faults.origins import Conversation, Origin, Talk, certificate, giving, talking, within
from tests.waiting import PATIENCE

LIMITS = Limits(max_bytes=1_000_000, connect=PATIENCE, silence=PATIENCE, total=0.7)
"""The end of the whole is what ends: single reads could wait for much longer."""
PATIENT = Limits(max_bytes=1_000_000, connect=PATIENCE, silence=PATIENCE, total=PATIENCE)
SOON = PATIENCE / 2
"""Seconds: far more than the end of an exchange, far less than what a server here would take."""
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def read(origin: Origin, limits: Limits = LIMITS, scheme: str = "http") -> bytes | None:
    url = f"{scheme}://127.0.0.1:{origin.port}"
    return Fetcher(limits, allow_private=[url]).read(f"{url}/tom.jpg").body


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
        read(origin)


def test_who_dawdles_while_encryption_is_agreed_on_is_left() -> None:
    def hello(talk: Conversation) -> None:
        talk.connection.recv(65_536)
        talk.say(b"\x16\x03\x03\x3f\xff\x02")  # the head of a record of 16,383 bytes
        talk.trickle(b"x")

    with talking(hello, greets=True) as origin, within(SOON), pytest.raises(FetchError, match="took longer"):
        read(origin, scheme="https")


def test_who_answers_no_handshake_is_left() -> None:
    with talking(silent, greets=True) as origin, within(SOON), pytest.raises(FetchError, match="took longer"):
        read(origin, scheme="https")


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
        read(origin)


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
        read(origin, PATIENT)


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
        read(origin, PATIENT)


def test_the_bodies_of_redirects_are_not_read() -> None:
    """They were, whole and unpacked: hundreds of megabytes in a second."""

    def redirect(talk: Conversation) -> None:
        talk.say(b"HTTP/1.1 302 Found\r\nLocation: /again\r\nTransfer-Encoding: chunked\r\n\r\n")
        talk.flood(b"10000\r\n" + b"x" * 65_536 + b"\r\n")

    tracemalloc.start()
    with talking(redirect) as origin, within(SOON), pytest.raises(FetchError, match="redirects too often"):
        read(origin, PATIENT)
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
        assert read(origin, PATIENT) == b"Tom"
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 8 << 20


@pytest.mark.parametrize("encoding", ["gzip", "br", "zstd", "deflate", "identity, gzip"])
def test_what_is_packed_is_not_unpacked(encoding: str) -> None:
    """Nobody asked for it: `Accept-Encoding: identity`."""
    bomb = gzip.compress(bytes(10 << 20))
    with talking(giving(bomb, f"Content-Encoding: {encoding}")) as origin:
        with pytest.raises(FetchError, match="encoding that nobody asked for"):
            read(origin, PATIENT)
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
        read(origin, PATIENT)


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.1:{port}/", "http://127.1:{port}/", "http://2130706433:{port}/", "http://0x7f.1:{port}/",
        "http://0177.0.0.1:{port}/", "http://[::1]:{port}/", "http://[::ffff:127.0.0.1]:{port}/",
        "http://[::ffff:7f00:1]:{port}/", "http://[::127.0.0.1]:{port}/", "http://[64:ff9b::7f00:1]:{port}/",
        "http://[2002:7f00:1::]:{port}/", "http://[fe80::1%25lo]:{port}/", "http://localhost:{port}/",
        "http://localhost.:{port}/", "http://LOCALHOST:{port}/", "//127.0.0.1:{port}/", "\\\\127.0.0.1:{port}\\",
        "http://①②⑦.⓪.⓪.①:{port}/", "http://127。0。0。1:{port}/", "http://127.0.0.1.:{port}/", "http://0:{port}/",
        "http://0.0.0.0:{port}/", "http://user@127.0.0.1:{port}/", "http://127.0.0.1:{port}@127.0.0.1:{port}/",
        "https://127.0.0.1:{port}/", "file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1:{port}/_GET%20/",
        "data:text/plain,secret", "javascript:alert(1)", "http://169.254.169.254/latest/meta-data/",
        "http://metadata.google.internal/", "http://[fd00:ec2::254]/", "http://100.100.100.200/",
        "http://192.168.0.1/", "http://10.0.0.1/", "http://127.0.0.1:99999/", "http://127.0.0.1:-1/",
    ],
)  # fmt: skip
def test_no_redirect_leads_inside(location: str) -> None:
    """From an origin that an administrator named to whatever else this machine can reach."""
    with talking(giving(b"secret")) as inside:
        target = location.format(port=inside.port)
        lead = f"HTTP/1.1 302 Found\r\nLocation: {target}\r\nContent-Length: 0\r\n\r\n".encode()
        # One that leads back to itself ("\\\\host" is a path to some) may go in circles, but nowhere else.
        with talking(lambda talk: talk.say(lead)) as origin, within(SOON), pytest.raises(FetchError):
            read(origin, PATIENT)
        assert not inside.talks


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_every_kind_of_redirect_is_looked_at(status: int) -> None:
    with (
        talking(giving(b"secret")) as inside,
        talking(giving(b"", f"Location: {inside.url}/", status=f"{status} Moved")) as origin,
        pytest.raises(FetchRefused),
    ):
        read(origin, PATIENT)
    assert not inside.talks


def test_nothing_that_is_told_is_told_to_another() -> None:
    with talking(giving(b"")) as inside:
        lead = giving(b"", f"Location: {inside.url}/", status="307 Moved")
        with talking(lead) as origin:
            assert Teller(5, allow_private=[origin.url, inside.url]).post(origin.url, b"said", {}) == 307
    assert not inside.talks


class Rebinding:
    """The name service of the machine, in which one name means something else each time it is asked for."""

    def __init__(self, name: str, *answers: list[str]) -> None:
        self.name, self.answers, self.asked = name, list(answers), 0
        self._system = socket.getaddrinfo

    def __call__(self, host: Any, port: Any, *rest: Any, **more: Any) -> Any:
        if host != self.name:
            return self._system(host, port, *rest, **more)
        addresses = self.answers[min(self.asked, len(self.answers) - 1)]
        self.asked += 1
        return [found for address in addresses for found in self._system(address, port, *rest, **more)]


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Where connections go. Those to 8.8.8.8 really go to the loopback: the test does not leave the machine."""
    went: list[tuple[str, int]] = []
    really = socket.create_connection

    def connect(address: tuple[str, int], *rest: Any, **more: Any) -> socket.socket:
        went.append(address)
        return really(("127.0.0.1", address[1]) if address[0] == "8.8.8.8" else address, *rest, **more)

    monkeypatch.setattr(socket, "create_connection", connect)
    return went


def test_a_name_that_changes_its_mind_after_it_was_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, connected: list[tuple[str, int]]
) -> None:
    """Public when it is checked, private a moment later: the connection goes where the check was."""
    tls = certificate(tmp_path, "rebinding.test", monkeypatch)
    names = Rebinding("rebinding.test", ["8.8.8.8"], ["127.0.0.1"])
    monkeypatch.setattr(socket, "getaddrinfo", names)
    with talking(giving(b"public"), tls=tls) as origin:
        url = f"https://rebinding.test:{origin.port}/"
        assert Fetcher(PATIENT).read(url).body == b"public"
        assert connected == [("8.8.8.8", origin.port)]
        assert names.asked == 1
        with pytest.raises(
            FetchRefused, match="no server on the public internet"
        ):  # asked for anew: it is private now
            Fetcher(PATIENT).read(url)
        assert len(origin.talks) == 1


def test_a_name_that_changes_its_mind_between_redirects(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, connected: list[tuple[str, int]]
) -> None:
    tls = certificate(tmp_path, "rebinding.test", monkeypatch)
    monkeypatch.setattr(socket, "getaddrinfo", Rebinding("rebinding.test", ["8.8.8.8"], ["127.0.0.1"]))
    with talking(giving(b"", "Location: /secret", status="302 Found"), tls=tls) as origin:
        with pytest.raises(FetchRefused):
            Fetcher(PATIENT).read(f"https://rebinding.test:{origin.port}/")
        assert len(connected) == len(origin.talks) == 1


def test_one_private_address_among_public_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, connected: list[tuple[str, int]]
) -> None:
    """Private ones are never tried, not even when the public ones do not answer."""
    tls = certificate(tmp_path, "mixed.test", monkeypatch)
    answers = ["127.0.0.1", "::1", "10.0.0.1", "8.8.8.8", "169.254.169.254"]
    monkeypatch.setattr(socket, "getaddrinfo", Rebinding("mixed.test", answers))
    with talking(giving(b"public"), tls=tls) as origin:
        assert Fetcher(PATIENT).read(f"https://mixed.test:{origin.port}/").body == b"public"
    with pytest.raises(FetchError, match="cannot be reached"):
        Fetcher(PATIENT).read(f"https://mixed.test:{origin.port}/")
    assert {host for host, _ in connected} == {"8.8.8.8"}


def test_an_origin_that_was_named_is_not_followed_to_what_is_never_a_server(
    monkeypatch: pytest.MonkeyPatch, connected: list[tuple[str, int]]
) -> None:
    """The name of a private origin begins to mean the machine's metadata."""
    monkeypatch.setattr(socket, "getaddrinfo", Rebinding("media.test", ["127.0.0.1"], ["169.254.169.254"]))
    with talking(giving(b"Tom")) as origin:
        url = f"http://media.test:{origin.port}"
        fetcher = Fetcher(PATIENT, allow_private=[url])
        assert fetcher.read(url).body == b"Tom"
        with pytest.raises(FetchRefused):
            fetcher.read(url)
    assert connected == [("127.0.0.1", origin.port)]


def test_nothing_of_the_machine_goes_along(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No proxy, no password file, no cookie of another answer."""
    netrc = tmp_path / ".netrc"
    netrc.write_text("machine 127.0.0.1 login tom password secret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with talking(giving(b"Tom", "Set-Cookie: a=b")) as origin:
        fetcher = Fetcher(PATIENT, allow_private=[origin.url])
        assert [fetcher.read(origin.url).body for _ in range(2)] == [b"Tom", b"Tom"]
        sent = b"".join(talk.request for talk in origin.talks).lower()
    assert b"authorization" not in sent
    assert b"cookie" not in sent
