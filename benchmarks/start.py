"""How long a server takes from its command to its first answer.

    python -m benchmarks.start PHOTO [--weights FOLDER] [--rounds 7] [--markdown FILE]

Without a model: until `c_fill,g_auto,w_400,h_300` of the photo has come. With `--weights`, a folder with the weights
of coco: until `c_fill,g_auto:dog,w_400,h_300` has come with coco asked, once with the files that lie there, and once
with the export of `keepsight models optimize`. Everything starts anew each time, with an empty cache; what the system
keeps of files on disk stays, and so does the byte code of Python's modules, which the first start of all writes.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from statistics import median

import psutil

from benchmarks.measuring import free_port, machine, table, turns
from keepsight.detect.card import find_cards
from keepsight.detect.model import Model
from keepsight.detect.optimize import optimise_model
from keepsight.detect.weights import find_weights

PLAIN, OBJECTS = "c_fill,g_auto,w_400,h_300", "c_fill,g_auto:dog,w_400,h_300"
PATIENCE = 60.0
"""Seconds."""
_NOT_HANDED_DOWN = ("KEEPSIGHT_", "PYTHONDONTWRITEBYTECODE")
_WITHOUT = "no model"


@dataclass(frozen=True, slots=True)
class Start:
    """One server that came up."""

    seconds: float
    """From its command to its first answer."""
    work: float
    """Processor seconds of it and its children, meanwhile."""
    memory: float
    """Resident MiB at the end."""


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("photo", type=Path)
    parser.add_argument("--weights", type=Path)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--markdown", type=Path, help="append the table to this file")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        media, none = folder / "media", folder / "none"
        media.mkdir()
        none.mkdir()
        shutil.copy(given.photo, media / "photo.jpg")
        contenders: dict[str, Callable[[], Start]] = {_WITHOUT: lambda: start(media, none, PLAIN)}
        if given.weights:
            for runtime, weights in exported_weights(given.weights, folder, ("coco",)).items():
                contenders[f"coco, {runtime}"] = partial(start, media, weights, OBJECTS)
        for contender in contenders.values():
            contender()
        results = turns(given.rounds, contenders)
    report = f"{machine()}\n`python -m benchmarks.start {' '.join(sys.argv[1:])}`\n\n" + _table(results)
    print(report)
    if given.markdown:
        with given.markdown.open("a", encoding="utf-8") as file:
            file.write(report + "\n")


def start(media: Path, weights: Path, transformation: str) -> Start:
    """Run `keepsight serve` until it has answered; with detectors where the transformation asks for some."""
    with tempfile.TemporaryDirectory() as data:
        port = free_port()
        command = [sys.executable, "-m", "keepsight", "serve", str(media), "--port", str(port)]
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(_NOT_HANDED_DOWN)},
            "KEEPSIGHT_STORAGE__DATA": data,
            "KEEPSIGHT_MODELS__WEIGHTS": str(weights),
        }
        began = time.perf_counter()
        with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as popen:
            try:
                focus = _first_answer(popen, port, f"/demo/image/upload/{transformation}/photo.jpg")
                took = time.perf_counter() - began
                server = psutil.Process(popen.pid)
                family = [server, *server.children(recursive=True)]
                work = sum(sum(p.cpu_times()[:2]) for p in family)
                memory = sum(p.memory_info().rss for p in family) / 2**20
            finally:
                popen.terminate()
    if transformation == OBJECTS and ("dog" not in focus or "not installed" in focus):
        raise RuntimeError(f"coco was not asked: {focus}")
    return Start(took, work, memory)


def _first_answer(popen: subprocess.Popen[bytes], port: int, path: str) -> str:
    """The X-Focus of the first answer with status 200."""
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends:
        connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            answer.read()
        except ConnectionRefusedError:
            time.sleep(0.01)
        else:
            if answer.status != 200:
                raise RuntimeError(f"{answer.status} {answer.getheader('X-Cld-Error')}")
            return answer.getheader("X-Focus", "")
        finally:
            connection.close()
        if popen.poll() is not None:
            raise RuntimeError(f"the server ended with {popen.returncode}")
    raise RuntimeError(f"no answer within {PATIENCE:g} s")


def exported_weights(folder: Path, into: Path, models: Sequence[str]) -> dict[str, Path]:
    """Folders with the weights of these cards: as they lie in `folder`, and with an export of the first."""
    cards = {card.name: card for card in find_cards() if card.name in models and not card.alternative}
    plain, exported = into / "plain", into / "exported"
    for place in (plain, exported):
        place.mkdir()
        for name in models:
            found = find_weights(cards[name], folder)
            if found is None:
                sys.exit(f"no weights of {name} in {folder}")
            shutil.copy(found.path, place)
    optimise_model(Model(cards[models[0]], exported))
    return {"torch": plain, "ONNX Runtime": exported}


def _table(results: dict[str, list[Start]]) -> str:
    rows = [
        [
            name,
            median(s.seconds for s in each),
            max(s.seconds for s in each),
            f"<= {0.7 if name == _WITHOUT else 2.5}",
            median(s.work for s in each),
            median(s.memory for s in each),
        ]
        for name, each in results.items()
    ]
    return table(["", "s, median", "s, slowest", "bar", "processor s", "MiB"], rows)


if __name__ == "__main__":
    main()
