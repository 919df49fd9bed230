"""A small client: so many requests over so many connections, each answer looked at."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.client import HTTPConnection
from statistics import median
from urllib.parse import urlsplit

from benchmarks.measuring import Server


@dataclass(frozen=True, slots=True)
class Asked:
    """What a row of requests cost."""

    cpu: float
    """Processor milliseconds of the server, a request."""
    rate: float
    """Requests a second."""
    bytes: float
    """Of the median answer."""


def ask(server: Server, paths: Sequence[str], connections: int) -> Asked:
    """Ask for every path once over persistent connections.

    Raises RuntimeError for an answer that is no 200, or that Keepsight had kept.
    """
    address = urlsplit(server.url).netloc
    shares = [paths[start::connections] for start in range(connections)]
    with ThreadPoolExecutor(connections) as pool:
        worked, begun = server.cpu(), time.perf_counter()
        sizes = [size for part in pool.map(lambda share: _share(address, share), shares) for size in part]
        seconds, work = time.perf_counter() - begun, server.cpu() - worked
    return Asked(1000 * work / len(paths), len(paths) / seconds, median(sizes))


def _share(address: str, paths: Sequence[str]) -> list[int]:
    connection = HTTPConnection(address, timeout=60)
    sizes = []
    for path in paths:
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{address}{path}: {answer.status} {body[:200]!r}")
        if answer.headers.get("X-Cache", "miss") != "miss":
            raise RuntimeError(f"{address}{path} was not made anew")
        sizes.append(len(body))
    connection.close()
    return sizes
