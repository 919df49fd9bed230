"""Open-loop load on a server: what is accepted, what is refused, and how quickly, below and far above its capacity.

python -m benchmarks.load PHOTOS [--seconds 12] [--times 0.5 1 2 10] [--transformation c_fill,g_auto] [--apart]

Requests arrive by a schedule (Poisson, the same for every run) whether or not earlier ones were answered, and latency
counts from the scheduled moment, so a stall of the server is seen by all who would have come meanwhile. Every picture
is asked for once: each is a miss. Beside them, at a steady pace, go hits and /health. Capacity is what a closed loop
with as many connections as there are places in work and in the standing queue gets done.

With `--apart` the last core is this program's and the others are the server's, from its start to its end: what clients
cost a machine of their own is then taken from no picture, neither when capacity is measured nor when it is exceeded.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import os
import random
import sys
import tempfile
from collections.abc import Coroutine, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from time import perf_counter, process_time
from typing import Any
from urllib.parse import quote, urlsplit

import uvloop

from benchmarks.measuring import Server, free_port, machine, serving, table

_SIDE = 400
"""Pixels of the smallest wanted width; every request wants another size, within a tenth."""
_BESIDE = 20.0
"""Hits, and calls of /health, a second."""
_SETTLING = 8.0
"""Seconds of each rate before anything counts: the first burst may fill the queue, which is then worked off."""
_PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """One answer."""

    status: int
    """0 when the connection broke."""
    seconds: float
    """Since the moment it was scheduled."""
    retry_after: int = 0


@dataclass(slots=True)
class Run:
    """What happened at one rate, once it had settled."""

    seconds: float
    cores: float = 0.0
    """How many processors the server used."""
    own_cores: float = 0.0
    """How many this program used, which the server could not have."""
    misses: list[Outcome] = field(default_factory=list)
    hits: list[Outcome] = field(default_factory=list)
    health: list[Outcome] = field(default_factory=list)

    @property
    def accepted(self) -> list[float]:
        """Seconds of each accepted picture."""
        return [o.seconds for o in self.misses if o.status == 200]

    @property
    def refused(self) -> list[float]:
        """Seconds until each refusal."""
        return [o.seconds for o in self.misses if o.status == 503]

    @property
    def failed(self) -> int:
        """Neither."""
        others = sum(o.status not in (200, 503) for o in self.misses)
        return others + sum(o.status != 200 for o in (*self.hits, *self.health))


class _Connection(asyncio.Protocol):
    """One request at a time, and no more of HTTP than that takes."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[tuple[int, int]] | None = None
        self._buffer = b""
        self._missing = -1
        self._head = (0, 0)

    def connection_made(self, transport: Any) -> None:
        """Keep it."""
        self._transport = transport

    def connection_lost(self, error: Exception | None) -> None:
        """Whoever waits gets a 0."""
        self._transport = None
        self._finish((0, 0))

    def data_received(self, data: bytes) -> None:
        """Count the bytes of the body away."""
        if self._missing < 0:
            self._buffer += data
            head, end, body = self._buffer.partition(b"\r\n\r\n")
            if not end:
                return
            fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
            self._head = int(head[9:12]), int(fields.get(b"retry-after", b"0"))
            self._missing, data, self._buffer = int(fields[b"content-length"]), body, b""
        self._missing -= len(data)
        if self._missing == 0:
            self._missing = -1
            self._finish(self._head)

    async def ask(self, request: bytes) -> tuple[int, int]:
        """Status and Retry-After."""
        self._answer = asyncio.get_running_loop().create_future()
        if self._transport is None:
            return 0, 0
        self._transport.write(request)
        return await self._answer

    @property
    def open(self) -> bool:
        """Whether it can be used again."""
        return self._transport is not None

    def close(self) -> None:
        """End it."""
        if self._transport is not None:
            self._transport.close()

    def _finish(self, head: tuple[int, int]) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(head)


