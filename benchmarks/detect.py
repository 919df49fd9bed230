"""How fast, how lean and how good detection is here: ratios from one interleaved run.

    python benchmarks/detect.py WEIGHTS PHOTOS [--rounds 3]

WEIGHTS holds weights of the cards `coco` and `faces`; they are copied and optimised in a temporary folder. PHOTOS are
JPEG files, with `boxes.json` where recall is to be measured. Needs the extras `detect`, `onnx` and `openvino`.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any

import numpy as np
from PIL import Image

from keepsight.detect.card import Card, find_cards
from keepsight.detect.libraries import import_ultralytics
from keepsight.detect.model import Model
from keepsight.detect.optimize import optimise_model
from keepsight.detect.runtime.head import Floats
from keepsight.detect.runtime.yolo import Answer, YoloDetector
from keepsight.detect.sharpness import with_sharpness
from keepsight.detect.weights import find_weights

RUNTIMES: tuple[Any, ...] = ("torch", "onnx", "openvino")
PREVIEW = 640
SEEN = 0.25
SMALLEST = 0.01
"""Share of the picture from which an object counts for recall."""

Box = tuple[float, float, float, float]


@dataclass
class Clock:
    """A detector with a stopwatch around its network."""

    detector: YoloDetector
    network: list[float] = field(default_factory=list)
    """Seconds on the wall."""
    work: list[float] = field(default_factory=list)
    """Seconds of the processor; those of neighbours do not count."""

    def __post_init__(self) -> None:
        inner = self.detector.answer

        def answer(batch: Floats, floor: float) -> Answer:
            start, worked = perf_counter(), process_time()
            output = inner(batch, floor)
            self.network.append(perf_counter() - start)
            self.work.append(process_time() - worked)
            return output

        self.detector = replace(self.detector, answer=answer)


def main() -> None:
    """Print every figure beside what it must reach."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights", type=Path)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="keepsight-") as name:
        folder = Path(name)
        cards = {card.name: card for card in find_cards()}
        for model in ("coco", "faces"):
            weights = find_weights(cards[model], given.weights)
            if weights is None:
                sys.exit(f"no weights of {model} in {given.weights}")
            shutil.copy(weights.path, folder)
        optimise_model(Model(cards["coco"], folder))
        paths = sorted(given.photos.glob("*.jpg"))
        print(f"{len(paths)} photos, {given.rounds} rounds, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
        speed(cards["coco"], folder, paths, given.rounds)
        memory(folder, paths[0])
        if (given.photos / "boxes.json").exists():
            recall(cards["coco"], folder, given.photos)


def speed(card: Card, folder: Path, paths: Iterable[Path], rounds: int) -> None:
    """The runtimes in turn on each photo: medians over all."""
    clocks = {name: Clock(load(card, folder, name)) for name in RUNTIMES}
    total: dict[str, list[float]] = defaultdict(list)
    sharpness: dict[str, list[float]] = defaultdict(list)
    for preview in [preview_of(path) for path in paths] * rounds:
        for name, clock in clocks.items():
            start = perf_counter()
            seen = clock.detector.detect(preview)
            total[name].append(perf_counter() - start)
            start = perf_counter()
            with_sharpness(preview, seen)
            sharpness[name].append(perf_counter() - start)
    print(
        f"{'':10}{'network':>10}{'all':>9}{'x torch':>9}{'processor':>11}{'x torch':>9}"
        f"{'pre+post':>10}{'share':>8}{'sharpness':>11}  (ms; x: median over photos)"
    )
    wall, work = (
        {name: np.array(times[-len(total[name]) :]) for name, times in each.items()}
        for each in ({n: c.network for n, c in clocks.items()}, {n: c.work for n, c in clocks.items()})
    )
    for name in clocks:
        around = np.array(total[name]) - wall[name] - np.array(sharpness[name])
        print(
            f"{name:10}{median(wall[name]) * 1e3:10.1f}{median(total[name]) * 1e3:9.1f}"
            f"{median(wall['torch'] / wall[name]):9.2f}{median(work[name]) * 1e3:11.1f}"
            f"{median(work['torch'] / work[name]):9.2f}{median(around) * 1e3:10.2f}"
            f"{median(around / wall[name]):8.1%}{median(sharpness[name]) * 1e3:11.2f}"
        )
    print("must be: one of them >= 2 x torch; its share <= 15 %\n")


def memory(folder: Path, photo: Path) -> None:
    """Resident memory of serving processes, MiB."""
    program = (
        "import sys; from pathlib import Path; from PIL import Image;"
        "from keepsight.app import create_app; from keepsight.settings import Models, Settings, Storage;"
        "weights, data, photo, wanted = sys.argv[1:];"
        "settings = Settings(storage=Storage(media=Path(photo).parent, data=Path(data)),"
        " models=Models(weights=Path(weights), runtime=wanted if wanted != 'none' else 'auto'));"
        "registry = create_app(settings).registry;"
        "picture = Image.open(photo).convert('RGB');"
        "loaded = [registry.model(n).detector() for n in (('coco', 'faces') if wanted != 'none' else ())];"
        "[d.detect(p) for d in loaded for p in (picture, picture.rotate(90, expand=True)) * 3];"
        "status = Path('/proc/self/status').read_text().split();"
        "print(*(int(status[status.index(k) + 1]) // 1024 for k in ('VmRSS:', 'VmHWM:')))"
    )
    with tempfile.TemporaryDirectory() as data:
        for wanted, bar in (("none", "<= 120"), ("openvino", "<= 350"), ("onnx", "<= 350"), ("torch", "")):
            command = [sys.executable, "-c", program, str(folder), data, str(photo), wanted]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            rss, peak = done.stdout.split()
            what = "no model" if wanted == "none" else f"coco + faces in {wanted}"
            print(f"{what:28}{rss:>5} MiB, peak {peak:>5}   {bar and 'must be'} {bar}")
    print()


def recall(card: Card, folder: Path, photos: Path) -> None:
    """Objects of at least 1 % of the picture that are found with IoU .5, against Ultralytics' own predictor."""
    entries = json.loads((photos / "boxes.json").read_text())["photos"]
    ways: dict[str, Callable[[Image.Image], list[tuple[str, Box]]]] = {
        name: ours(load(card, folder, name)) for name in RUNTIMES
    }
    weights = find_weights(card, folder)
    assert weights is not None
    ways["ultralytics"] = theirs(weights.path)
    found: dict[str, int] = defaultdict(int)
    objects = 0
    for entry in entries:
        with Image.open(photos / entry["file"]) as opened:
            image = opened.convert("RGB")
        least = SMALLEST * image.width * image.height
        drawn = [(o["name"].replace(" ", "_"), o["box"]) for o in entry["objects"]]
        drawn = [(name, (x, y, x + w, y + h)) for name, (x, y, w, h) in drawn if w * h >= least]
        objects += len(drawn)
        for way, look in ways.items():
            seen = look(image)
            found[way] += sum(any(n == name and iou(b, box) >= 0.5 for n, b in seen) for name, box in drawn)
    for way, count in found.items():
        print(f"recall, {way:12}{count / objects:.4f} of {objects} objects   must be within .01 of ultralytics")


def ours(detector: YoloDetector) -> Callable[[Image.Image], list[tuple[str, Box]]]:
    """Boxes in px of the picture, as the server finds them on its preview."""

    def look(image: Image.Image) -> list[tuple[str, Box]]:
        seen = detector.detect(shrunk(image))
        w, h = image.size
        regions = [(d.label, d.region) for d in seen if d.confidence >= SEEN]
        return [(n, (r.x * w, r.y * h, (r.x + r.width) * w, (r.y + r.height) * h)) for n, r in regions]

    return look


def theirs(weights: Path) -> Callable[[Image.Image], list[tuple[str, Box]]]:
    """Ultralytics' own predictor, `YOLO(weights).predict`."""
    torch = import_ultralytics()
    lend_torchvision(torch)
    from ultralytics import YOLO  # noqa: PLC0415 - the peer that only this row needs

    network = YOLO(str(weights))

    def look(image: Image.Image) -> list[tuple[str, Box]]:
        (result,) = network.predict(image, imgsz=PREVIEW, conf=SEEN, device="cpu", verbose=False)
        names = [str(name).replace(" ", "_") for name in result.names.values()]
        boxes = zip(result.boxes.cls.tolist(), result.boxes.xyxy.tolist(), strict=True)
        return [(names[int(index)], (x0, y0, x1, y1)) for index, (x0, y0, x1, y1) in boxes]

    return look


LENT: list[Any] = []
"""What has to live as long as the operators that it defines."""


def lend_torchvision(torch: Any) -> None:
    """Make `import torchvision` work beside a torch whose device its published builds were not made for.

    The predictor imports it for `torchvision.ops.nms` alone; Ultralytics has one of its own in torch. In this process
    only.
    """
    from ultralytics.utils.nms import TorchNMS  # noqa: PLC0415 - the peer that only this row needs

    try:
        import torchvision  # noqa: PLC0415 - whether it loads is the question
    except RuntimeError:  # its library is for another device, so its operators are not there
        for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
            del sys.modules[name]
    else:
        return
    library = torch.library.Library("torchvision", "DEF")
    for operator in ("nms", "qnms"):
        library.define(f"{operator}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    import torchvision.ops  # noqa: PLC0415 - see above

    torchvision.ops.nms = torchvision.ops.boxes.nms = TorchNMS.nms
    LENT.append(library)


def load(card: Card, folder: Path, runtime: Any) -> YoloDetector:
    """The network of a card in one runtime."""
    detector = Model(card, folder, runtime=runtime).detector()
    assert isinstance(detector, YoloDetector)
    return detector


def preview_of(path: Path) -> Image.Image:
    """A photo as the server shows it to detectors."""
    with Image.open(path) as image:
        return shrunk(image.convert("RGB"))


def shrunk(image: Image.Image) -> Image.Image:
    """At most PREVIEW long."""
    image = image.copy()
    image.thumbnail((PREVIEW, PREVIEW))
    return image


def iou(a: Box, b: Box) -> float:
    """Intersection over union."""
    both = max(0.0, min(a[2], b[2]) - max(a[0], b[0])) * max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    return both / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both)


if __name__ == "__main__":
    main()
