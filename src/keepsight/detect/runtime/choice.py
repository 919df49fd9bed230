"""Which runtime a model gets: the fastest one that is installed and has something to load."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import Literal

from cachetools import LRUCache, cached

from keepsight.detect.card import Card
from keepsight.detect.onnx_file import describe
from keepsight.detect.weights import Weights, sha256_of
from keepsight.errors import ModelError

Runtime = Literal["torch", "onnx", "openvino", "yunet", "ppocr", "u2net"]
Choice = Literal["auto", "torch", "onnx", "openvino"]
PACKAGES: dict[Literal["openvino", "onnx"], str] = {"onnx": "onnxruntime", "openvino": "openvino"}
"""Runtimes of exported networks, the one to prefer first, and the package that each needs.

In single precision OpenVINO takes a tenth more time than ONNX Runtime, half again its memory, and a pause at every new
shape of picture (benchmarks/detect.py)."""
FORMAT = 1
"""Edition of our exporter. Raised when it writes something else for the same weights; older exports are not used."""


@dataclass(frozen=True, slots=True)
class Source:
    """What a model is loaded from, and by what."""

    runtime: Runtime
    weights: Weights
    """What the card names; their digest is the identity of the model in every runtime."""
    file: Weights
    """What the runtime reads: the weights themselves, or an export of them."""


def choose(card: Card, weights: Weights, wanted: Choice) -> Source:
    """The runtime for these weights. `wanted` is the setting; a card that names a runtime overrides it.

    Cheap enough for every request: files are read again only when they change, and no package is imported.
    Raises ModelError when a runtime is demanded that is not installed, or for which the weights are not exported.
    """
    match card.runtime:
        case "yunet" | "ppocr" | "u2net":  # nothing else runs them
            return Source(card.runtime, weights, weights)
    demanded = wanted if card.runtime == "ultralytics" else card.runtime
    file: Weights | None = weights
    if weights.path.suffix != ".onnx":
        if demanded == "torch":
            return Source("torch", weights, weights)
        file = export_of(weights)
    elif demanded == "torch":
        demanded = "auto"  # an .onnx file has never been anything else
    for runtime in PACKAGES if demanded == "auto" else (demanded,):
        if file is not None and installed(runtime):
            return Source(runtime, weights, file)
    if demanded == "auto" and weights.path.suffix != ".onnx":
        return Source("torch", weights, weights)
    if file is None:
        raise ModelError(f"{weights.path.name} has no export for {demanded}: keepsight models optimize {card.name}")
    packages = " or ".join(PACKAGES.values() if demanded == "auto" else (PACKAGES[demanded],))
    raise ModelError(f"{file.path.name} needs {packages}, which is not installed")


def export_path(weights: Weights) -> Path:
    """Where the export of these weights belongs: `<stem>.onnx` beside them."""
    return weights.path.with_suffix(".onnx")


def export_of(weights: Weights) -> Weights | None:
    """The export of exactly these weights by this edition of the exporter, or None."""
    path = export_path(weights)
    try:
        stat = path.stat()
        if _origin(path, stat.st_size, stat.st_mtime_ns) != (weights.sha256, FORMAT):
            return None
        return Weights(path, sha256_of(path), None)
    except (OSError, ModelError):
        return None


@cache
def installed(runtime: Literal["openvino", "onnx"]) -> bool:
    """Whether the package of a runtime could be imported; it is not."""
    return find_spec(PACKAGES[runtime]) is not None


@cached(LRUCache(maxsize=256), lock=Lock())
def _origin(path: Path, _size: int, _mtime_ns: int) -> tuple[str | None, int | None]:
    network = describe(path.read_bytes())
    return network.source, network.format
