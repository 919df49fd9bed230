# ruff: noqa: PLC0415 - onnx is imported when a test needs a network
"""Small networks of the forms that DETR-like detectors are exported in: each sees what is red, green or blue.

They are networks and no tables: the box of a colour is reckoned from the picture that they are given, so that another
order of channels, another normalisation or a picture at another place gives other boxes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import numpy as np
from PIL import Image, ImageDraw

COLOURS = ("red", "green", "blue")
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
Form = Literal["dfine", "rfdetr", "transformers"]
FORMS: tuple[Form, ...] = ("dfine", "rfdetr", "transformers")
NAMES: dict[Form, tuple[str, str, tuple[str, ...]]] = {
    "dfine": ("images", "orig_target_sizes", ("labels", "boxes", "scores")),
    "rfdetr": ("input", "", ("dets", "labels")),
    "transformers": ("pixel_values", "", ("pred_boxes", "logits")),
}
SURE = 20.0
"""Logit for a full colour against another at half of it."""


def save_detr(  # noqa: PLR0915 - a network is a list of its nodes
    path: Path,
    form: Form,
    *,
    side: int | tuple[int, int] | None = 320,
    batch: int | str = "N",
    classes: int = 3,
    indices: tuple[int, int, int] = (0, 1, 2),
    copies: int = 1,
    spoil: float | None = None,
    outputs: tuple[str, ...] = (),
) -> Path:
    """A network with a square input of `side` px, of (width, height), or None for any.

    Red, green and blue are the classes `indices` among `classes`. Each comes `copies` times, the further ones with
    somewhat smaller boxes and confidences. `spoil` takes the place of every box. `outputs` are other names.
    """
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    nodes: list[Any] = []
    values: list[Any] = []

    def constant(value: Any, dtype: Any = np.float32) -> str:
        values.append(numpy_helper.from_array(np.array(value, dtype), f"c{len(values)}"))
        return f"c{len(values) - 1}"

    def node(kind: str, *given: str, **attributes: Any) -> str:
        nodes.append(helper.make_node(kind, given, [f"n{len(nodes)}"], **attributes))
        return f"n{len(nodes) - 1}"

    entry, sizes, usual = NAMES[form]
    picture = entry
    if form == "rfdetr":
        spread, middle = (constant(np.reshape(each, (1, 3, 1, 1))) for each in (DEVIATION, MEAN))
        picture = node("Add", node("Mul", picture, spread), middle)
    planes = [node("Gather", picture, constant(c, np.int64), axis=1) for c in range(3)]
    shape = node("Shape", entry)
    long = [
        node("Cast", node("Gather", shape, constant(axis, np.int64), axis=0), to=TensorProto.FLOAT) for axis in (3, 2)
    ]
    corners, logits = [], []
    for c in range(3):
        others = node("Max", *(planes[o] for o in range(3) if o != c))
        purity = node("Sub", planes[c], others)
        mask = node("Cast", node("Greater", purity, constant(0.5)), to=TensorProto.FLOAT)
        ends = []
        for axis, length in ((1, long[0]), (2, long[1])):  # of (batch, height, width): columns, then rows
            line = node("ReduceMax", mask, axes=[axis], keepdims=0)
            first = node("ArgMax", line, axis=1, keepdims=1)
            last = node("ArgMax", line, axis=1, keepdims=1, select_last_index=1)
            start = node("Cast", first, to=TensorProto.FLOAT)
            end = node("Add", node("Cast", last, to=TensorProto.FLOAT), constant(1.0))
            ends.append((node("Div", start, length), node("Div", end, length)))
        (x0, x1), (y0, y1) = ends
        best = node("ReduceMax", purity, axes=[1, 2], keepdims=0)
        logit = node("Mul", node("Sub", best, constant(0.5)), constant(2 * SURE))
        for copy in range(copies):
            shrink = constant(0.004 * copy)
            box = (node("Add", x0, shrink), node("Add", y0, shrink), node("Sub", x1, shrink), node("Sub", y1, shrink))
            corners.append(box)
            logits.append(node("Sub", logit, constant(0.5 * copy)))

    def queries(each: list[str]) -> str:
        """(batch, queries) from a list of (batch,)."""
        return node("Concat", *(node("Unsqueeze", one, constant([1], np.int64)) for one in each), axis=1)

    def stacked(each: list[tuple[str, ...]]) -> str:
        """(batch, queries, 4) from a list of four (batch, 1)."""
        rows = [node("Unsqueeze", node("Concat", *four, axis=1), constant([1], np.int64)) for four in each]
        return node("Concat", *rows, axis=1)

    wanted = [index for index in indices for _ in range(copies)]
    confident = queries(logits)
    boxes = stacked(corners)
    if spoil is not None:
        boxes = node("Add", node("Mul", boxes, constant(0.0)), constant(spoil))
    if form == "dfine":
        twice = node("Cast", node("Concat", sizes, sizes, axis=1), to=TensorProto.FLOAT)
        boxes = node("Mul", boxes, node("Unsqueeze", twice, constant([1], np.int64)))
        scores = node("Sigmoid", confident)
        nothing = node("Cast", node("Mul", scores, constant(0.0)), to=TensorProto.INT64)
        said = [node("Add", nothing, constant(wanted, np.int64)), boxes, scores]
    else:
        half = constant(np.array([[0.5, 0, -1, 0], [0, 0.5, 0, -1], [0.5, 0, 1, 0], [0, 0.5, 0, 1]], np.float32))
        centred = node("MatMul", boxes, half)
        table = np.full((len(wanted), classes), -SURE, np.float32)
        chosen = np.zeros_like(table)
        for row, index in enumerate(wanted):
            table[row, index], chosen[row, index] = 0, 1
        column = node("Unsqueeze", confident, constant([2], np.int64))
        said = [centred, node("Add", node("Mul", column, constant(chosen)), constant(table))]
    names = outputs or usual
    nodes += [helper.make_node("Identity", [each], [name]) for each, name in zip(said, names, strict=True)]
    width, height = (side, side) if isinstance(side, int) else side or ("W", "H")
    inputs = [helper.make_tensor_value_info(entry, TensorProto.FLOAT, [batch, 3, height, width])]
    if sizes:
        inputs.append(helper.make_tensor_value_info(sizes, TensorProto.INT64, [batch, 2]))
    kinds = [TensorProto.INT64 if form == "dfine" and i == 0 else TensorProto.FLOAT for i in range(len(names))]
    ranks = [2, 3, 2] if form == "dfine" else [3, 3]
    out = [
        helper.make_tensor_value_info(name, kind, [f"{name}{i}" for i in range(rank)])
        for name, kind, rank in zip(names, kinds, ranks, strict=True)
    ]
    graph = helper.make_graph(nodes, "colours", inputs, out, values)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.checker.check_model(model)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(model.SerializeToString())
    return path


def painted(size: tuple[int, int], **boxes: tuple[int, int, int, int]) -> Image.Image:
    """A grey picture with a rectangle in each colour that is named: left, top, right and bottom in px."""
    picture = Image.new("RGB", size, (120, 120, 120))
    for colour, (left, top, right, bottom) in boxes.items():
        fill = {"red": (255, 0, 0), "green": (0, 255, 0), "blue": (0, 0, 255)}[colour]
        ImageDraw.Draw(picture).rectangle((left, top, right - 1, bottom - 1), fill=fill)
    return picture
