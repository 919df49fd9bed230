"""From weights to an export that may be served, and which runtime serves it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from keepsight.detect import optimize
from keepsight.detect.agreement import disagreement
from keepsight.detect.detector import Identity
from keepsight.detect.export import export
from keepsight.detect.model import Model
from keepsight.detect.runtime import choice
from keepsight.detect.runtime.yolo import Answer, InputShape, YoloDetector
from keepsight.errors import ModelError

from .conftest import ROOT
from .networks import card_of, put_export, save_network

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")
pytest.importorskip("openvino")


@pytest.fixture
def model(random: Path, tmp_path: Path) -> Model:
    """A model that was never optimised."""
    shutil.copy(random / "w.pt", tmp_path)
    return Model(card_of("w.pt"), tmp_path)


def test_optimising_changes_the_runtime_and_the_key_but_not_the_identity(model: Model) -> None:
    before, identity = model.key, model.detector().identity
    assert (model.state.runtime, before[-6:]) == ("torch", "+torch")
    assert optimize.optimise_model(model).says == "w.onnx agrees with w.pt in onnx and openvino"
    assert (model.state.runtime, model.key) == ("onnx", before[:-5] + "onnx")
    assert model.state.state == "loadable"
    assert model.detector().identity == identity
    assert model.state.state == "ready"
    assert optimize.optimise_model(model).says.startswith("nothing to do")
    assert [path.name for path in sorted(model.folder.iterdir())] == ["w.onnx", "w.pt"]


def test_the_fastest_that_is_installed(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    put_export(model.folder / "w.pt")
    packages = {"openvino", "onnx"}
    monkeypatch.setattr(choice, "installed", lambda runtime: runtime in packages)
    for runtime in ("onnx", "openvino", "torch"):
        assert model.state.runtime == runtime
        packages.discard(runtime)
    forced = Model(model.card, model.folder, runtime="onnx")
    assert "needs onnxruntime, which is not installed" in (forced.state.fault or "")
    named = Model(card_of("w.pt", runtime="torch"), model.folder, runtime="onnx")
    assert named.state.runtime == "torch"


def test_an_export_of_other_weights_is_not_used(model: Model) -> None:
    put_export(model.folder / "w.pt")
    assert model.state.runtime == "onnx"
    save_network(model.folder / "w.pt", ["cog", "wheel"])
    assert model.state.runtime == "torch"
    assert Model(model.card, model.folder).vocabulary.names == ("cog", "wheel")
    forced = Model(model.card, model.folder, runtime="onnx")
    with pytest.raises(ModelError, match=r"w\.pt has no export for onnx: .*keepsight models optimize w"):
        forced.detector()
    assert forced.key == "w:unreadable"


def test_an_export_of_an_older_edition_is_not_used(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    put_export(model.folder / "w.pt")
    monkeypatch.setattr(choice, "FORMAT", choice.FORMAT + 1)
    assert model.state.runtime == "torch"


def test_a_damaged_export_is_not_used(model: Model) -> None:
    path = put_export(model.folder / "w.pt")
    path.write_bytes(path.read_bytes()[:-2000])
    assert model.state.runtime == "torch"


def test_an_export_that_sees_something_else_is_refused(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    def tampered(content: bytes, sha256: str, input_size: int) -> bytes:
        network = onnx.load_model_from_string(export(content, sha256, input_size))
        weight = next(each for each in network.graph.initializer if each.name.endswith("model.23.cv2.1.2.weight"))
        values = onnx.numpy_helper.to_array(weight) * np.float32(1.1)
        weight.CopyFrom(onnx.numpy_helper.from_array(values, weight.name))
        return bytes(network.SerializeToString())

    monkeypatch.setattr(optimize, "export", tampered)
    with pytest.raises(ModelError, match="was not kept: in onnx, the overlap of a box is only"):
        optimize.optimise_model(model)
    assert [path.name for path in model.folder.iterdir()] == ["w.pt"]
    assert model.state.runtime == "torch"


def test_what_others_put_there_is_not_overwritten(model: Model) -> None:
    (model.folder / "w.onnx").write_bytes(b"precious")
    with pytest.raises(ModelError, match="move it away"):
        optimize.optimise_model(model)
    assert (model.folder / "w.onnx").read_bytes() == b"precious"


def test_an_export_alone_is_a_model(random: Path) -> None:
    alone = Model(card_of("w.onnx"), random, private=True, runtime="torch")
    assert alone.vocabulary.names == alone.detector().labels == ("nut", "bolt", "washer")
    assert optimize.optimise_model(alone).says == "nothing to optimise, w.onnx runs as it is"


def test_a_server_of_optimised_models_never_imports_torch(real: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from PIL import Image;"
        "from keepsight.detect.card import find_cards; from keepsight.detect.registry import Registry;"
        "import keepsight.app;"
        f"registry = Registry(find_cards(), Path({str(real)!r}));"
        "registry.model('coco').detector().detect(Image.new('RGB', (64, 48)));"
        "print(registry.model('coco').state.runtime, {'torch', 'ultralytics', 'onnx'} & set(sys.modules))"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment)
    assert (done.stdout, done.stderr) == ("onnx set()\n", "")


@pytest.mark.parametrize("end_to_end", [False, True])
def test_disagreement(end_to_end: bool) -> None:
    def says(*changes: tuple[int, int, float], boxes: int = 40) -> YoloDetector:
        random = np.random.default_rng(3)
        output = np.concatenate([random.uniform(100, 400, (40, 2)), random.uniform(500, 600, (40, 4))], axis=1)
        output[:, 4] = np.linspace(0.9, 0.1, 40)
        output[:, 5] = 1 if end_to_end else 0
        for row, column, more in changes:
            output[row, column] += more
        answer = output[:boxes].astype(np.float32)
        answer = answer if end_to_end else answer.T
        shape = InputShape(64, 32)
        said = Answer(answer)
        return YoloDetector(Identity("w", 1, ""), ("nut", "bolt"), 0.2, shape, end_to_end, 0, lambda _, __: said)

    def fault(theirs: YoloDetector) -> str | None:
        return disagreement(says(), theirs, Image.new("RGB", (64, 64)), 0.3)

    assert fault(says()) is None
    assert fault(says((5, 0, 0.2), (5, 4, 0.009))) is None
    assert fault(says((39, 0, 90.0))) is None  # a guess below the threshold may lie anywhere
    for wrong in (says((5, 0, 90.0)), says((5, 4, -0.03)), says((5, 4, np.nan)), says((5, 5, -1.0)), says(boxes=30)):
        assert fault(wrong)
