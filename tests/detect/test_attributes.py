"""What garments are like: a small classifier, trained here to tell red from blue, on what cld-fashion finds."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from keepsight.detect.analysis import AnalysisCache
from keepsight.detect.analyst import Analyst
from keepsight.detect.attributes import attributes_of
from keepsight.detect.card import Card, find_cards
from keepsight.detect.checkpoint import class_names
from keepsight.detect.detector import Region
from keepsight.detect.libraries import import_ultralytics
from keepsight.detect.model import Model
from keepsight.detect.optimize import optimise_model
from keepsight.detect.registry import Registry
from keepsight.errors import ModelError

from .conftest import needs_ultralytics, photo, shared
from .networks import settle

NAMES = ["colour: red", "colour: blue"]
HALVES = Image.new("RGB", (200, 100), (200, 30, 30))
HALVES.paste((30, 30, 200), (100, 0, 200, 100))


def classifier(path: Path, names: list[str] = NAMES, spoil: float | None = None, steps: int = 0) -> Path:
    """Ultralytics' smallest classifier, its last layer fitted to the colour of the picture."""
    torch = import_ultralytics()
    from ultralytics.nn.tasks import ClassificationModel, yaml_model_load  # noqa: PLC0415 - after import_ultralytics

    torch.manual_seed(5)
    description = yaml_model_load("yolo11-cls.yaml") | {"nc": 2, "scales": {"n": [0.33, 0.125, 256]}, "scale": "n"}
    network = ClassificationModel(description, nc=2, verbose=False)
    shades = torch.rand(32, 1, 1, 1) * 0.5 + 0.4
    batch = torch.rand(32, 3, 1, 1) * 0.15 + torch.rand(32, 3, 64, 64) * 0.1
    batch[:16, 0:1] += shades[:16]
    batch[16:, 2:3] += shades[16:]
    truth = torch.tensor([0] * 16 + [1] * 16)
    torch.set_num_threads(1)  # many threads on pictures so small only wait for each other
    teacher = torch.optim.Adam(network.parameters(), 3e-3)
    network.train()
    for _ in range(steps):
        teacher.zero_grad()
        torch.nn.functional.cross_entropy(network(batch), truth).backward()
        teacher.step()
    settle(torch, network, batch)
    network.names = dict(enumerate(names))
    if spoil is not None:
        for weight in network.parameters():
            weight.data.fill_(spoil)
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.save({"model": network.half(), "train_args": {}}, path)
    return path


def as_onnx(weights: Path) -> Path:
    """The classifier as Ultralytics exports one."""
    onnx = pytest.importorskip("onnx")
    torch = import_ultralytics()
    from keepsight.detect.checkpoint import load_network  # noqa: PLC0415

    network = load_network(weights.read_bytes()).eval()
    network.model[-1].export = True
    path = weights.with_suffix(".onnx")
    torch.onnx.export(network, (torch.zeros(1, 3, 64, 64),), str(path), dynamo=False, input_names=["images"])
    exported = onnx.load(str(path))
    names = dict(enumerate(class_names(weights.read_bytes())))
    onnx.helper.set_model_props(exported, {"task": "classify", "names": str(names), "stride": "1"})
    path.write_bytes(exported.SerializeToString())
    return path


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    needs_ultralytics()
    return classifier(tmp_path_factory.mktemp("classifier") / "fashion-attributes.pt", steps=30)


def small(cards: dict[str, Card]) -> Card:
    return cards["fashion-attributes"].model_copy(update={"input_size": 64})


@pytest.mark.parametrize("suffix", [".pt", ".onnx"])
def test_it_tells_halves_of_a_picture_apart(
    trained: Path, tmp_path: Path, cards: dict[str, Card], suffix: str
) -> None:
    shutil.copy(trained if suffix == ".pt" else as_onnx(trained), tmp_path)
    model = Model(small(cards), tmp_path)
    teller = model.classifier()
    assert teller.attributes(HALVES, Region(0, 0, 0.5, 1)) == (("colour", "red"),)
    assert teller.attributes(HALVES, Region(0.5, 0, 0.5, 1)) == (("colour", "blue"),)
    assert teller.attributes(HALVES, Region(0.5, 0, 0.01, 1)) == ()  # too small to tell
    assert (model.state.state, model.capabilities) == ("ready", ("attributes",))
    assert model.state.runtime == ("torch" if suffix == ".pt" else "onnx")
    with pytest.raises(ModelError, match="no detections"):
        model.detector()
    assert optimise_model(model).says.startswith("nothing to optimise")


