"""Servers that share a folder are killed under load, and every image they gave is looked at."""

from __future__ import annotations

import os
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import httpx

from keepsight.delivery.derived import DerivedCache
from tests.waiting import until

from .servers import LONG, SOURCES, Server, fault_of, size_on_disk

KILLS = int(os.environ.get("KEEPSIGHT_KILLS", "1000" if LONG else "4"))
SEED = int(os.environ.get("KEEPSIGHT_SEED", "1"))
LIMIT = 200_000
SIZES = tuple(range(8, 120))
"""Wider than the cache is large: hits, misses and evictions go on at once."""


class Load:
    """Asks a server for random pictures until it is gone, and again when it is back."""

    def __init__(self, server: Server, seed: int) -> None:
        self._server, self._random = server, random.Random(SEED + seed)  # noqa: S311 - repeatable
        self._stopping = threading.Event()
        self.seen: Counter[str] = Counter()
        self.faults: list[str] = []
        self._threads = [threading.Thread(target=self._run, daemon=True) for _ in range(3)]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    def _run(self) -> None:
        with httpx.Client() as client:
            while not self._stopping.is_set():
                source = self._random.choice(list(SOURCES))
                width, height = self._random.choice(SIZES), self._random.choice((60, 90))
                try:
                    response = self._server.get(f"c_fill,w_{width},h_{height}/{source}.png", client)
                except httpx.TransportError:  # killed, or not there yet: nothing was given
                    self.seen["broken off"] += 1
                    time.sleep(0.1)
                    continue
                self.seen[response.headers.get("x-cache", str(response.status_code))] += 1
                if fault := fault_of(response, source, (width, height)):
                    self.faults.append(f"{fault} ({response.request.url})")


def test_no_kill_makes_a_server_give_a_broken_or_foreign_image(server: Callable[..., Server], tmp_path: Path) -> None:
    settings = {"KEEPSIGHT_CACHE__MAX_BYTES": str(LIMIT), "KEEPSIGHT_CACHE__MEMORY_BYTES": "0"}
    servers = [server(**settings).start() for _ in range(2)]
    loads = [Load(one, seed) for seed, one in enumerate(servers)]
    chance = random.Random(SEED)  # noqa: S311 - repeatable
    largest = 0

    def kill_again_and_again(one: Server) -> None:
        for _ in range(KILLS // len(servers)):
            time.sleep(chance.uniform(0, 0.6))
            one.kill()
            one.start(wait=chance.random() < 0.9)  # a tenth dies while it starts
            if one.process is not None and one.process.poll() is not None:
                loads[0].faults.append("did not start")

    killers = [threading.Thread(target=kill_again_and_again, args=(one,), daemon=True) for one in servers]
    for killer in killers:
        killer.start()
    while any(killer.is_alive() for killer in killers):
        largest = max(largest, size_on_disk(tmp_path / "data"))
        time.sleep(0.5)
    for one in servers:
        one.wait()

    def seen() -> Counter[str]:
        return sum((load.seen for load in loads), Counter())

    until(lambda: min(seen()["hit"], seen()["miss"]) > KILLS, f"too few answers: {seen()}")
    for load in loads:
        load.stop()
    for one in servers:
        one.stop()
    print(f"{KILLS} kills; answers: {dict(seen())}; largest {largest:,} of {LIMIT:,} bytes")
    assert [fault for load in loads for fault in load.faults] == []
    cache = DerivedCache(tmp_path / "data", LIMIT)
    cache.reconcile()
    assert cache.stats().bytes == size_on_disk(tmp_path / "data")
    cache.close()
