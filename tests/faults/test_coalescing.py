"""Who asks for the same at once, in one process or in several, has it made once."""

from __future__ import annotations

import fcntl
import signal
import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote, urlsplit

import httpx
import pytest
from serving import Handler, serving

from keepsight.claims import Claims
from tests.waiting import PATIENCE, until

from .running import Launch, Running

SLOW = "c_scale,w_1900,e_oil_paint:40"
"""Takes long enough for all to ask meanwhile."""
NO_EXAMPLES = {"CLOUD__API_SECRET": "abcd", "CLOUD__API_KEY": "key"}
"""Without a secret a server makes its own pictures at the start, as examples for the terminal."""


def renders(answers: list[httpx.Response]) -> int:
    """How often a picture was made: those who share the work get the same account of it, others find it on disk."""
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    return len({a.headers["server-timing"] for a in answers if a.headers["x-cache"] == "miss"})


def ask_at_once(servers: list[Running], each: int) -> list[httpx.Response]:
    with ThreadPoolExecutor(len(servers) * each) as pool:
        asked = [pool.submit(server.image, SLOW) for _ in range(each) for server in servers]
        return [a.result() for a in asked]


def test_two_servers_at_one_data_folder_make_a_picture_once(launch: Launch) -> None:
    servers = [launch(**NO_EXAMPLES), launch(**NO_EXAMPLES)]
    answers = ask_at_once(servers, 4)
    assert renders(answers) == 1
    assert len(list(servers[0].data.glob("derived/*/*/*"))) == 1


def test_the_processes_of_one_server_make_a_picture_once(launch: Launch) -> None:
    server = launch("--workers", "3")
    assert renders(ask_at_once([server], 12)) == 1


def test_a_process_that_is_killed_leaves_its_work_to_others(launch: Launch) -> None:
    doomed, other = launch(), launch()
    with ThreadPoolExecutor(2) as pool:
        lost = pool.submit(doomed.image, SLOW)
        until(lambda: _is_at_work(doomed))
        waiting = pool.submit(other.image, SLOW)
        doomed.signal(signal.SIGKILL)
        assert waiting.result().status_code == 200
        with pytest.raises(httpx.TransportError):
            lost.result()


def _is_at_work(server: Running) -> bool:
    """Whether any claim is held, by a process that is not this one."""
    with suppress(FileNotFoundError), (server.data / "claims").open("r+b") as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def test_a_client_that_leaves_takes_no_picture_away(launch: Launch) -> None:
    server = launch(**NO_EXAMPLES)
    parts = urlsplit(server.url)
    with ThreadPoolExecutor(1) as pool, socket.create_connection((parts.hostname, parts.port)) as leaving:
        leaving.sendall(f"GET /demo/image/upload/{SLOW}/tom.jpg HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        until(lambda: _is_at_work(server))
        staying = pool.submit(server.image, SLOW)
        leaving.close()
        assert staying.result().status_code == 200
    assert staying.result().headers["x-cache"] == "miss"  # it joined the work that the other one had begun
    assert server.image(SLOW).headers["x-cache"] == "hit"
    assert len(list(server.data.glob("derived/*/*/*"))) == 1


def test_where_there_is_no_file_to_lock_everything_is_free(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    one, other = Claims(tmp_path / "folder"), Claims(tmp_path / "folder")
    assert one.take("a")
    assert not one.take("a")  # in this process it still counts
    assert other.take("a")
    one.release("a")
    assert one.take("a")


def test_two_servers_fetch_a_file_once(launch: Launch, media: Path) -> None:
    photo, gate = (media / "tom.jpg").read_bytes(), threading.Event()

    def slow(handler: Handler) -> None:
        gate.wait(PATIENCE)
        handler.give(200, photo, Content_Type="image/jpeg")

    with serving(slow) as site, ThreadPoolExecutor(4) as pool:
        servers = [launch(FETCH__UNSAFE_ORIGINS=site.url) for _ in range(2)]
        path = f"/demo/image/fetch/w_30/{quote(site.url, safe='')}%2Ftom.jpg"
        asked = [pool.submit(server.get, path) for server in servers * 2]
        until(lambda: site.requests)
        gate.set()
        assert {a.result().status_code for a in asked} == {200}
    assert len(site.requests) == 1


def test_claims_of_threads_and_of_a_process_that_ends(tmp_path: Path) -> None:
    file = tmp_path / "claims"
    claims = Claims(file)
    assert claims.take("a")
    assert not claims.take("a")
    assert claims.take("b")
    claims.release("a")
    assert claims.take("a")
    code = (
        "import sys; from pathlib import Path; from keepsight.claims import Claims\n"
        "claims = Claims(Path(sys.argv[1])); print(claims.take('a'), claims.take('c'), flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", code, str(file)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline().split() == ["False", "True"]
        assert not claims.take("c")
        with claims.held("c", patience=0.05) as taken:
            assert not taken
        other.kill()
        other.wait()
    with claims.held("c", patience=PATIENCE) as taken:
        assert taken
        assert not claims.take("c")
    assert claims.take("c")
    claims.close()