def test_a_classifier_that_answers_nonsense(tmp_path: Path, cards: dict[str, Card]) -> None:
    needs_ultralytics()
    path = classifier(tmp_path / "fashion-attributes.pt", spoil=float("nan"))
    with pytest.raises(ModelError, match="no number"):
        Model(small(cards), tmp_path).classifier()
    classifier(path, names=["colour: red"])
    with pytest.raises(ModelError, match="names 1 attributes, but its head tells 2"):
        Model(small(cards), tmp_path).classifier()
    shutil.copy(shared("models", "yolo11n-dq.pt"), path)
    with pytest.raises(ModelError):
        Model(small(cards), tmp_path).classifier()


@pytest.fixture
def dressed(trained: Path, tmp_path: Path) -> Registry:
    for name in ("yolo11n-dq.pt", "yolov8n-oiv7-dq.pt"):
        shutil.copy(shared("models", name), tmp_path)
    shutil.copy(trained, tmp_path)
    cards = {card.name: card for card in find_cards()}
    return Registry([*(card for name, card in cards.items() if name != "fashion-attributes"), small(cards)], tmp_path)


def test_garments_of_a_photo_have_attributes(dressed: Registry) -> None:
    analyst = Analyst(dressed, AnalysisCache())
    picture = photo("000000000260")
    plain = analyst.look("cld-fashion", "d", lambda: picture)
    assert plain
    assert all(each.attributes == () for each in plain)
    before = analyst.cache.inferences
    described = analyst.described("cld-fashion", "d", lambda: picture)
    assert [each.region for each in described] == [each.region for each in plain]
    assert all(key == "colour" and value in {"red", "blue"} for each in described for key, value in each.attributes)
    assert any(each.attributes for each in described)
    assert analyst.cache.inferences == before + 1
    assert analyst.described("cld-fashion", "d", lambda: pytest.fail("it is known")) == described
    assert analyst.described("coco", "d", lambda: picture) == analyst.look("coco", "d", lambda: picture)


def test_the_table_says_what_is_true(dressed: Registry, trained: Path) -> None:
    fashion = dressed.model("cld-fashion")
    key = fashion.key
    assert "attributes" in fashion.capabilities
    (fashion.folder / trained.name).unlink()
    assert "attributes" not in fashion.capabilities
    assert fashion.key != key
    assert Analyst(dressed, AnalysisCache()).described("cld-fashion", "d", lambda: photo("000000000260"))


def test_the_surest_value_of_each_key_if_it_is_sure_enough() -> None:
    names = ["sleeve: short", "sleeve: long", "plain", "zipper: metal"]
    assert attributes_of(names, [0.6, 0.8, 0.9, 0.1], 0.3) == (("sleeve", "long"), ("attribute", "plain"))
    assert attributes_of([], [], 0.3) == ()


def test_getinfo_says_them(dressed: Registry, tmp_path: Path) -> None:
    from starlette.testclient import TestClient  # noqa: PLC0415

    from keepsight.app import create_app  # noqa: PLC0415
    from keepsight.settings import load_settings  # noqa: PLC0415

    media = tmp_path / "media"
    media.mkdir()
    shutil.copy(shared("photos", "000000000260.jpg"), media / "street.jpg")
    folders: dict[str, Any] = {"media": media, "data": tmp_path / "data"}
    models = {"weights": dressed.model("coco").folder, "preload": False}
    app = create_app(load_settings(overrides={"storage": folders, "models": models}))
    with TestClient(app) as client:
        path = (
            "/demo/image/upload/c_fill,g_auto:cld-fashion_footwear:cld-fashion_shoe,w_200,h_200/fl_getinfo/street.jpg"
        )
        answer = client.get(path)
    assert answer.status_code == 200, answer.text
    kept = json.loads(answer.text)["focus"][0]["kept"]
    assert kept
    assert kept[0]["attributes"][0][0] == "colour"
    assert kept[0]["attributes"][0][1] in {"red", "blue"}
