"""Real servers over loopback, with the toy detector or the stand-in weights."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import httpx
import pytest

from tests.waiting import PATIENCE, TLS, UNHURRIED, free_port, until

TOY = Path(__file__).resolve().parents[1] / "models" / "toy"

Start = Callable[..., "Server"]


@dataclass(frozen=True)
class Server:
    """A `keepsight serve` process."""

    url: str
    data: Path
    log: Path

    def get(self, path: str, **headers: str) -> httpx.Response:
        return httpx.get(self.url + path, headers=headers, timeout=PATIENCE, verify=TLS)

    def image(self, transformation: str, public_id: str, **headers: str) -> httpx.Response:
        return self.get(f"/demo/image/upload/{transformation}/{public_id}", **headers)


@contextmanager
def starting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    """Start servers: `start(media, KEEPSIGHT_…=value)`; they end with the block."""
    running: list[subprocess.Popen[bytes]] = []

    def started(media: Path, **settings: str) -> Server:
        folder = tmp_path_factory.mktemp("server")
        port = free_port()
        environment = {k: v for k, v in os.environ.items() if not k.startswith("KEEPSIGHT_")}
        environment |= UNHURRIED | {"KEEPSIGHT_STORAGE__DATA": str(folder / "data")}
        environment |= {"KEEPSIGHT_SERVER__GRACE": "2"} | settings  # the database may be gone before the server
        log = folder / "log"
        command = [sys.executable, "-m", "keepsight.cli", "serve", str(media), "--port", str(port)]
        process = subprocess.Popen(command, env=environment, stdout=log.open("wb"), stderr=subprocess.STDOUT)
        running.append(process)
        server = Server(f"http://127.0.0.1:{port}", folder / "data", log)
        until(lambda: answers(server, process))
        return server

    yield started
    for process in running:
        process.terminate()
    for process in running:
        process.wait(PATIENCE)


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    """Starts servers, which end with the module."""
    with starting(tmp_path_factory) as started:
        yield started


@pytest.fixture(scope="session")
def detectors() -> None:
    """Skips where torch and ultralytics are not installed."""
    if find_spec("torch") is None or find_spec("ultralytics") is None:
        pytest.skip("needs the extra [detect]: torch and ultralytics")


def answers(server: Server, process: subprocess.Popen[bytes]) -> bool:
    """Whether it is up. Fails when its process has ended."""
    assert process.poll() is None, f"the server did not start:\n{server.log.read_text('utf-8')}"
    with suppress(httpx.TransportError):
        return server.get("/health").status_code == 200
    return False
