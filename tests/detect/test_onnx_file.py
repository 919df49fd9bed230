from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from keepsight.detect.card import Card
from keepsight.detect.model import Model
from keepsight.detect.onnx_file import describe
from keepsight.errors import ModelError

from .conftest import shared, write_card

onnx = pytest.importorskip("onnx")

NAMES = {0: "nut", 1: "bolt"}
METADATA = {"names": str(NAMES), "stride": "32", "task": "detect", "end2end": "False"}


def network(metadata: dict[str, str], classes: int = 2, value: float = 0.5, size: Any = "side") -> Any:
    """A network that answers every picture with one box: a Constant behind a sum that is multiplied by nothing."""
    helper, kind = onnx.helper, onnx.TensorProto.FLOAT
    box = np.array([[[32], [32], [20], [20]] + [[value]] * classes], np.float32)
    nodes = [
        helper.make_node("ReduceMean", ["images"], ["mean"], axes=[1, 2, 3], keepdims=0),
        helper.make_node("Mul", ["mean", "nothing"], ["zero"]),
        helper.make_node("Add", ["box", "zero"], ["output0"]),
    ]
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("images", kind, [1, 3, size, size])],
        [helper.make_tensor_value_info("output0", kind, [1, 4 + classes, 1])],
        [onnx.numpy_helper.from_array(box, "box"), onnx.numpy_helper.from_array(np.zeros(1, np.float32), "nothing")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(model, metadata)
    return model


def private(folder: Path, content: bytes, runtime: Any) -> Model:
    write_card(folder, "w", "w.onnx")
    (folder / "w.onnx").write_bytes(content)
    card = Card.model_validate({"name": "w", "licence": "own", "files": [{"name": "w.onnx"}]})
    return Model(card, folder, private=True, runtime=runtime)


@pytest.fixture(params=["onnx", "openvino"])
def runtime(request: pytest.FixtureRequest) -> str:
    pytest.importorskip({"onnx": "onnxruntime", "openvino": "openvino"}[request.param])
    return str(request.param)


@pytest.mark.parametrize("size", ["side", 64])
def test_a_model_of_ones_own(tmp_path: Path, runtime: str, size: Any) -> None:
    model = private(tmp_path, network(METADATA, size=size).SerializeToString(), runtime)
    assert model.vocabulary.names == ("nut", "bolt")
    (seen,) = model.detector().detect(Image.new("RGB", (64, 64)))
    assert (seen.label, seen.confidence) == ("nut", 0.5)
    scale = 64 if size == 64 else 640
    assert seen.region.x == pytest.approx(22 / scale)
    assert model.key.endswith(f"+{runtime}")


@pytest.mark.parametrize(("classes", "names"), [(3, 2), (1, 2), (2, 3)])
def test_a_class_list_that_does_not_fit_the_head(tmp_path: Path, runtime: str, classes: int, names: int) -> None:
    metadata = METADATA | {"names": str({index: f"part {index}" for index in range(names)})}
    model = private(tmp_path, network(metadata, classes).SerializeToString(), runtime)
    with pytest.raises(
        ModelError, match=rf"w\.onnx: w: the file names {names} classes, but its head tells {classes} apart"
    ):
        model.detector()
    assert model.state.state == "broken"


def test_not_a_number(tmp_path: Path, runtime: str) -> None:
    model = private(tmp_path, network(METADATA, value=float("nan")).SerializeToString(), runtime)
    with pytest.raises(ModelError, match="no number"):
        model.detector()


@pytest.mark.parametrize("where", ["initializer", "constant", "subgraph"])
@pytest.mark.parametrize("location", ["/etc/passwd", "../secret", "beside.bin"])
def test_weights_outside_the_file_are_never_read(tmp_path: Path, runtime: str, where: str, location: str) -> None:
    model = network(METADATA)
    tensor = onnx.numpy_helper.from_array(np.zeros(4, np.float32), "far")
    if where == "constant":
        tensor_holder = onnx.helper.make_node("Constant", [], ["far"], value=tensor)
        model.graph.node.append(tensor_holder)
        tensor = model.graph.node[-1].attribute[0].t
    elif where == "subgraph":
        inner = onnx.helper.make_graph([], "inner", [], [], [tensor])
        model.graph.node.append(onnx.helper.make_node("If", ["zero"], ["x"], then_branch=inner, else_branch=inner))
        tensor = model.graph.node[-1].attribute[0].g.initializer[0]
    else:
        model.graph.initializer.append(tensor)
        tensor = model.graph.initializer[-1]
    onnx.external_data_helper.set_external_data(tensor, location)
    tensor.ClearField("raw_data")
    found = private(tmp_path, model.SerializeToString(), runtime)
    assert "another file" in (found.state.fault or "")
    with pytest.raises(ModelError, match="keeps its weights in another file"):
        found.detector()


@pytest.mark.parametrize(
    ("metadata", "words"),
    [
        ({}, "no class names"),
        ({"names": "__import__('os').system('true')"}, "cannot be read"),
        ({"names": "{0: "}, "cannot be read"),
        ({"names": "[" * 9000}, "cannot be read"),
        ({"names": "{0: ['nut']}"}, "no text but list"),
        ({"names": str({0: "x" * 257})}, "257 characters"),
        ({"names": "{}"}, "no class names"),
        ({"names": "{1: 'a', 5: 'b'}"}, "not one of a detector"),
        ({"names": "5"}, "cannot be read"),
        ({**METADATA, "task": "classify"}, "'classify', not for one of detect"),
        ({**METADATA, "task": "pose"}, "kpt_shape"),
        ({**METADATA, "stride": "0"}, "no stride"),
        ({**METADATA, "stride": "wide"}, "cannot be read"),
        ({**METADATA, "args": "7"}, "cannot be read"),
        ({**METADATA, "keepsight_format": "x"}, "cannot be read"),
    ],
)
def test_metadata_that_is_none(metadata: dict[str, str], words: str) -> None:
    with pytest.raises(ModelError, match=words):
        describe(network(metadata).SerializeToString())


def test_damaged_files(tmp_path: Path, runtime: str) -> None:
    content = network(METADATA).SerializeToString()
    with pytest.raises(ModelError, match="empty"):
        describe(b"")
    for damaged in (content[:-3], b"<html>404</html>", b"\xff" * 40, b"\x3a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f"):
        with pytest.raises(ModelError):
            describe(damaged)
    for cut in range(0, len(content), 23):
        with suppress(ModelError):
            describe(content[:cut])
    nested = onnx.helper.make_graph([], "innermost", [], [])
    for depth in range(12):
        nested = onnx.helper.make_graph([onnx.helper.make_node("If", [], [], then_branch=nested)], str(depth), [], [])
    deep = network(METADATA)
    deep.graph.node.extend(nested.node)
    with pytest.raises(ModelError, match="truncated or not ONNX"):
        describe(deep.SerializeToString())
    broken = private(tmp_path, content[:-3], runtime)
    assert broken.state.state == "broken"
    hollow = network(METADATA)
    del hollow.graph.node[1:]  # the output comes from nowhere
    with pytest.raises(ModelError, match=r"no network that ONNX Runtime can run|OpenVINO cannot load the file"):
        private(tmp_path / "hollow", hollow.SerializeToString(), runtime).detector()


def test_networks_of_another_kind() -> None:
    for name in ("u2netp.onnx", "face_detection_yunet_2026may.onnx"):
        with pytest.raises(ModelError, match="not an export of a YOLO network"):
            describe(shared("models", name).read_bytes())
