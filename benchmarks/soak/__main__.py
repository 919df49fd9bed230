"""Mixed load on one server for a long time.

    python -m benchmarks.soak [--minutes 30] [--rate 15] [--photos FOLDER]

The exit status is 0 when neither memory nor descriptors nor threads grew, and every answer was one that its request
may get.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from PIL import Image

from benchmarks.measuring import Server, free_port, machine, serving, table
from benchmarks.soak.another import another_server
from benchmarks.soak.growth import Sample, grown, sample, thirds
from benchmarks.soak.load import KEY, SECRET, Load

CLIENTS = 8
SAMPLED = 10.0
"""Seconds between two samples."""


def main() -> int:
    """Soak, and tell."""
    parser = argparse.ArgumentParser(description="Mixed load on one server for a long time.")
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--rate", type=float, default=15, help="requests a second, all clients together")
    parser.add_argument("--photos", type=Path, help="folder of pictures; default: two drawn ones")
    asked = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        another_server() as origin,
        _server(Path(folder), asked, origin) as (
            server,
            load,
        ),
    ):
        samples = list(_soak(load, server, asked.minutes * 60, asked.rate))
    print(f"{machine()}; {samples[-1].requests} requests in {samples[-1].minute:.1f} minutes\n")
    print(thirds(samples))
    print()
    print(table(("request", "answer", "times"), [(*key, times) for key, times in sorted(load.answers.items())]))
    faults = [*grown(samples), *(f"{len(load.wrong)} wrong answers, such as {load.wrong[0]}" for _ in load.wrong[:1])]
    print("\n".join(faults) or "nothing grew, nothing was wrong")
    return 1 if faults else 0


@contextmanager
def _server(folder: Path, asked: argparse.Namespace, origin: str) -> Iterator[tuple[Server, Load]]:
    media: Path = asked.photos or _drawn(folder / "media")
    photos = sorted(p.relative_to(media).as_posix() for p in media.rglob("*.jpg"))[:20]
    port = free_port()
    environment = {
        "KEEPSIGHT_STORAGE__DATA": str(folder / "data"),
        "KEEPSIGHT_CLOUD__API_KEY": KEY,
        "KEEPSIGHT_CLOUD__API_SECRET": SECRET,
        "KEEPSIGHT_SECURITY__ALLOW_UNSIGNED": "coco",
        "KEEPSIGHT_FETCH__UNSAFE_ORIGINS": origin,
        "KEEPSIGHT_FETCH__TIMEOUT": "2",
        "KEEPSIGHT_CACHE__MAX_BYTES": "50MiB",  # evictions belong to the load
        "KEEPSIGHT_CACHE__MEMORY_BYTES": "8MiB",
        "KEEPSIGHT_FETCH__STORE_BYTES": "20MiB",
        "KEEPSIGHT_MODELS__PRELOAD": "false",
    }
    command = [sys.executable, "-m", "keepsight.cli", "serve", str(media), "--port", str(port)]
    with serving("keepsight", command, port, environment, "/health") as server:
        yield server, Load(server.url, origin, photos)


def _drawn(media: Path) -> Path:
    media.mkdir()
    for number in range(3):
        Image.effect_noise((1_600, 1_200), 40 + number).convert("RGB").save(media / f"{number}.jpg")
    return media


def _soak(load: Load, server: Server, seconds: float, rate: float) -> Iterator[Sample]:
    """Samples, until the time is over or a client met what it cannot explain."""
    began, over = time.monotonic(), threading.Event()
    pause = CLIENTS / rate

    def client() -> None:
        kinds, shares = load.mixture()
        with httpx.Client(timeout=60) as connection:
            while not over.wait(random.expovariate(1 / pause)):
                (ask,) = random.choices(kinds, shares)
                try:
                    ask(connection)
                except (httpx.TransportError, OSError) as error:
                    with load.lock:
                        load.wrong.append(f"{ask.__name__}: {type(error).__name__} {error}")

    clients = [threading.Thread(target=client, daemon=True) for _ in range(CLIENTS)]
    for each in clients:
        each.start()
    while time.monotonic() < began + seconds:
        time.sleep(min(SAMPLED, seconds / 12))
        yield (now := sample(server.process, began, load.answers.total()))
        print(
            f"{now.minute:6.1f} min  {now.memory:7.1f} MiB  {now.descriptors:4} descriptors  {now.threads:4} threads"
            f"  {now.requests:7} requests  {len(load.wrong)} wrong",
            file=sys.stderr,
            flush=True,
        )
    over.set()
    for each in clients:
        each.join()


if __name__ == "__main__":
    sys.exit(main())
