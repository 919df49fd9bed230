"""Whether CUDA is used: the choice, on machines that are told to have it. Nothing here runs on one."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from keepsight.detect.model import Model
from keepsight.detect.registry import Registry
from keepsight.detect.runtime import choice, device
from keepsight.detect.runtime.choice import choose
from keepsight.detect.runtime.device import on_cuda
from keepsight.detect.runtime.session import CPU, CUDA, providers_for
from keepsight.detect.weights import Weights, find_weights
from keepsight.errors import ModelError

from .networks import card_of

RUNS = {"auto": True, "cpu": False, "cuda": True}


@pytest.mark.parametrize(("wanted", "used"), RUNS.items())
def test_where_it_is_offered(wanted: device.Device, used: bool) -> None:
    assert on_cuda(wanted, offered=True, library="torch") is used
    assert providers_for(wanted, [CUDA, CPU, "Other"]) == ([CUDA, CPU] if used else [CPU])


def test_where_it_is_not() -> None:
    assert not on_cuda("auto", offered=False, library="torch")
    assert providers_for("auto", [CPU]) == providers_for("cpu", [CPU]) == [CPU]
    with pytest.raises(ModelError, match=r"models\.device is cuda, but torch offers none here"):
        on_cuda("cuda", offered=False, library="torch")
    with pytest.raises(ModelError, match="ONNX Runtime offers none"):
        providers_for("cuda", [CPU])


@pytest.mark.parametrize(
    ("packages", "devices", "found"),
    [
        ({"torch": "2.13.0", "onnxruntime-gpu": "1.31.1"}, 1, {"torch", "onnx"}),
        ({"torch": "2.13.0+cu130"}, 2, {"torch"}),
        ({"torch": "2.13.0+cpu"}, 1, set()),
        ({"onnxruntime": "1.31.1"}, 1, set()),
        ({"torch": "2.13.0", "onnxruntime-gpu": "1.31.1"}, 0, set()),
    ],
)
def test_a_guess_without_an_import(
    monkeypatch: pytest.MonkeyPatch, packages: dict[str, str], devices: int, found: set[str]
) -> None:
    monkeypatch.setattr(device, "_devices", lambda: devices)
    monkeypatch.setattr(device, "_version", packages.get)
    assert device.can_use_cuda.__wrapped__() == found


def test_this_machine_can_be_asked() -> None:
    assert device.can_use_cuda() <= {"torch", "onnx"}
    assert device._devices() >= 0


@pytest.fixture
def weights(random: Path, tmp_path: Path) -> Weights:
    for name in ("w.pt", "w.onnx"):
        shutil.copy(random / name, tmp_path)
    found = find_weights(card_of("w.pt"), tmp_path)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("able", "wanted", "runtime", "place"),
    [
        ({"torch", "onnx"}, "auto", "onnx", "auto"),
        ({"torch"}, "auto", "torch", "auto"),  # faster there than the export on the processor
        (set(), "auto", "onnx", "cpu"),
        ({"torch"}, "cpu", "onnx", "cpu"),
        ({"torch"}, "cuda", "torch", "cuda"),
        (set(), "cuda", "onnx", "cuda"),  # demanded: whoever loads it says that there is none
    ],
)
def test_who_can_use_it_comes_first(
    weights: Weights, monkeypatch: pytest.MonkeyPatch, able: set[str], wanted: device.Device, runtime: str, place: str
) -> None:
    monkeypatch.setattr(choice, "can_use_cuda", lambda: frozenset(able))
    source = choose(card_of("w.pt"), weights, "auto", wanted)
    assert (source.runtime, source.device) == (runtime, place)
    assert source.file.path.name == ("w.pt" if runtime == "torch" else "w.onnx")


def test_the_place_is_part_of_the_key(weights: Weights, monkeypatch: pytest.MonkeyPatch) -> None:
    before = Model(card_of("w.pt"), weights.path.parent).key
    monkeypatch.setattr(choice, "can_use_cuda", lambda: frozenset({"onnx"}))
    assert Model(card_of("w.pt"), weights.path.parent).key == f"{before}+cuda"
    assert Model(card_of("w.pt"), weights.path.parent, device="cpu").key == before


def test_a_demand_that_cannot_be_met_is_a_fault_of_the_model(weights: Weights) -> None:
    if device.can_use_cuda():
        pytest.skip("CUDA is here")
    for runtime in ("onnx", "torch"):
        model = Model(card_of("w.pt"), weights.path.parent, runtime=runtime, device="cuda")  # type: ignore[arg-type]
        with pytest.raises(ModelError, match=r"models\.device is cuda, but"):
            model.detector()
        assert model.state.state == "broken"
    with pytest.raises(ModelError, match=r"OpenVINO, which would run w\.onnx, does not use it"):
        choose(card_of("w.pt"), weights, "openvino", "cuda")
    assert Registry([card_of("w.pt")], weights.path.parent, device="cuda").models[0].state == "loadable"
