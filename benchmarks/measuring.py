"""What the speed benchmarks share: servers as processes, their processor time, turns taken, tables.

Absolute figures of a shared machine drift by a third between runs. So contenders take turns within one run, medians
are compared as ratios, and the processor time of a server's whole process tree is counted beside the wall clock.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import median
from typing import TypeVar

import httpx
import psutil

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Server:
    """A running server and its children."""

    name: str
    url: str
    """Scheme, host and port, without a slash at the end."""
    process: psutil.Process

    def cpu(self) -> float:
        """Processor seconds, user and system, of the process and all its living descendants, since they started."""
        return sum(_cpu(p) for p in self._family())

    def memory(self) -> int:
        """Resident bytes of the family; pages that they share count once for each."""
        return sum(p.memory_info().rss for p in self._family())

    def own_memory(self) -> int:
        """Resident bytes of the process alone."""
        return int(self.process.memory_info().rss)

    def _family(self) -> list[psutil.Process]:
        return [self.process, *self.process.children(recursive=True)]


@contextmanager
def serving(
    name: str, command: Sequence[str], port: int, environment: Mapping[str, str] | None = None, path: str = "/"
) -> Iterator[Server]:
    """Run a server until the block ends; it must answer `path` with anything within a minute. Raises RuntimeError."""
    url = f"http://127.0.0.1:{port}"
    with subprocess.Popen(
        command, env={**os.environ, **(environment or {})}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as popen:
        server = Server(name, url, psutil.Process(popen.pid))
        try:
            _wait(popen, name, url + path)
            yield server
        finally:
            for process in server._family():
                with suppress(psutil.NoSuchProcess):
                    process.terminate()
            popen.wait()


def free_port() -> int:
    """A port of the loopback on which nobody listens just now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def turns(rounds: int, contenders: Mapping[str, Callable[[], T]]) -> dict[str, list[T]]:
    """Call each contender once a round, in alternating order; what they return, by name."""
    results: dict[str, list[T]] = {name: [] for name in contenders}
    for number in range(rounds):
        names = list(contenders) if number % 2 == 0 else list(contenders)[::-1]
        for name in names:
            results[name].append(contenders[name]())
    return results


def ratios(results: Mapping[str, Sequence[float]], to: str) -> dict[str, float]:
    """The median over the rounds of each contender's figure divided by that of `to` in the same round."""
    return {
        name: median(mine / theirs for mine, theirs in zip(values, results[to], strict=True))
        for name, values in results.items()
    }


@dataclass(frozen=True, slots=True)
class Load:
    """What wrk saw."""

    rate: float
    """Requests a second."""
    p50: float
    p99: float
    """Milliseconds."""


def wrk(url: str, seconds: int = 3, connections: int = 16, headers: Sequence[str] = ()) -> Load:
    """Ask for one URL over and over with wrk (Debian: apt-get install wrk). Raises RuntimeError on error answers."""
    program = shutil.which("wrk")
    if program is None:
        raise RuntimeError("wrk is not installed (Debian: apt-get install wrk)")
    options = [option for header in headers for option in ("-H", header)]
    command = [program, "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", *options, url]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in text and not headers:
        raise RuntimeError(f"wrk met errors at {url}:\n{text}")
    return Load(
        rate=float(_found(r"Requests/sec:\s+([\d.]+)", text)),
        p50=_milliseconds(_found(r"(?m)^ +50% +(\S+)", text)),
        p99=_milliseconds(_found(r"(?m)^ +99% +(\S+)", text)),
    )


def machine() -> str:
    """One line for the documents: date, processor, cores, system."""
    model = "unknown processor"
    with suppress(OSError):
        model = _found(r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text())
    return f"{date.today()}, {model}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A Markdown table; floats with three digits that count."""
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    lines += ["| " + " | ".join(_cell(value) for value in row) + " |" for row in rows]
    return "\n".join(lines)


def _cell(value: object) -> str:
    return (
        f"{value:.3g}"
        if isinstance(value, float) and abs(value) < 1000
        else f"{value:.0f}"
        if isinstance(value, float)
        else str(value)
    )


def _wait(popen: subprocess.Popen[bytes], name: str, url: str) -> None:
    for _ in range(600):
        if popen.poll() is not None:
            raise RuntimeError(f"{name} ended with {popen.returncode} before it answered")
        with suppress(httpx.TransportError):
            httpx.get(url, timeout=5)
            return
        time.sleep(0.1)
    raise RuntimeError(f"{name} did not answer {url} within a minute")


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    if match is None:
        raise RuntimeError(f"no {pattern} in:\n{text}")
    return match[1]


def _milliseconds(text: str) -> float:
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s)", text).groups()  # type: ignore[union-attr]  # wrk's own form
    return float(number) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[unit]