class _Client:
    """As many connections as are needed at once."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._host, self._port = str(parts.hostname), int(parts.port or 80)
        self._idle: list[_Connection] = []

    async def get(self, path: str, due: float) -> Outcome:
        """Ask for a path; `due` is when that was to be."""
        request = f"GET {path} HTTP/1.1\r\nhost: {self._host}\r\n\r\n".encode()
        try:
            async with asyncio.timeout(_PATIENCE):
                connection = await self._connection()
                status, retry_after = await connection.ask(request)
        except (OSError, TimeoutError):
            return Outcome(0, perf_counter() - due)
        if connection.open:
            self._idle.append(connection)
        return Outcome(status, perf_counter() - due, retry_after)

    def close(self) -> None:
        """End all connections."""
        for connection in self._idle:
            connection.close()

    async def _connection(self) -> _Connection:
        while self._idle:
            connection = self._idle.pop()
            if connection.open:
                return connection
        return (await asyncio.get_running_loop().create_connection(_Connection, self._host, self._port))[1]


def misses(photos: Sequence[str], transformation: str) -> Iterator[str]:
    """Paths, none of which comes twice; the work that each means is about the same."""
    span = _SIDE // 10
    for number in count():
        photo = photos[number % len(photos)]
        turn = number // len(photos)
        width, height = _SIDE + turn % span, _SIDE * 3 // 4 + turn // span
        yield f"/demo/image/upload/{transformation},w_{width},h_{height}/{quote(photo)}"


async def capacity(client: _Client, paths: Iterator[str], connections: int, seconds: float) -> float:
    """Pictures a second in a closed loop, its first quarter left out. Raises RuntimeError when any is refused."""
    began = perf_counter()
    outcomes: list[tuple[float, Outcome]] = []

    async def one() -> None:
        while perf_counter() < began + seconds:
            outcome = await client.get(next(paths), perf_counter())
            outcomes.append((perf_counter(), outcome))

    await asyncio.gather(*(one() for _ in range(connections)))
    if bad := {o.status for _, o in outcomes} - {200}:
        raise RuntimeError(f"the closed loop met {bad}")
    return sum(began + seconds / 4 < at < began + seconds for at, _ in outcomes) / (seconds * 0.75)


async def load(client: _Client, server: Server, paths: Iterator[str], rate: float, seconds: float) -> Run:
    """Ask for `rate` pictures a second for a while, and wait for every answer."""
    hit = next(paths)
    await client.get(hit, perf_counter())
    chance = random.Random(7)
    begins, run = perf_counter() + 0.1, Run(seconds)
    ends = begins + _SETTLING + seconds
    tasks: set[asyncio.Task[None]] = set()

    async def one(path: str, due: float, into: list[Outcome]) -> None:
        outcome = await client.get(path, due)
        if due >= begins + _SETTLING:
            into.append(outcome)

    async def stream(gaps: Iterator[float], source: Iterator[str], into: list[Outcome]) -> None:
        due = begins
        for gap in gaps:
            due += gap
            if due > ends:
                return
            if (early := due - perf_counter()) > 0:
                await asyncio.sleep(early)
            task = asyncio.create_task(one(next(source), due, into))
            tasks.add(task)
            task.add_done_callback(tasks.discard)

    def steady(path: str, into: list[Outcome]) -> Coroutine[Any, Any, None]:
        return stream((1 / _BESIDE for _ in count()), (path for _ in count()), into)

    async def watch() -> None:
        await asyncio.sleep(begins + _SETTLING - perf_counter())
        before, own = server.cpu(), process_time()
        await asyncio.sleep(seconds)
        run.cores, run.own_cores = (server.cpu() - before) / seconds, (process_time() - own) / seconds

    arrivals = (chance.expovariate(rate) for _ in count())
    pictures = stream(arrivals, paths, run.misses)
    await asyncio.gather(pictures, steady(hit, run.hits), steady("/health", run.health), watch())
    await asyncio.gather(*tasks)
    return run


def percentile(values: Sequence[float], share: float) -> float:
    """In milliseconds, from seconds; not a number without values."""
    if not values:
        return math.nan
    return sorted(values)[min(len(values) - 1, int(share * len(values)))] * 1000


def row(times: float, rate: float, run: Run) -> list[object]:
    """One line of the table."""
    accepted, refused = run.accepted, run.refused
    beside = [percentile([o.seconds for o in part], 0.99) for part in (run.hits, run.health)]
    late = sum(seconds > 0.1 for seconds in refused)
    waits = sorted(o.retry_after for o in run.misses if o.status == 503)
    return [
        f"{times:g} x",
        rate,
        len(accepted) / run.seconds,
        percentile(accepted, 0.5),
        percentile(accepted, 0.99),
        len(refused) / run.seconds,
        percentile(refused, 0.99),
        f"{late} of {len(refused)}",
        f"{waits[0]} to {waits[-1]}" if waits else "",
        *beside,
        run.cores,
        run.own_cores,
        run.failed,
    ]


HEAD = (
    "load",
    "asked /s",
    "accepted /s",
    "p50 ms",
    "p99 ms",
    "refused /s",
    "refused p99 ms",
    "refused after 100 ms",
    "Retry-After s",
    "hit p99 ms",
    "/health p99 ms",
    "server cores",
    "client cores",
    "failed",
)


async def measure(server: Server, photos: Sequence[str], arguments: argparse.Namespace) -> None:
    """Print a row for each rate."""
    paths, client = misses(photos, arguments.transformation), _Client(server.url)
    cores = len(os.sched_getaffinity(server.process.pid))
    await capacity(client, paths, cores, 2.0)  # imports, digests of the originals
    most = await capacity(client, paths, cores * 9, arguments.seconds)
    rows = []
    for times in arguments.times:
        run = await load(client, server, paths, most * times, arguments.seconds)
        rows.append(row(times, most * times, run))
        await asyncio.sleep(0.5)
    client.close()
    where = f"the server's cores: {cores}, the client's: {len(os.sched_getaffinity(0))}"
    print(f"{machine()}; {where}; {arguments.transformation}; capacity {most:.1f} pictures a second\n")
    print(table(HEAD, rows))


def main() -> None:
    """Start a server over a folder of photos and load it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=Path, help="folder of JPEG photos")
    parser.add_argument("--seconds", type=float, default=12.0, help="for each rate, after it has settled")
    parser.add_argument("--times", type=float, nargs="+", default=[0.5, 1.0, 2.0, 10.0], help="rates, in capacities")
    parser.add_argument("--transformation", default="c_fill,g_auto", help="without the size")
    parser.add_argument("--apart", action="store_true", help="keep the last core for the client")
    parser.add_argument("--most", type=int, default=20, help="photos to use")
    arguments = parser.parse_args()
    photos = sorted(p.name for p in arguments.photos.glob("*.jpg"))[: arguments.most]
    if not photos:
        parser.error(f"{arguments.photos} has no .jpg")
    cores = sorted(os.sched_getaffinity(0))
    if arguments.apart and len(cores) < 2:
        parser.error("--apart needs two cores")
    port = free_port()
    command = [sys.executable, "-m", "keepsight.cli", "serve", str(arguments.photos), "--port", str(port)]
    with tempfile.TemporaryDirectory() as data:
        environment = {"KEEPSIGHT_STORAGE__DATA": data, "KEEPSIGHT_MODELS__WEIGHTS": data}
        if arguments.apart:
            os.sched_setaffinity(0, cores[:-1])  # is handed on to the server, and to its threads
        with serving("keepsight", command, port, environment, "/health") as server:
            if arguments.apart:
                os.sched_setaffinity(0, cores[-1:])
            uvloop.run(measure(server, photos, arguments))


if __name__ == "__main__":
    main()
