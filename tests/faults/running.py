"""Real server processes that a test may signal, kill and start again over the same data, whole families of them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.waiting import PATIENCE, TLS, UNHURRIED, free_port, until

Process = subprocess.Popen[bytes]
Launch = Callable[..., "Running"]


@dataclass(frozen=True)
class Running:
    """A `keepsight serve` process."""

    url: str
    data: Path
    log: Path
    process: subprocess.Popen[bytes]

    def get(self, path: str, **headers: str) -> httpx.Response:
        return httpx.get(self.url + path, headers=headers, timeout=PATIENCE, verify=TLS)

    def image(self, transformation: str, public_id: str = "tom.jpg") -> httpx.Response:
        return self.get(f"/demo/image/upload/{transformation}/{public_id}")

    def said(self, event: str) -> list[str]:
        """Lines of the log about an event."""
        return [line for line in self.log.read_text("utf-8").splitlines() if f'"event": "{event}"' in line]

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def ended(self) -> int:
        return self.process.wait(PATIENCE)


@contextmanager
def launching(folder: Path, media: Path) -> Iterator[Launch]:
    """`launch("--workers", "2", data="a", LIMITS__THREADS="1")` starts a server; they end with the block.

    `starting` is called with it until it answers.
    """
    running: list[subprocess.Popen[bytes]] = []

    def launched(
        *options: str, data: str = "data", starting: Callable[[Process], object] = lambda _: None, **settings: str
    ) -> Running:
        port, log = free_port(), folder / f"log{len(running)}"
        environment = {k: v for k, v in os.environ.items() if not k.startswith("KEEPSIGHT_")}
        environment |= UNHURRIED | {f"KEEPSIGHT_{name}": value for name, value in settings.items()}
        environment |= {"KEEPSIGHT_STORAGE__DATA": str(folder / data), "KEEPSIGHT_MODELS__WEIGHTS": str(media)}
        command = [sys.executable, "-m", "keepsight.cli", "serve", str(media), "--port", str(port), *options]
        with log.open("wb") as output:
            process = subprocess.Popen(
                command,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # so that its children can be killed with it
            )
        running.append(process)
        server = Running(f"http://127.0.0.1:{port}", folder / data, log, process)
        until(lambda: starting(process) or answers(server))
        return server

    try:
        yield launched
    finally:
        for process in running:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(PATIENCE)


def answers(server: Running) -> bool:
    """Whether it is up."""
    assert server.process.poll() is None, server.log.read_text("utf-8")
    with suppress(httpx.TransportError):
        return server.get("/health").status_code == 200
    return False
