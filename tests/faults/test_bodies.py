"""Bodies of requests: too many, too slow, too deep, too large. A real server over the loopback."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepsight.api.form.room import Room
from keepsight.api.strict_json import DEEPEST, read_json
from keepsight.errors import Unavailable
from tests.end_to_end.conftest import Server, Start, start  # noqa: F401 - a fixture
from tests.waiting import PATIENCE, until

KEY, SECRET = "key", "abcd"
ADMIN = (KEY, SECRET)
UPLOAD = "/v1_1/demo/image/upload"
HELD = 6_000_000


SETTINGS = {
    "KEEPSIGHT_CLOUD__API_KEY": KEY,
    "KEEPSIGHT_CLOUD__API_SECRET": SECRET,
    "KEEPSIGHT_LIMITS__UPLOADS_BYTES": str(HELD),
    "KEEPSIGHT_LIMITS__QUEUE": "6",
    "KEEPSIGHT_MODELS__PRELOAD": "false",
}


@pytest.fixture(scope="module")
def server(start: Start, tmp_path_factory: pytest.TempPathFactory) -> Server:  # noqa: F811 - see above
    return start(tmp_path_factory.mktemp("media"), **SETTINGS)


@pytest.fixture(scope="module")
def impatient(start: Start, tmp_path_factory: pytest.TempPathFactory) -> Server:  # noqa: F811 - see above
    return start(tmp_path_factory.mktemp("media"), **SETTINGS, KEEPSIGHT_LIMITS__UPLOAD_TIMEOUT="1")


@contextmanager
def sending(server: Server, stated: int, sent: int, path: str = UPLOAD) -> Iterator[socket.socket]:
    """An upload that stops in its middle and stays connected."""
    host = urlsplit(server.url)
    with socket.create_connection((host.hostname, host.port), PATIENCE) as connection:
        head = (
            f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {stated}\r\n"
            "Content-Type: multipart/form-data; boundary=b\r\n\r\n"
        )
        part = '--b\r\nContent-Disposition: form-data; name="file"; filename="x.jpg"\r\n\r\n'
        connection.sendall((head + part).encode() + b"x" * sent)
        yield connection


def held(server: Server) -> int:
    """Bytes that are held, as whoever wants nearly all the room hears before sending anything; 0: too few to say."""
    with sending(server, HELD - 1_000, 0) as connection:
        connection.settimeout(0.3)
        try:
            answer = connection.recv(65_536)
        except TimeoutError:
            return 0
    found = re.search(rb"(\d+) bytes of bodies are in work already", answer)
    assert found, answer
    return int(found[1])


def test_all_bodies_together_are_bounded(server: Server) -> None:
    """Who comes when there is no room hears so at once; those who have room go on, and room is given back."""
    with ExitStack() as stack:
        for _ in range(3):
            stack.enter_context(sending(server, 1_950_000, 1_900_000))
        until(lambda: held(server) >= 3 * 1_900_000, "what was sent never arrived")
        answer = httpx.post(server.url + UPLOAD, files={"file": ("x.jpg", bytes(500_000))})
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) >= 1
        assert "bytes of bodies are in work already" in answer.json()["error"]["message"]
        # Whoever has the secret has room of their own, and pictures need none.
        assert httpx.get(f"{server.url}/v1_1/demo/ping", auth=ADMIN).status_code == 200
        assert server.get("/health").status_code == 200
    await_room(server)


def test_the_number_of_bodies_is_bounded(server: Server) -> None:
    await_room(server)
    with ExitStack() as stack:
        for _ in range(6):
            stack.enter_context(sending(server, 1_000, 10))
        until(lambda: "6 bodies are in work already" in refusal(server), "what was sent never arrived")
    await_room(server)


def await_room(server: Server) -> None:
    """What was held is given back when its client leaves."""
    until(lambda: "are in work already" not in refusal(server), "room was never given back")


def refusal(server: Server) -> str:
    """Why a small body is not taken that is no picture."""
    answer = httpx.post(server.url + UPLOAD, files={"file": ("x.jpg", b"x")})
    said = answer.json()["error"]["message"]
    assert answer.status_code == (503 if "in work already" in said else 400)
    return str(said)


def test_a_body_that_comes_too_slowly(impatient: Server) -> None:
    with sending(impatient, 1_000_000, 10) as connection:
        answer = b""
        while True:  # the connection is closed: nothing else of it is waited for
            part = connection.recv(65_536)
            if not part:
                break
            answer += part
    assert answer.startswith(b"HTTP/1.1 408")
    assert b"came too slowly" in answer


def test_a_body_that_trickles(impatient: Server) -> None:
    """A byte now and then is no reason to wait longer."""
    with sending(impatient, 1_000_000, 10) as connection:
        connection.settimeout(0.1)

        def answer() -> bytes:
            connection.sendall(b"x")
            with suppress(TimeoutError):
                return connection.recv(65_536)
            return b""

        assert until(answer, "it was waited for without end").startswith(b"HTTP/1.1 408")


def test_nothing_is_left_of_what_broke_off(server: Server) -> None:
    with sending(server, 2_000_000, 100_000):
        until(lambda: any((server.data / "incoming").iterdir()))
    await_room(server)
    until(lambda: not any((server.data / "incoming").iterdir()))


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"expression":' + b"[" * 40 + b"]" * 40 + b"}", "too deep"),
        (b'{"expression":' + b'{"a":' * 900 + b"1" + b"}" * 900 + b"}", "too deep"),
        (b'{"expression":' + b"[" * 200_000, "Invalid JSON"),
        (b'{"max_results": NaN}', "no number"),
        (b'{"max_results": -Infinity}', "no number"),
        (b'{"max_results": 1e999}', "no number"),
        (b'{"max_results": ' + b"9" * 5_000 + b"}", "Invalid JSON"),
        (b'{"a":1,' * 3, "Invalid JSON"),
        (b"\xff\xfe{}", "Invalid"),
        (b'{"expression": "' + b"a" * 5_000_000 + b'"}', "too large"),
    ],
)
def test_json_that_means_no_good(server: Server, body: bytes, said: str) -> None:
    answer = httpx.post(
        f"{server.url}/v1_1/demo/resources/search",
        content=body,
        headers={"Content-Type": "application/json"},
        auth=ADMIN,
    )
    assert answer.status_code == 400, answer.text
    assert said in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/x-www-form-urlencoded", b"a=b&" * 3_000),
        ("application/x-www-form-urlencoded", b"a=\xff%ff"),
        ("multipart/form-data; boundary=b", b"--b\r\n" + b"X-A: " + b"x" * 100_000 + b"\r\n\r\n"),
        ("multipart/form-data; boundary=b", b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\nx\r\n' * 3_000),
        ("multipart/form-data; boundary=" + "b" * 5_000, b"x"),
        ('multipart/form-data; boundary="', b"x"),
        ("multipart/form-data;" + ";" * 5_000, b"x"),
    ],
)
def test_forms_that_mean_no_good(server: Server, kind: str, body: bytes) -> None:
    answer = httpx.post(server.url + UPLOAD, content=body, headers={"Content-Type": kind})
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"]["message"]


def test_a_query_that_means_no_good(server: Server) -> None:
    answer = httpx.get(f"{server.url}/v1_1/demo/resources/image?{'a=b&' * 3_000}", auth=ADMIN)
    assert answer.status_code == 400
    assert "Invalid query" in answer.json()["error"]["message"]


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=30))
def test_room_is_never_exceeded_and_always_given_back(wanted: list[tuple[int, int]]) -> None:
    room = Room(100, 5)
    with ExitStack() as stack:
        for stated, arrived in wanted:
            try:
                claim = stack.enter_context(room.claim(50, stated))
                claim.grow(arrived)
            except Unavailable as error:
                assert error.retry_after >= 1
            assert 0 <= room.bytes <= 100
            assert room.bodies <= 5
    assert room.bytes == room.bodies == 0


@given(
    st.recursive(
        st.none() | st.integers() | st.text(max_size=5),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=3), inner),
    )
)
def test_json_is_what_it_says(value: object) -> None:
    assert read_json(json.dumps(value)) == value


@pytest.mark.parametrize("depth", [DEEPEST, DEEPEST + 1])
def test_the_depth_of_json(depth: int) -> None:
    text = "[" * depth + "]" * depth
    if depth == DEEPEST:
        assert read_json(text)
    else:
        with pytest.raises(ValueError, match="too deep"):
            read_json(text)


@pytest.mark.parametrize(
    "text", [r'"\ud800"', r'["a\udfffb"]', r'{"\ud83d": 1}', r'{"a": {"b": "\ude00\ud83d"}}', b'"\xed\xa0\x80"']
)
def test_halves_of_surrogate_pairs_are_no_characters(text: bytes | str) -> None:
    assert read_json(r'{"\ud83d\ude00": "\ud83d\ude00"}') == {"\U0001f600": "\U0001f600"}
    with pytest.raises(ValueError, match="half of a surrogate pair"):
        read_json(text)


def test_metadata_may_be_json_of_no_depth(server: Server, tmp_path: Path) -> None:
    """Inside of a form, too."""
    for value in ("[" * 100_000, '["' + "\\ud800" + '"]', "[NaN]", "[1e999]"):
        answer = httpx.post(
            f"{server.url}/v1_1/demo/resources/image/upload/x", data={"metadata": f"a={value}"}, auth=ADMIN
        )
        assert answer.status_code in (400, 404), answer.text
