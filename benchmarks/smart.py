"""What smart crops cost: against peers, against their own parts, and against a crop that looks at nothing.

    python -m benchmarks.smart PHOTOS [WEIGHTS] [--rounds 5] [--count 30]

Photos are enlarged to 3000x2000 pixels; every request is for bytes that the server has not seen, or for a size that it
has not made. WEIGHTS holds weights of the card `coco`, and of `faces` where they are to count, too; they are copied
and optimised. Without it only what needs no network is measured. The peers are installed on first use.
"""

from __future__ import annotations

import argparse
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from statistics import median
from time import process_time, sleep

import httpx
import numpy as np

from benchmarks.asking import ask
from benchmarks.measuring import Server, machine, ratios, table, turns
from benchmarks.peers import CACHE, ipx, keepsight, thumbor
from benchmarks.photographs import find_photographs, write_originals
from keepsight.detect.card import find_cards
from keepsight.detect.model import Model
from keepsight.detect.optimize import optimise_model
from keepsight.detect.runtime.yolo import YoloDetector
from keepsight.detect.weights import find_weights
from keepsight.pixels.decode import decode
from keepsight.pixels.encode import encode
from keepsight.pixels.encoding import Encoding
from keepsight.pixels.formats import Format
from keepsight.pixels.header import read_header
from keepsight.pixels.limits import Limits
from keepsight.pixels.picture import Picture

SIZE = 3000, 2000
ASKED = 400, 300
CROPS = 20
"""Of one photo, asked at once."""
PREVIEW = 640
_SMART_THUMBOR = 'DETECTORS = ["thumbor.detectors.face_detector", "thumbor.detectors.feature_detector"]'


@dataclass(frozen=True, slots=True)
class Photo:
    """A large photo."""

    jpeg: bytes
    word: str | None = None
    """An object in it that the detector is sure of."""


class Library:
    """A folder to which photos are added that no server has seen."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._numbers = count()

    def add(self, photo: Photo) -> str:
        """The name of a new copy, in bytes of its own."""
        number = next(self._numbers)
        (self.folder / f"{number}.jpg").write_bytes(_distinct(photo.jpeg, number))
        return f"{number}.jpg"


def main() -> None:
    """Print a table for each comparison."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=Path, help="folder of JPEG files")
    parser.add_argument("weights", type=Path, nargs="?")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--count", type=int, default=30, help="photos a round")
    parser.add_argument("--only", choices=("peers", "parts", "again", "together"))
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="keepsight-smart-") as name:
        folder = Path(name)
        photos = [Photo(_enlarged(path, folder / "photo")) for path in find_photographs(given.photos, given.count)]
        print(f"{machine()}; {given.rounds} rounds of {len(photos)} photos\n")
        (folder / "media").mkdir()
        library = Library(folder / "media")
        if given.only in (None, "peers"):
            print(peers(photos, library, given.rounds))
        if given.weights is None:
            return
        detector = install(given.weights, folder / "weights")
        photos = [Photo(photo.jpeg, _word(detector, photo)) for photo in photos]
        models = {"MODELS__WEIGHTS": str(folder / "weights"), "MODELS__PRELOAD": "true"}
        with keepsight(library.folder, {f"KEEPSIGHT_{key}": value for key, value in models.items()}) as server:
            sleep(3)  # models are loaded once the port is open
            if given.only in (None, "parts"):
                print(parts(photos, library, server, detector, given.rounds))
            if given.only in (None, "again"):
                print(again(photos, library, server, given.rounds))
            if given.only in (None, "together"):
                print(together(photos, library, server, given.rounds))


def peers(photos: Sequence[Photo], library: Library, rounds: int) -> str:
    """A smart crop without a target and without a network, of photos that nobody has seen."""
    width, height = ASKED
    with (
        keepsight(library.folder) as ours,
        ipx(library.folder) as theirs,
        # Its OpenCV is one below 5, which still holds detectors of faces.
        thumbor(library.folder, _SMART_THUMBOR, CACHE / "smart", "thumbor[opencv]>=7.7") as other,
    ):
        servers = {server.name: server for server in (ours, theirs, other)}
        paths = {
            "keepsight": f"/demo/image/upload/c_fill,g_auto,w_{width},h_{height},q_80/{{}}",
            "ipx": f"/s_{width}x{height},fit_cover,position_attention,q_80/{{}}",
            "thumbor": f"/unsafe/{width}x{height}/smart/filters:quality(80)/{{}}",
        }
        sizes: dict[str, float] = {}

        def measured(name: str) -> float:
            names = [library.add(photo) for photo in photos]
            cost = ask(servers[name], [paths[name].format(each) for each in names], 1)
            sizes[name] = cost.bytes
            return cost.cpu

        for name in servers:
            measured(name)
        found = turns(rounds, {name: partial(measured, name) for name in servers})
        mine = ratios(found, "keepsight")
        rows = [(name, median(found[name]), 1 / mine[name], sizes[name] / 1024) for name in servers]
    head = ("smart crop without target, not seen before", "CPU ms a request", "keepsight / this", "KB")
    return table(head, rows) + "\n"


