# ruff: noqa: PLC0415 - torch is imported when a test needs a network
"""Weights made on the spot: real YOLO networks with random weights, and files that mean harm."""

from __future__ import annotations

import io
import pickle
import zipfile
from pathlib import Path
from typing import Any

from keepsight.detect.libraries import import_ultralytics


def save_network(path: Path, names: list[str], spoil: float | None = None, end_to_end: bool = False) -> Path:
    """A random YOLO network of the smallest size, saved as Ultralytics saves one; `spoil` replaces its weights."""
    torch = import_ultralytics()
    from ultralytics.nn.tasks import DetectionModel, yaml_model_load

    description = yaml_model_load("yolo26n.yaml" if end_to_end else "yolo11n.yaml") | {
        "nc": len(names),
        "scales": {"n": [0.33, 0.125, 256]},
    }
    torch.manual_seed(7)
    network = DetectionModel(description, verbose=False)
    if end_to_end:
        network.model[-1].end2end = True
    network.names = dict(enumerate(names))
    if spoil is not None:
        for weight in network.parameters():
            weight.data.fill_(spoil)
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.save({"model": network.half(), "train_args": {}}, path)
    return path


def checkpoint_of(payload: bytes) -> bytes:
    """The zip that torch.save makes, around a pickle of one's own."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("net/data.pkl", payload)
        archive.writestr("net/byteorder", "little")
        archive.writestr("net/version", "3\n")
    return buffer.getvalue()


class Call:
    """Pickles as a call of `function`, which is what a hostile checkpoint does."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self.call = (function, arguments)

    def __reduce__(self) -> Any:
        return self.call


def hostile(function: Any, *arguments: Any) -> bytes:
    return checkpoint_of(pickle.dumps({"model": Call(function, *arguments)}, protocol=2))
