"""What one worker holds in memory over thousands of requests of every kind, with networks loaded.

    python -m benchmarks.memory PHOTOS WEIGHTS [--requests 2000] [--connections 8]

Originals of up to 24 megapixels, as JPEG, PNG, WebP and AVIF, are made of the photos; requests mix modes, gravities,
objects, effects and formats in a fixed random order, none of them twice. Resident memory is read every tenth
of a second, of the worker alone and of it with the processes in which it has AVIF decoded. WEIGHTS holds weights of
coco and of faces, which are copied and optimised. Linux only.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread

import httpx
import numpy as np
from numpy.typing import NDArray

from benchmarks.measuring import Server, machine, table
from benchmarks.peers import keepsight
from benchmarks.photographs import find_photographs, write_originals
from benchmarks.smart import install

SIZES = (6000, 4000), (4500, 3000), (3000, 4000), (3000, 2000), (2000, 3000), (1600, 1200), (1024, 768)
FORMATS_OF_SOURCES = ("jpg", "png", "webp", "avif")
MODES = ("fill", "fill", "fill", "thumb", "thumb", "crop", "fit", "limit", "pad", "lfill", "scale", "auto")
GRAVITIES = ("auto", "auto:person", "auto:cat:dog", "person", "dog", "face", "faces", "auto:face", "center", "north")
TARGETED = frozenset({"fill", "thumb", "crop", "lfill", "auto"})
EFFECTS = ("", "", "", "", "e_sharpen", "e_grayscale", "e_blur:300", "e_improve", "e_pixelate_faces", "r_20", "a_90")
FORMATS = ("f_auto", "f_jpg", "f_webp", "f_avif", "f_png", "")
WIDTHS = 100, 2000


@dataclass(slots=True)
class Watch:
    """Resident memory over time, read by a thread."""

    server: Server
    done: int = 0
    """Requests answered so far."""
    seen: list[tuple[int, float, float]] = field(default_factory=list)
    """Requests answered, MiB of the worker, and of all its processes."""
    stopped: Event = field(default_factory=Event)

    def run(self) -> None:
        """Until it is stopped."""
        while not self.stopped.wait(0.1):
            self.seen.append((self.done, self.server.own_memory() / 2**20, self.server.memory() / 2**20))


def main() -> None:
    """Print the peak, how it came about, and the growth over the second half."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=Path, help="folder of JPEG files")
    parser.add_argument("weights", type=Path)
    parser.add_argument("--requests", type=int, default=2000)
    parser.add_argument("--connections", type=int, default=8)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="keepsight-memory-") as name:
        folder = Path(name)
        install(given.weights, folder / "weights")
        names = originals(find_photographs(given.photos, len(SIZES)), folder / "media")
        models = {"MODELS__WEIGHTS": str(folder / "weights"), "MODELS__PRELOAD": "true"}
        with keepsight(folder / "media", {f"KEEPSIGHT_{key}": value for key, value in models.items()}) as server:
            time.sleep(5)  # models are loaded once the port is open
            print(report(server, mixed(names, given.requests), given.connections))


def originals(photos: Sequence[Path], folder: Path) -> list[str]:
    """Write every photo in a size of its own and in all formats; the names of the files."""
    folder.mkdir()
    chosen = list(zip(photos, SIZES, strict=False))
    for number, (photo, size) in enumerate(chosen):
        write_originals(photo, folder / str(number), size, FORMATS_OF_SOURCES)
    return [f"{number}.{suffix}" for number in range(len(chosen)) for suffix in FORMATS_OF_SOURCES]


def mixed(names: Sequence[str], many: int) -> list[str]:
    """Delivery paths of every kind, no two alike; the same each time."""
    dice = random.Random(7)
    paths: dict[str, None] = {}
    while len(paths) < many:
        mode = dice.choice(MODES)
        width = dice.randint(*WIDTHS)
        first = [f"c_{mode}", f"w_{width}", f"h_{max(50, round(width * dice.choice((0.5, 0.75, 1, 1.3))))}"]
        if mode in TARGETED:
            first.append(f"g_{dice.choice(GRAVITIES)}")
        parts = [",".join(first), dice.choice(EFFECTS), dice.choice(FORMATS)]
        paths["/demo/image/upload/" + "/".join(filter(None, parts)) + "/" + dice.choice(names)] = None
    return list(paths)


def report(server: Server, paths: Sequence[str], connections: int) -> str:
    """Ask for everything, and say what that took."""
    watch = Watch(server)
    before = server.memory() / 2**20
    thread = Thread(target=watch.run)
    thread.start()
    statuses: Counter[int] = Counter()
    began = time.perf_counter()
    with httpx.Client(timeout=120, limits=httpx.Limits(max_connections=connections)) as client:

        def ask(path: str) -> None:
            statuses[client.get(server.url + path).status_code] += 1
            watch.done += 1

        with ThreadPoolExecutor(connections) as pool:
            list(pool.map(ask, paths))
    lasted = time.perf_counter() - began
    watch.stopped.set()
    thread.join()
    done, *resident = np.array(watch.seen).T
    half = done >= len(paths) / 2
    rows = [
        ("before the first request, models loaded", before, before),
        ("peak", *(float(each.max()) for each in resident)),
        ("95 % of the time below", *(float(np.percentile(each, 95)) for each in resident)),
        ("median of the first half", *(float(np.median(each[~half])) for each in resident)),
        ("median of the second half", *(float(np.median(each[half])) for each in resident)),
        ("growth per 1,000 requests, second half", *(_slope(done[half], each[half]) for each in resident)),
        ("at the end", *(float(each[-1]) for each in resident)),
    ]
    said = ", ".join(f"{number} x {status}" for status, number in sorted(statuses.items()))
    head = f"{machine()}; {len(paths)} requests over {connections} connections in {lasted:.0f} s: {said}\n\n"
    return head + table(("coco and faces, resident MiB", "the worker", "with its decoding processes"), rows)


def _slope(done: NDArray[np.float64], resident: NDArray[np.float64]) -> float:
    """MiB per 1,000 requests."""
    return float(np.polyfit(done, resident, 1)[0]) * 1000 if len(done) > 2 else float("nan")


if __name__ == "__main__":
    main()
