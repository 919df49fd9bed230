from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import pytest

from keepsight.detect.card import Card
from keepsight.detect.checkpoint import class_names, load_network
from keepsight.detect.libraries import import_ultralytics
from keepsight.detect.model import Model
from keepsight.errors import ModelError

from .conftest import ROOT, shared
from .networks import Call, checkpoint_of, hostile, save_network

try:
    torch = import_ultralytics()
except ModelError as error:
    pytest.skip(str(error), allow_module_level=True)
from ultralytics.nn.tasks import DetectionModel, yaml_model_load

READERS: tuple[Callable[[bytes], object], ...] = (class_names, load_network)


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return save_network(tmp_path_factory.mktemp("net") / "net.pt", ["nut", "bolt", "washer"]).read_bytes()


def test_class_names_need_no_torch() -> None:
    path = shared("models", "yolo11n-dq.pt")
    program = (
        "import sys; from pathlib import Path; from keepsight.detect.checkpoint import class_names;"
        f"names = class_names(Path({str(path)!r}).read_bytes());"
        "print(len(names), names[0], names[79], 'torch' in sys.modules)"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src")}
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    assert done.stdout.split(maxsplit=2) == ["80", "person", "toothbrush False\n"]


def test_a_real_network_loads(network: bytes) -> None:
    assert class_names(network) == ("nut", "bolt", "washer")
    assert isinstance(load_network(network), DetectionModel)


def doubled(times: int) -> object:
    """A few hundred bytes as a pickle, 2 ** times items as text."""
    item: object = ["x"]
    for _ in range(times):
        item = [item, item]
    return item


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ([doubled(60)], "no text but list"),
        ({0: "nut", 1: doubled(60)}, "no text but list"),
        ([7], "no text but int"),
        (["x" * 257], "257 characters"),
        (["x"] * 65_537, "more than 65536"),
    ],
)
def test_class_names_are_short_texts_and_few(names: object, message: str) -> None:
    """Nothing is turned into text that was none: with 60 levels that would take all memory there is."""
    content = checkpoint_of(pickle.dumps({"model": SimpleNamespace(names=names)}))
    with pytest.raises(ModelError, match=message):
        class_names(content)


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize("protocol", [2, 4])
def test_a_hostile_pickle_is_not_run(tmp_path: Path, read: Callable[[bytes], object], protocol: int) -> None:
    witness = tmp_path / "witness"
    for call in (
        Call(os.system, f"touch {witness}"),
        Call(eval, f"open({str(witness)!r}, 'w')"),
        Call(exec, f"open({str(witness)!r}, 'w')"),
        Call(open, str(witness), "w"),
        Call(getattr, witness, "touch"),
        Call(subprocess.Popen, ["touch", str(witness)]),
        Call(torch.hub.load, str(tmp_path), "x"),
    ):
        for content in (
            checkpoint_of(pickle.dumps({"model": call}, protocol=protocol)),
            checkpoint_of(pickle.dumps(call, protocol=protocol)),
        ):
            with pytest.raises(ModelError):
                read(content)
            assert not witness.exists()


def test_an_allowed_layer_is_never_constructed(tmp_path: Path) -> None:
    """Ultralytics evaluates the `activation` of the description that a network is constructed from."""
    witness = tmp_path / "witness"
    activation = f"[open({str(witness)!r}, 'w').close(), torch.nn.SiLU()][1]"
    description = yaml_model_load("yolo11n.yaml") | {"activation": activation}
    with pytest.raises(ModelError):
        load_network(hostile(DetectionModel, description))
    assert not witness.exists()
    DetectionModel(description, verbose=False)  # the danger is real
    assert witness.exists()


@pytest.mark.parametrize("attribute", ["__globals__", "__reduce__", "forward", "load_state_dict", "__class__"])
def test_of_a_layer_only_the_fused_forward_pass_is_read(attribute: str) -> None:
    """Fused layers of an open vocabulary are pickled with `getattr`, which is a way to anything."""
    for owner in ("torch.nn.modules.container\nSequential", "ultralytics.nn.modules.block\nBNContrastiveHead"):
        payload = b"\x80\x02c__builtin__\ngetattr\nc" + owner.encode() + b"\n"
        for made in (b"", b")\x81"):  # the class itself, and an object of it
            with pytest.raises(ModelError, match=r"cannot be loaded|which no layer keeps"):
                load_network(
                    checkpoint_of(
                        payload + made + f"X{chr(len(attribute))}\0\0\0".encode() + attribute.encode() + b"\x86R."
                    )
                )


def test_the_fused_forward_pass_is_that_of_the_library() -> None:
    from keepsight.detect.checkpoint import _fused_method  # noqa: PLC0415 - the one door, looked at from inside

    layer = torch.nn.Sequential()
    for owner, name in ((layer, "forward_fuse"), (layer, "forward"), (dict, "forward_fuse"), (os, "system")):
        with pytest.raises((ModelError, AttributeError)):
            _fused_method(torch.nn.Module, owner, name)


@pytest.mark.parametrize("name", ["os.system", "builtins.eval", "torch.nn.modules.module.warnings", "numpy.load"])
def test_the_refusal_names_what_the_file_asked_for(name: str) -> None:
    module, _, attribute = name.rpartition(".")
    content = checkpoint_of(b"\x80\x02c" + f"{module}\n{attribute}\n".encode() + b".")
    with pytest.raises(ModelError, match=f"names {name}, which is not a layer"):
        load_network(content)


@pytest.mark.parametrize("read", READERS)
def test_damaged_files(network: bytes, read: Callable[[bytes], object]) -> None:
    with pytest.raises(ModelError, match="empty"):
        read(b"")
    for content in (
        network[: len(network) // 2],
        network[:100],
        b"<html>404</html>",
        pickle.dumps({"model": 1}),
    ):
        with pytest.raises(ModelError, match="truncated or not a PyTorch checkpoint"):
            read(content)
    for content in (
        checkpoint_of(b""),
        checkpoint_of(b"\x80\x02}."),
        checkpoint_of(pickle.dumps({"model": {"a": 1}}, 2)),
    ):
        with pytest.raises(ModelError):
            read(content)
    flipped = bytearray(network)
    flipped[len(network) // 3 : len(network) // 3 + 4000] = bytes(4000)
    with suppress(ModelError):  # a hole in the tensors may go unnoticed, but nothing else ever comes out
        read(bytes(flipped))


def test_the_wrong_number_of_classes(tmp_path: Path) -> None:
    save_network(tmp_path / "lvis.pt", ["nut", "bolt"])
    card = Card.model_validate(
        {
            "name": "lvis",
            "vocabulary": "lvis",
            "licence": "own",
            "files": [{"name": "lvis.pt"}],
        }
    )
    model = Model(card, tmp_path)
    assert model.state.state == "loadable"
    with pytest.raises(ModelError, match=r"lvis\.pt: the weights know 2 classes, the vocabulary has 1203"):
        model.detector()
    assert model.state.state == "broken"
    assert "1203" in (model.state.fault or "")
