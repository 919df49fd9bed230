"""What a server holds, sampled while it works, and whether that grows."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean

import psutil

from benchmarks.measuring import table

MOST_MEMORY = 1.05
"""The last third may hold so many times what the middle third held, on average: an allocator is not exact to the
page, but a leak that matters shows."""
MOST_MORE = 3
"""Descriptors and threads that the last third may hold more, on average: clients come and go."""


@dataclass(frozen=True, slots=True)
class Sample:
    """The server at one moment, with its children."""

    minute: float
    memory: float
    """MiB that are resident."""
    descriptors: int
    threads: int
    requests: int
    """That were made so far."""


def sample(server: psutil.Process, began: float, requests: int) -> Sample:
    """Now."""
    family = [server, *server.children(recursive=True)]
    return Sample(
        minute=(time.monotonic() - began) / 60,
        memory=sum(p.memory_info().rss for p in family) / (1 << 20),
        descriptors=sum(p.num_fds() for p in family),
        threads=sum(p.num_threads() for p in family),
        requests=requests,
    )


def grown(samples: Sequence[Sample]) -> list[str]:
    """What grew between the middle third of the samples and the last one, in words; caches fill in the first."""
    third = len(samples) // 3
    middle, last = samples[third : 2 * third], samples[2 * third :]
    found = []
    before, after = (mean(s.memory for s in part) for part in (middle, last))
    if after > before * MOST_MEMORY:
        found.append(f"memory grew from {before:.0f} to {after:.0f} MiB")
    for name in ("descriptors", "threads"):
        before, after = (mean(getattr(s, name) for s in part) for part in (middle, last))
        if after > before + MOST_MORE:
            found.append(f"{name} grew from {before:.1f} to {after:.1f}")
    return found


def thirds(samples: Sequence[Sample]) -> str:
    """A table: the averages of each third, and the most that there ever was."""
    third = len(samples) // 3
    parts = {
        "first third": samples[:third],
        "middle third": samples[third : 2 * third],
        "last third": samples[2 * third :],
    }
    rows: list[tuple[object, ...]] = [
        (name, *(round(mean(values), 1) for values in _columns(part))) for name, part in parts.items()
    ]
    rows.append(("most", *(round(max(values), 1) for values in _columns(samples))))
    return table(("", "memory (MiB)", "descriptors", "threads"), [tuple(map(str, row)) for row in rows])


def _columns(samples: Sequence[Sample]) -> tuple[list[float], ...]:
    return [s.memory for s in samples], [float(s.descriptors) for s in samples], [float(s.threads) for s in samples]
