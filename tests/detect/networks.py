# ruff: noqa: PLC0415 - torch is imported when a test needs a network
"""Weights made on the spot: real YOLO networks with random weights, and files that mean harm."""

from __future__ import annotations

import io
import pickle
import zipfile
from copy import deepcopy
from pathlib import Path
from typing import Any

from keepsight.detect.card import Card
from keepsight.detect.export import export
from keepsight.detect.libraries import import_ultralytics
from keepsight.detect.weights import sha256_of

NAMES = ["nut", "bolt", "washer"]


def save_network(
    path: Path,
    classes: list[str],
    spoil: float | None = None,
    *,
    end_to_end: bool = False,
    sees_things: bool = False,
    names: list[str] | None = None,
) -> Path:
    """A random YOLO network of the smallest size, saved as Ultralytics saves one.

    `spoil` replaces its weights. One that `sees_things` is sure of some of its boxes.
    `names` is a list that does not fit.
    """
    torch = import_ultralytics()
    from ultralytics.nn.tasks import DetectionModel, yaml_model_load

    description = yaml_model_load("yolo26n.yaml" if end_to_end else "yolo11n.yaml") | {
        "nc": len(classes),
        "scales": {"n": [0.33, 0.125, 256]},
    }
    torch.manual_seed(7)
    network = DetectionModel(description, verbose=False)
    if end_to_end:
        network.model[-1].end2end = True
    network.names = dict(enumerate(classes if names is None else names))
    if sees_things:
        settle(torch, network, torch.rand(4, 3, 320, 320) * torch.rand(4, 3, 1, 1))
        head = network.model[-1]
        for layers in (head.cv3, head.one2one_cv3) if end_to_end else (head.cv3,):
            for layer in layers:
                layer[-1].weight.data *= 0.5
                layer[-1].bias.data.fill_(-1)
    if spoil is not None:
        for weight in network.parameters():
            weight.data.fill_(spoil)
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.save({"model": network.half(), "train_args": {}}, path)
    return path


def save_open_vocabulary(path: Path, names: list[str], kind: str) -> Path:
    """A random network with a vocabulary that was set once, saved as Ultralytics saves one.

    `kind` is `yoloe-pf`, the prompt-free YOLOE with a head that first proposes places and then names them, or `world`,
    YOLO-World with the embeddings of its names in the file.
    """
    torch = import_ultralytics()
    from ultralytics.nn.tasks import WorldModel, YOLOESegModel, yaml_model_load

    torch.manual_seed(11)
    small = {"scales": {"n": [0.33, 0.125, 256]}, "scale": "n"}
    if kind == "world":
        network = WorldModel(yaml_model_load("yolov8-worldv2.yaml") | small, verbose=False)
        settle(torch, network, torch.rand(4, 3, 320, 320) * torch.rand(4, 3, 1, 1))
        # set_classes would ask a text encoder; this is what it leaves behind.
        network.txt_feats = torch.nn.functional.normalize(torch.randn(1, len(names), 512), dim=-1)
        network.model[-1].nc = len(names)
        network.names = dict(enumerate(names))
    else:
        network = YOLOESegModel(yaml_model_load("yoloe-11-seg.yaml") | small, verbose=False)
        settle(torch, network, torch.rand(4, 3, 320, 320) * torch.rand(4, 3, 1, 1))
        network.args = {"imgsz": 320}
        speaks, proposes = deepcopy(network), network
        for one, spoken in ((speaks, names), (proposes, ["object"])):
            one.set_classes(spoken, torch.nn.functional.normalize(torch.randn(1, len(spoken), 512), dim=-1))
            one.model[-1].fuse(one.pe)
        proposes.set_vocab(torch.nn.ModuleList(branch[-1] for branch in speaks.model[-1].cv3), names)
        network.names = dict(enumerate(names))
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.save({"model": network.half(), "train_args": {}}, path)
    return path


def settle(torch: Any, network: Any, pictures: Any) -> None:
    """Normalisation as after training: without it the signal fades, and every place looks the same."""
    for layer in network.modules():
        if isinstance(layer, torch.nn.BatchNorm2d):
            layer.momentum = None
            layer.reset_running_stats()
    with torch.no_grad():
        network.train()(pictures)
    network.eval()


def put_export(weights: Path, input_size: int = 320) -> Path:
    """The export of weights beside them, unproved."""
    path = weights.with_suffix(".onnx")
    path.write_bytes(export(weights.read_bytes(), sha256_of(weights), input_size))
    return path


def card_of(file: str, **more: Any) -> Card:
    """The card of a private model with its weights in `file`."""
    fields: dict[str, Any] = {"name": "w", "licence": "own", "confidence": 0.3, "input_size": 320}
    return Card.model_validate(fields | {"files": [{"name": file}]} | more)


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
