"""How long a model looks at a picture, on this machine, now."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import median
from time import perf_counter

from PIL import Image, ImageDraw

from keepsight.detect.detector import Detector
from keepsight.detect.registry import Registry
from keepsight.errors import ModelError

RUNS = 7


def latencies(registry: Registry, runs: int = RUNS) -> Mapping[str, float]:
    """Milliseconds per picture of each installed model, by its exact name.

    The median of `runs`, after one that does not count. The picture is as large as the network's input, and preparing
    it and reading the answer count. The models take turns, so that a busy moment of the machine falls on all of them.
    A model that fails is left out.
    """
    detectors: dict[str, tuple[Detector, Image.Image]] = {}
    for state in registry.models:
        if state.card is None or state.state not in ("ready", "loadable"):
            continue
        picture = drawn(state.card.input_size)
        try:
            detector = registry.model(state.exact).detector()
            detector.detect(picture)
        except ModelError:
            continue
        detectors[state.exact] = detector, picture
    times: dict[str, list[float]] = {name: [] for name in detectors}
    for _ in range(runs):
        for name, (detector, picture) in list(detectors.items()):
            begin = perf_counter()
            try:
                detector.detect(picture)
            except ModelError:
                del detectors[name], times[name]
                continue
            times[name].append((perf_counter() - begin) * 1000)
    return {name: median(found) for name, found in times.items()}


def drawn(side: int) -> Image.Image:
    """A square picture of `side` px with sky, ground, a figure and edges of all directions; always the same."""
    picture = Image.new("RGB", (side, side), (150, 190, 230))
    draw = ImageDraw.Draw(picture)
    unit = side / 10
    draw.rectangle((0, 7 * unit, side, side), fill=(90, 120, 60))
    for at in range(10):
        draw.line((at * unit, side, 5 * unit, 7 * unit), fill=(60, 80, 40), width=max(1, side // 200))
    draw.ellipse((4.4 * unit, 2 * unit, 5.6 * unit, 3.4 * unit), fill=(220, 180, 150))
    draw.rounded_rectangle((4 * unit, 3.4 * unit, 6 * unit, 6.4 * unit), unit / 3, fill=(150, 40, 40))
    draw.rectangle((4.2 * unit, 6.4 * unit, 5.8 * unit, 9 * unit), fill=(40, 40, 90))
    return picture
