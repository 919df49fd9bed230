"""Real servers that are killed, and a look at every image they gave."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

import httpx
from PIL import Image

from tests.waiting import PATIENCE, UNHURRIED, free_port, until

LONG = os.environ.get("KEEPSIGHT_LONG_TESTS") == "1"
SOURCES = {"red": (200, 30, 30), "green": (30, 160, 60), "blue": (40, 60, 200), "grey": (128, 128, 128)}
"""Originals by name, each of one colour: a foreign image is seen by its pixels."""


def make_sources(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, colour in SOURCES.items():
        Image.new("RGB", (160, 120), colour).save(folder / f"{name}.png")
    return folder


@dataclass
class Server:
    """A `keepsight serve` process without models; started, ended and killed at will."""

    media: Path
    data: Path
    log: Path
    settings: dict[str, str] = field(default_factory=dict)
    port: int = 0
    process: subprocess.Popen[bytes] | None = None
    client: httpx.Client = field(default_factory=httpx.Client)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, *, wait: bool = True) -> Server:
        self.port = free_port()
        environment = {k: v for k, v in os.environ.items() if not k.startswith("KEEPSIGHT_")}
        environment |= UNHURRIED | {
            "KEEPSIGHT_STORAGE__DATA": str(self.data),
            "KEEPSIGHT_MODELS__WEIGHTS": str(self.log.parent),
            "KEEPSIGHT_MODELS__PRELOAD": "false",
            **self.settings,
        }
        command = [sys.executable, "-m", "keepsight.cli", "serve", str(self.media), "--port", str(self.port)]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)
        if wait:
            self.wait()
        return self

    def wait(self) -> None:
        until(self.answers)

    def answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, f"the server did not start:\n{self.told()[-4000:]}"
        with suppress(httpx.TransportError):
            return self.client.get(self.url + "/health", timeout=PATIENCE).status_code == 200
        return False

    def kill(self) -> None:
        """As a power cut would: no handler runs, in none of its processes."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, how)
            self.process.wait(PATIENCE)

    def get(self, path: str, client: httpx.Client | None = None) -> httpx.Response:
        return (client or self.client).get(f"{self.url}/demo/image/upload/{path}", timeout=PATIENCE)

    def told(self) -> str:
        return self.log.read_text("utf-8", "replace")

    def peak(self) -> int:
        """MiB of resident memory that the largest of its processes ever had."""
        assert self.process is not None
        family = [p for p in Path("/proc").glob("[0-9]*") if _session(p) == self.process.pid]
        return max(_status(p, "VmHWM") for p in family) // 1024


def _session(process: Path) -> int:
    try:
        return int((process / "stat").read_text().rpartition(")")[2].split()[3])
    except OSError:
        return 0


def _status(process: Path, name: str) -> int:
    try:
        lines = (process / "status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith(name)), 0)


def fault_of(response: httpx.Response, source: str, size: tuple[int, int]) -> str:
    """What is wrong with an answer; empty when it is whole and the picture that was asked for."""
    body = response.content
    if response.status_code != 200:
        return f"{response.status_code} {response.headers.get('x-cld-error')}"
    if int(response.headers["content-length"]) != len(body):
        return "another length"
    if response.headers["etag"] != f'"{hashlib.sha256(body).hexdigest()[:32]}"':
        return "another digest"
    with Image.open(BytesIO(body)) as image:
        image.load()
        middle = image.convert("RGB").getpixel((image.width // 2, image.height // 2))
        if image.size != size:
            return f"another size: {image.size}"
    assert isinstance(middle, tuple)
    if max(abs(a - b) for a, b in zip(middle, SOURCES[source], strict=True)) > 12:
        return f"a foreign image: {middle} for {source}"
    return ""


def size_on_disk(data: Path) -> int:
    total = 0
    for path in (data / "derived").glob("*/*/*"):
        try:
            total += path.stat().st_size
        except FileNotFoundError:  # evicted meanwhile
            continue
    return total
