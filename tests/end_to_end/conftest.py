"""Real servers over loopback, with the toy detector or the stand-in weights."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import httpx
import pytest

TOY = Path(__file__).resolve().parents[1] / "models" / "toy"
START_SECONDS = 60

Start = Callable[..., "Server"]


@dataclass(frozen=True)
class Server:
    """A `keepsight serve` process."""

    url: str
    data: Path
    log: Path

    def get(self, path: str, **headers: str) -> httpx.Response:
        return httpx.get(self.url + path, headers=headers, timeout=60)

    def image(self, transformation: str, public_id: str, **headers: str) -> httpx.Response:
        return self.get(f"/demo/image/upload/{transformation}/{public_id}", **headers)


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    """Start servers: `start(media, KEEPSIGHT_…=value)`; they end with the module."""
    running: list[subprocess.Popen[bytes]] = []

    def started(media: Path, **settings: str) -> Server:
        folder = tmp_path_factory.mktemp("server")
        port = free_port()
        environment = {k: v for k, v in os.environ.items() if not k.startswith("KEEPSIGHT_")}
        environment |= {"KEEPSIGHT_STORAGE__DATA": str(folder / "data")} | settings
        log = folder / "log"
        command = [sys.executable, "-m", "keepsight.cli", "serve", str(media), "--port", str(port)]
        process = subprocess.Popen(command, env=environment, stdout=log.open("wb"), stderr=subprocess.STDOUT)
        running.append(process)
        server = Server(f"http://127.0.0.1:{port}", folder / "data", log)
        _wait(server, process)
        return server

    yield started
    for process in running:
        process.terminate()
    for process in running:
        process.wait(timeout=30)


@pytest.fixture(scope="session")
def detectors() -> None:
    """Skips where torch and ultralytics are not installed."""
    if find_spec("torch") is None or find_spec("ultralytics") is None:
        pytest.skip("needs the extra [detect]: torch and ultralytics")


def free_port() -> int:
    """One on which nobody listens at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(server: Server, process: subprocess.Popen[bytes]) -> None:
    ends = time.monotonic() + START_SECONDS
    while time.monotonic() < ends:
        try:
            if server.get("/health").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
        if process.poll() is not None:
            break
    pytest.fail(f"the server did not start:\n{server.log.read_text('utf-8')}")
