"""Checkpoints with a vocabulary of their own in the role of `lvis`: the real architectures, with random weights."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from keepsight.detect.agreement import disagreement, trial_pictures
from keepsight.detect.analysis import AnalysisCache
from keepsight.detect.analyst import Analyst
from keepsight.detect.card import Card, find_cards
from keepsight.detect.checkpoint import class_names
from keepsight.detect.labels import labels_of
from keepsight.detect.model import Model
from keepsight.detect.optimize import optimise_model
from keepsight.detect.registry import Registry
from keepsight.detect.runtime.head import EVERYTHING
from keepsight.detect.runtime.yolo import YoloDetector
from keepsight.detect.vocabulary import Vocabulary
from keepsight.errors import ModelError

from .conftest import needs_ultralytics
from .networks import save_open_vocabulary

pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

LVIS = Vocabulary.named("lvis")
OWN = [name.replace("_", " ") for name in LVIS.names[:900]] + [f"stranger {number}" for number in range(700)]
"""What a prompt-free YOLOE speaks: most of LVIS, spelt in another way, and a lot besides."""


def card(**more: object) -> Card:
    lvis = next(each for each in find_cards() if each.name == "lvis")
    small: dict[str, object] = {"input_size": 320, "confidence": 0.05, "weak_confidence": 0.02}
    return lvis.model_copy(update=small | more)


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    needs_ultralytics()
    folder = tmp_path_factory.mktemp("open")
    save_open_vocabulary(folder / "yoloe-11s-seg-pf.pt", OWN, "yoloe-pf")
    save_open_vocabulary(folder / "world" / "lvis.pt", [name.replace("_", " ") for name in LVIS.names], "world")
    return folder


def test_the_head_is_the_one_that_proposes_before_it_names(weights: Path) -> None:
    from keepsight.detect.checkpoint import load_network  # noqa: PLC0415 - beside the classes it is compared with

    head = load_network((weights / "yoloe-11s-seg-pf.pt").read_bytes()).model[-1]
    assert type(head).__name__ == "YOLOESegment"
    assert {type(each).__name__ for each in head.lrpc} == {"LRPCHead"}
    world = load_network((weights / "world" / "lvis.pt").read_bytes()).model[-1]
    assert type(world).__name__ == "WorldDetect"


def test_words_of_its_own_become_names_of_lvis(weights: Path) -> None:
    detector = Model(card(), weights).detector()
    assert isinstance(detector, YoloDetector)
    assert len(detector.labels) == len(OWN)
    assert detector.labels[:900] == LVIS.names[:900]
    assert set(detector.labels[900:]) == {""}
    seen = [each for picture in trial_pictures() for each in detector.detect(picture)]
    assert seen
    assert {each.label for each in seen} <= set(LVIS.names)


def test_masks_come_along(weights: Path) -> None:
    model = Model(card(), weights)
    assert model.capabilities == ("tag", "confidence", "box", "mask")
    picture = next(iter(list(trial_pictures())[1:]))
    for each in model.detector().detect(picture):
        assert each.mask is not None
        assert each.mask.cells().shape == (each.mask.height, each.mask.width)


@pytest.mark.parametrize(("folder", "file"), [("", "yoloe-11s-seg-pf"), ("world", "lvis")])
def test_the_export_sees_the_same(weights: Path, tmp_path: Path, folder: str, file: str) -> None:
    shutil.copy(weights / folder / f"{file}.pt", tmp_path)
    model = Model(card(), tmp_path)
    torch = model.detector()
    assert f"{file}.onnx agrees with {file}.pt in onnx" in optimise_model(model).says
    assert model.state.runtime == "onnx"
    onnx = model.detector()
    assert isinstance(torch, YoloDetector)
    assert isinstance(onnx, YoloDetector)
    compared = 0
    for picture in trial_pictures():
        assert disagreement(torch, onnx, picture, 0.05) is None
        compared += onnx.look(picture, EVERYTHING)[1].boxes.shape[1]
    assert compared > 100


def test_a_word_asks_it_through_the_registry(weights: Path) -> None:
    small = [card() if each.name == "lvis" else each for each in find_cards()]
    registry = Registry(small, weights)
    analyst = Analyst(registry, AnalysisCache())
    picture = list(trial_pictures())[1]
    best = registry.model("lvis").detector().detect(picture)[0]
    found = analyst.find(registry.resolve(f"lvis_{best.label}"), "d", lambda: picture)
    assert found.model == "lvis"
    assert best in found.detections


def test_yolo_world_with_its_names_set_has_no_masks(weights: Path) -> None:
    model = Model(card(), weights / "world")
    assert "mask" not in model.capabilities
    seen = [each for picture in trial_pictures() for each in model.detector().detect(picture)]
    assert seen
    assert all(each.mask is None for each in seen)


def test_names_that_are_not_those_of_lvis_are_refused(tmp_path: Path) -> None:
    needs_ultralytics()
    save_open_vocabulary(
        tmp_path / "yoloe-11s-seg-pf.pt", ["apple", *(f"stranger {n}" for n in range(300))], "yoloe-pf"
    )
    with pytest.raises(ModelError, match="only 1 of the 1203 of the vocabulary are among them"):
        Model(card(), tmp_path).detector()


def test_the_published_words_are_found_by_their_letters() -> None:
    more = ["Wine-Glass", "wineglass", "bat", "bow", "BOW (weapon)", "t shirt", "?"]
    labels = labels_of([*OWN, *more], LVIS, {"t shirt": "jersey"}, own_names=True)
    assert labels[-7:] == ("wineglass", "wineglass", "bat_(animal)", "", "bow_(weapon)", "jersey", "")


def test_class_names_need_no_torch_here_either(weights: Path) -> None:
    assert list(class_names((weights / "yoloe-11s-seg-pf.pt").read_bytes())) == OWN
