"""What more processes behind one port cost in memory: `keepsight serve --workers N` with coco and faces in use.

    python -m benchmarks.processes PHOTO --weights FOLDER [--processes 1 2 4]

Linux. FOLDER holds weights of the cards coco and faces; coco is measured as it lies there and as
`keepsight models optimize` exports it. A page that several processes share counts in the resident size of each, and in
the proportional one in parts; what belongs to one process alone is private. Requests go on until every process has
loaded both models and has cut pictures with them.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from pathlib import Path

import httpx
import psutil

from benchmarks.measuring import Server, free_port, machine, serving, table
from benchmarks.start import exported_weights

ASKED = ("c_fill,g_auto:dog,w_{},h_300", "c_thumb,g_face,w_{},h_200")
MIB = 2**20
ROUNDS = 150
QUIET = 6
"""Rounds without growth after which everything is loaded."""


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("photo", type=Path)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--processes", type=int, nargs="+", default=[1, 2, 4])
    given = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        media = folder / "media"
        media.mkdir()
        shutil.copy(given.photo, media / "photo.jpg")
        none = folder / "none"
        none.mkdir()
        both = exported_weights(given.weights, folder, ("coco", "faces"))
        for runtime, weights in ({"no model": none} | both).items():
            rows += [[runtime, number, *_measured(media, weights, number)] for number in given.processes]
    print(f"{machine()}\n`python -m benchmarks.processes {' '.join(sys.argv[1:])}`\n")
    head = ["coco in", "processes", "resident MiB, sum", "proportional MiB, sum", "private MiB of each"]
    print(table(head, rows))


def _measured(media: Path, weights: Path, number: int) -> tuple[float, float, str]:
    port = free_port()
    command = [sys.executable, "-m", "keepsight", "serve", str(media), "--port", str(port), "--workers", str(number)]
    with tempfile.TemporaryDirectory() as data:
        environment = {"KEEPSIGHT_STORAGE__DATA": data, "KEEPSIGHT_MODELS__WEIGHTS": str(weights)}
        with serving("keepsight", command, port, environment) as server:
            _use(server)
            family = [server.process, *server.process.children(recursive=True)]
            seen = [process.memory_full_info() for process in family]
    private = sorted(round(each.uss / MIB) for each in seen)
    return sum(s.rss for s in seen) / MIB, sum(s.pss for s in seen) / MIB, ", ".join(map(str, private))


def _use(server: Server) -> None:
    """Ask, each time in a new connection, which any of the processes may take, until nothing grows."""
    largest, still, width = 0, 0, 100
    for _ in range(ROUNDS):
        for _ in range(12):
            for asked in ASKED:
                width += 1
                url = f"{server.url}/demo/image/upload/{asked.format(width)}/photo.jpg"
                httpx.get(url, timeout=60).raise_for_status()
        now = sum(psutil.Process(p.pid).memory_info().rss for p in server.process.children(recursive=True))
        still = still + 1 if now <= largest * 1.01 else 0
        largest = max(largest, now)
        if still >= QUIET:
            return
        time.sleep(0.1)
    raise RuntimeError(f"memory still grows after {ROUNDS} rounds")


if __name__ == "__main__":
    main()
