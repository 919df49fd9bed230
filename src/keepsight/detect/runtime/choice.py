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
from keepsight.detect.runtime.device import Device, can_use_cuda
from keepsight.detect.weights import Weights, sha256_of
from keepsight.errors import ModelError
from keepsight.program import command

Runtime = Literal["torch", "onnx", "openvino", "yunet", "ppocr", "u2net", "detr", "kserve"]
Choice = Literal["auto", "torch", "onnx", "openvino"]
PACKAGES: dict[Literal["openvino", "onnx"], str] = {"onnx": "onnxruntime", "openvino": "openvino"}
"""Runtimes of exported networks, the one to prefer first, and the package that each needs.

In single precision OpenVINO takes a tenth more time than ONNX Runtime, half again its memory, and a pause at every new
shape of picture (benchmarks/detect.py)."""
FORMAT = 2
"""Edition of our exporter. Raised when it writes something else for the same weights; older exports are not used."""


@dataclass(frozen=True, slots=True)
class Source:
    """What a model is loaded from, and by what."""

    runtime: Runtime
    weights: Weights
    """What the card names; their digest is the identity of the model in every runtime."""
    file: Weights
    """What the runtime reads: the weights themselves, or an export of them."""
    device: Device = "cpu"
    """What was asked for, where the runtime has a choice and a device is likely to be there; else `cpu`."""


def choose(card: Card, weights: Weights, wanted: Choice, device: Device = "auto") -> Source:
    """The runtime for these weights. `wanted` is the setting; a card that names a runtime overrides it.

    One that can use CUDA comes before one that cannot, where there is a device and `device` allows it. Cheap enough
    for every request: files are read again only when they change, and no package is imported.
    Raises ModelError when a runtime is demanded that is not installed, or for which the weights are not exported.
    """
    match card.runtime:
        case "yunet" | "ppocr" | "u2net":  # nothing else runs them
            return Source(card.runtime, weights, weights)
        case "kserve":
            raise ModelError(f"{card.name} runs on another server: there is nothing to load here")
    fast = can_use_cuda() if device != "cpu" else frozenset()
    if card.runtime == "detr":
        if not installed("onnx"):
            raise ModelError(f"{weights.path.name} needs {PACKAGES['onnx']}, which is not installed")
        return Source("detr", weights, weights, _device("onnx", device, fast))
    exported = weights.path.suffix == ".onnx"
    demanded = wanted if card.runtime == "ultralytics" else card.runtime
    if exported and demanded == "torch":
        demanded = "auto"  # an .onnx file has never been anything else
    if demanded == "torch":
        return Source("torch", weights, weights, _device("torch", device, fast))
    file = weights if exported else export_of(weights)
    able = [runtime for runtime in PACKAGES if file is not None and installed(runtime)]
    ways: list[Runtime] = [runtime for runtime in able if demanded in {"auto", runtime}]
    if demanded == "auto" and not exported:
        ways.append("torch")
    if device == "cuda":
        ways = [runtime for runtime in ways if runtime != "openvino"]
    if ways:
        best = next((runtime for runtime in ways if runtime in fast), ways[0])
        return Source(best, weights, weights if best == "torch" or file is None else file, _device(best, device, fast))
    if file is None:
        raise ModelError(
            f"{weights.path.name} has no export for {demanded}: {command('models', 'optimize', card.name)}"
        )
    if device == "cuda" and demanded in {"auto", "openvino"} and able:
        raise ModelError(f"models.device is cuda, and OpenVINO, which would run {file.path.name}, does not use it")
    packages = " or ".join(PACKAGES.values() if demanded == "auto" else (PACKAGES[demanded],))
    raise ModelError(f"{file.path.name} needs {packages}, which is not installed")


def _device(runtime: Runtime, device: Device, fast: frozenset[str]) -> Device:
    return device if device == "cuda" or runtime in fast else "cpu"


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