def parts(photos: Sequence[Photo], library: Library, server: Server, detector: YoloDetector, rounds: int) -> str:
    """An object-aware crop of a photo that nobody has seen, beside what it cannot do without, measured alone."""
    width, height = ASKED
    shown = [photo for photo in photos if photo.word]
    limits = Limits(max_pixels=SIZE[0] * SIZE[1], max_bytes=1 << 30)

    def crops(word: str | None) -> float:
        chosen = shown if word is None else photos
        cuts = [f"c_fill,g_auto:{word or photo.word}:no_faces,w_{width},h_{height},q_80" for photo in chosen]
        names = [library.add(photo) for photo in chosen]
        return cost(server, [f"/demo/image/upload/{cut}/{name}" for cut, name in zip(cuts, names, strict=True)])

    headers = [read_header(photo.jpeg, limits) for photo in shown]

    def decoding() -> float:
        began = process_time()
        for photo, header in zip(shown, headers, strict=True):
            decode(photo.jpeg, header, PREVIEW / SIZE[0])
        return _milliseconds(began, len(shown))

    letterbox = detector.shape.letterbox((PREVIEW, round(PREVIEW * SIZE[1] / SIZE[0])))
    batch = np.random.default_rng(7).random((1, 3, letterbox.input_height, letterbox.input_width), dtype=np.float32)
    small = [Picture(p.jpeg, read_header(p.jpeg, limits)).cut((0, 0, *SIZE), ASKED) for p in shown]

    def network() -> float:
        began = process_time()
        for _ in shown:
            detector.answer(batch, detector.floor)
        return _milliseconds(began, len(shown))

    def encoding() -> float:
        began = process_time()
        for image in small:
            encode(image, Encoding(Format.JPEG, 80))
        return _milliseconds(began, len(small))

    contenders: dict[str, Callable[[], float]] = {
        "crop of what is there": lambda: crops(None),
        "decode": decoding,
        "network": network,
        "encode": encoding,
        "crop of what is nowhere (zebra)": lambda: crops("zebra"),
    }
    for contender in contenders.values():
        contender()
    found = turns(rounds, contenders)
    found["decode + network + encode"] = [
        sum(found[name][i] for name in ("decode", "network", "encode")) for i in range(rounds)
    ]
    compared = ratios(found, "decode + network + encode")
    rows = [(name, median(values), compared[name]) for name, values in found.items()]
    return table(("object-aware crop, not seen before", "CPU ms", "of the parts"), rows) + "\n"


def again(photos: Sequence[Photo], library: Library, server: Server, rounds: int) -> str:
    """Another crop of a photo that was analysed, beside the plain fill of the same size.

    All photos are asked for one after the other, so that what a server still holds of one is gone when its turn comes
    again; of `still in memory` each photo is asked for twice in a row, and the second time counts.
    """
    names = [(library.add(photo), photo.word or "person") for photo in photos]
    widths = count(ASKED[0])

    def measured(gravity: str, mode: str, *, held: bool = False) -> float:
        width = next(widths)
        paths = [
            f"/demo/image/upload/c_{mode}{gravity.format(word)},w_{width},h_{ASKED[1]},q_80/{name}"
            for name, word in names
        ]
        if not held:
            return cost(server, paths)
        cpu = 0.0
        for path, (name, _) in zip(paths, names, strict=True):
            cost(server, [f"/demo/image/upload/c_fill,w_{width},h_{ASKED[1] + 1},q_80/{name}"])
            cpu += cost(server, [path]) / len(names)
        return cpu

    contenders: dict[str, Callable[[], float]] = {
        "plain fill": lambda: measured("", "fill"),
        "fill, g_auto": lambda: measured(",g_auto", "fill"),
        "fill, g_auto:<word>": lambda: measured(",g_auto:{}", "fill"),
        "fill, g_<word>": lambda: measured(",g_{}", "fill"),
        "thumb, g_auto:<word>": lambda: measured(",g_auto:{}", "thumb"),
    }
    for contender in contenders.values():
        contender()
    found = turns(rounds, contenders)
    compared = ratios(found, "plain fill")
    rows: list[tuple[object, ...]] = [(name, median(values), compared[name]) for name, values in found.items()]
    near = {
        "plain fill, still in memory": lambda: measured("", "fill", held=True),
        "fill, g_auto:<word>, still in memory": lambda: measured(",g_auto:{}", "fill", held=True),
    }
    rows += [(name, median(values), "") for name, values in turns(rounds, near).items()]
    return table(("another crop of an analysed photo", "CPU ms", "of the plain fill"), rows) + "\n"


