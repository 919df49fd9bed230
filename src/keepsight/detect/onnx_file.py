"""What an ONNX file says about itself, read without any runtime and without trusting it.

ONNX is data, not a program, with one way out: a tensor may name a file in which its values lie. Such a file is refused
before a runtime sees it. The few fields needed here are read from the protocol buffer itself, so that neither the
package `onnx` nor torch is needed to serve.
Source of the field numbers: onnx.proto3 of ONNX; of the metadata: the exporter of Ultralytics.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod

from keepsight.detect.class_names import checked_class_names
from keepsight.errors import ModelError

SOURCE_KEY, FORMAT_KEY = "keepsight_source", "keepsight_format"
"""Metadata of our own exports: hexadecimal SHA-256 of the weights, and the edition of the exporter."""
TASKS = ("detect", "segment", "pose")
DEEPEST = 32
"""Messages inside messages; a network needs about five."""

_EXTERNAL_DATA, _DATA_LOCATION, _METADATA = 13, 14, 14
# Message -> its fields that lead to tensors -> the message found there.
_PATHS: dict[str, dict[int, str]] = {
    "model": {7: "graph", 20: "training", 25: "function"},
    "training": {1: "graph", 2: "graph"},
    "function": {7: "node", 11: "attribute"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
    "tensor": {},
}


@dataclass(frozen=True, slots=True)
class OnnxNetwork:
    """A YOLO network in an ONNX file, as its metadata describes it."""

    names: tuple[str, ...]
    """Class names, in the order of the class index."""
    stride: int
    """Px. The sides of the input are multiples of it, where they are free."""
    end_to_end: bool
    """Whether the network answers with finished boxes."""
    more: int | None
    """Values per box after the classes. None: as many as the second output, of masks, has channels."""
    source: str | None
    """SHA-256 of the weights that it is our export of."""
    format: int | None
    """Edition of our exporter that wrote it."""


def describe(content: bytes, tasks: Sequence[str] = TASKS) -> OnnxNetwork:
    """Read the metadata of an ONNX file that Ultralytics or `keepsight models optimize` exported.

    Raises ModelError when the file is empty, damaged, refers to other files, does not say what it is, or is for none
    of the `tasks`.
    """
    refuse_references(content)
    try:
        metadata = _metadata(content)
    except (ValueError, IndexError, UnicodeDecodeError) as error:
        raise ModelError("the file is truncated or not ONNX") from error
    if "names" not in metadata:
        raise ModelError("the file is not an export of a YOLO network: its metadata has no class names")
    try:
        names = ast.literal_eval(metadata["names"])
        arguments = ast.literal_eval(metadata.get("args", "{}"))
        task = metadata.get("task", "detect")
        if task not in tasks:
            raise ModelError(f"the file is an export for the task {task!r}, not for one of {', '.join(tasks)}")
        points = ast.literal_eval(metadata["kpt_shape"]) if task == "pose" else ()
        network = OnnxNetwork(
            checked_class_names(names[index] for index in range(len(names))),
            int(metadata.get("stride", 32)),
            metadata.get("end2end") == "True" or arguments.get("nms") is True,
            {"segment": None, "pose": prod(int(side) for side in points)}.get(task, 0),
            metadata.get(SOURCE_KEY),
            int(metadata[FORMAT_KEY]) if FORMAT_KEY in metadata else None,
        )
    except KeyError as error:
        raise ModelError(f"the metadata of the file is not one of a detector ({error})") from error
    except (ValueError, TypeError, SyntaxError, AttributeError, MemoryError, RecursionError) as error:
        raise ModelError(f"the metadata of the file cannot be read ({type(error).__name__})") from error
    if not network.names or not 1 <= network.stride <= 1024:
        raise ModelError("the metadata of the file has no class names or no stride")
    return network


def refuse_references(content: bytes) -> None:
    """See that a file is ONNX in one piece. Raises ModelError when it is empty, damaged or refers to other files."""
    if not content:
        raise ModelError("the file is empty")
    try:
        _refuse_references(memoryview(content), "model", 0)
    except (ValueError, IndexError, RecursionError) as error:
        raise ModelError("the file is truncated or not ONNX") from error


def _metadata(content: bytes) -> dict[str, str]:
    entries = (
        dict(_fields(value))
        for field, value in _fields(memoryview(content))
        if field == _METADATA and not isinstance(value, int)
    )
    return {_text(entry.get(1, b"")): _text(entry.get(2, b"")) for entry in entries}


def _text(value: object) -> str:
    if not isinstance(value, bytes | memoryview):
        raise ValueError("a number where a text belongs")
    return bytes(value).decode()


def _refuse_references(message: memoryview, kind: str, depth: int) -> None:
    if depth > DEEPEST:
        raise ValueError("nested too deep")
    for field, value in _fields(message):
        if kind == "tensor" and (field == _EXTERNAL_DATA or (field == _DATA_LOCATION and value != 0)):
            raise ModelError("the file keeps its weights in another file, which is not read: export it in one piece")
        inside = _PATHS[kind].get(field)
        if inside is not None:
            if isinstance(value, int):
                raise ValueError("a number where a message belongs")
            _refuse_references(value, inside, depth + 1)


def _fields(message: memoryview) -> Iterator[tuple[int, memoryview | int]]:
    """Field numbers and values of a protocol buffer message. Raises ValueError or IndexError when it is damaged."""
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        if key >= 1 << 32:  # readers differ in what they make of it
            raise ValueError("no such field")
        match key & 7:
            case 0:
                value, at = _varint(message, at)
                yield key >> 3, value
                continue
            case 1:
                size = 8
            case 2:
                size, at = _varint(message, at)
            case 5:
                size = 4
            case _:
                raise ValueError("no such wire type")
        if at + size > len(message):
            raise ValueError("cut off")
        yield key >> 3, message[at : at + size]
        at += size


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        byte = message[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
    raise ValueError("a number of too many digits")