def together(photos: Sequence[Photo], library: Library, server: Server, rounds: int) -> str:
    """Many crops of one photo that nobody has seen, asked at once, beside as many of an analysed one, one by one."""
    widths = count(ASKED[0] + 500)

    def paths(name: str, word: str) -> list[str]:
        return [
            f"/demo/image/upload/c_fill,g_auto:{word},w_{next(widths)},h_{ASKED[1]},q_80/{name}" for _ in range(CROPS)
        ]

    shown = [photo for photo in photos if photo.word] or list(photos)
    known = [(library.add(photo), photo.word or "person") for photo in photos]
    for name, word in known:
        cost(server, [f"/demo/image/upload/c_fill,g_auto:{word},w_300,h_300/{name}"])

    def at_once(photo: Photo) -> float:
        before = server.cpu()
        urls = [server.url + path for path in paths(library.add(photo), photo.word or "person")]
        with ThreadPoolExecutor(CROPS) as pool:
            for answer in pool.map(httpx.get, urls):
                answer.raise_for_status()
        return (server.cpu() - before) * 1000

    def one_by_one() -> float:
        several = [
            f"/demo/image/upload/c_fill,g_auto:{word},w_{next(widths)},h_{ASKED[1]},q_80/{name}"
            for name, word in known
        ]
        return cost(server, several) * CROPS

    turn = count()
    found = turns(
        rounds,
        {
            f"{CROPS} crops of a new photo at once": lambda: at_once(shown[next(turn) % len(shown)]),
            f"{CROPS} x one crop of an analysed photo": one_by_one,
        },
    )
    compared = ratios(found, f"{CROPS} x one crop of an analysed photo")
    rows = [(name, median(values), compared[name]) for name, values in found.items()]
    return table((f"{CROPS} crops of one photo", "CPU ms", "ratio"), rows) + "\n"


def cost(server: Server, paths: Sequence[str]) -> float:
    """Processor milliseconds a request, one after the other. Raises RuntimeError on errors."""
    return ask(server, paths, 1).cpu


def install(weights: Path, folder: Path) -> YoloDetector:
    """Copy and optimise weights of coco and faces; the detector of coco."""
    folder.mkdir()
    cards = {card.name: card for card in find_cards()}
    for name in ("coco", "faces"):
        if file := find_weights(cards[name], weights):
            shutil.copy(file.path, folder)
    model = Model(cards["coco"], folder)
    if not model.installed:
        sys.exit(f"no weights of coco in {weights}")
    optimise_model(model)
    detector = model.detector()
    if not isinstance(detector, YoloDetector):
        sys.exit("coco is no YOLO network")
    return detector


def _word(detector: YoloDetector, photo: Photo) -> str | None:
    """What the detector is surest of, if that has a name of one word."""
    header = read_header(photo.jpeg, Limits(max_pixels=SIZE[0] * SIZE[1], max_bytes=1 << 30))
    seen = detector.detect(Picture(photo.jpeg, header).preview(PREVIEW))
    sure = (each.label for each in seen if each.confidence >= 0.5 and re.fullmatch("[a-z]+", each.label))
    return next(sure, None)


def _enlarged(path: Path, stem: Path) -> bytes:
    write_originals(path, stem, SIZE, ("jpg",))
    return stem.with_name(f"{stem.name}.jpg").read_bytes()


def _distinct(jpeg: bytes, number: int) -> bytes:
    """The same picture in other bytes: with a comment that holds the number (ISO 10918-1, B.2.4.5)."""
    text = str(number).encode()
    return jpeg[:2] + b"\xff\xfe" + (len(text) + 2).to_bytes(2, "big") + text + jpeg[2:]


def _milliseconds(began: float, times: int) -> float:
    return (process_time() - began) * 1000 / times


if __name__ == "__main__":
    main()
