"""`models.licences = "permissive"` refuses by name whatever asks for more than to be named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from PIL import Image
from starlette.testclient import TestClient
from typer.testing import CliRunner

from keepsight.api.models import models_router
from keepsight.cli import app
from keepsight.detect.analysis import AnalysisCache
from keepsight.detect.analyst import Analyst
from keepsight.detect.card import Card, find_cards, starters_folder
from keepsight.detect.licences import is_permissive, licence_of, restricted
from keepsight.detect.registry import Registry
from keepsight.doctor import examine
from keepsight.errors import ModelError
from keepsight.settings import load_settings
from keepsight.welcome import Welcome

from .detr_networks import painted, save_detr

pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

AGPL = {"coco_v1", "coco_v2", "coco_starter", "openimages_v1", "pose_v1", "masks_v1"}


@pytest.mark.parametrize(
    ("licence", "permissive"),
    [
        ("MIT", True),
        ("apache-2.0 (somebody; elsewhere)", True),
        ("BSD-3-Clause, see LICENCE", True),
        ("own", True),
        ("own (of the weights you bring)", True),
        ("AGPL-3.0 OR MIT", True),
        ("MIT AND Apache-2.0", True),
        ("AGPL-3.0", False),
        ("AGPL-3.0 (Ultralytics)", False),
        ("AGPL-3.0 (or MIT for friends)", False),
        ("MIT AND GPL-3.0-only", False),
        ("GPL-3.0-or-later", False),
        ("CC-BY-NC-4.0", False),
        ("Ultralytics Enterprise", False),
        ("unknown", False),
        ("", False),
    ],
)
def test_what_is_permissive(licence: str, permissive: bool) -> None:
    assert is_permissive(licence) is permissive


def test_the_shipped_cards() -> None:
    """Every card says a licence that is one or is known not to be; none is refused because of how it is written."""
    refused = {
        card.name for shipped in find_cards() for card in shipped.each_version() if restricted(card, "permissive")[1]
    }
    assert refused == {"coco", "openimages", "pose", "masks"}
    for shipped in find_cards():
        for card in shipped.each_version():
            for file in card.files:
                assert licence_of(card, file.name).split(" ")[0] in {"AGPL-3.0", "Apache-2.0", "MIT", "own"}


def card(**more: Any) -> Card:
    return Card.model_validate({"name": "m", "licence": "AGPL-3.0", "files": [{"name": "a.pt"}]} | more)


def test_of_several_files_those_that_are_allowed_stay() -> None:
    several = card(files=[{"name": "a.pt"}, {"name": "b.pt", "licence": "MIT"}])
    allowed, refused = restricted(several, "permissive")
    assert ([file.name for file in allowed.files], refused) == (["b.pt"], "")
    assert restricted(several, "all") == (several, "")
    assert restricted(card(), "permissive")[1].startswith("its licence is AGPL-3.0, and models.licences allows")


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    """YOLO11n's name and D-FINE's; the first must not even be read."""
    folder = tmp_path / "weights"
    folder.mkdir()
    (folder / "yolo11n.pt").write_bytes(b"AGPL")
    return folder


def strict(weights: Path, **more: Any) -> Registry:
    return Registry(find_cards(), weights, starters=starters_folder(), licences="permissive", **more)


def test_what_is_refused_does_nothing(weights: Path, tmp_path: Path) -> None:
    registry = strict(weights)
    refused = {state.exact: state for state in registry.models if state.state == "refused"}
    assert set(refused) == AGPL
    assert "AGPL-3.0" in refused["coco_v1"].refused
    assert registry.model("coco_v1").key == "coco_v1:refused"
    assert not registry.model("coco").installed
    with pytest.raises(ModelError, match="coco is refused: its licence is AGPL-3"):
        registry.model("coco_v1").detector()
    analyst = Analyst(registry, AnalysisCache(tmp_path / "analysis.sqlite3"))
    found = analyst.find(registry.resolve("coco_v1_cat"), "0" * 64, lambda: Image.new("RGB", (64, 64)))
    assert found.unavailable == ("coco_v1 (refused by models.licences)",)
    assert analyst.find(registry.resolve("coco_cat"), "0" * 64, lambda: Image.new("RGB", (64, 64))).unavailable == (
        "coco",
    )


def test_what_is_allowed_takes_its_place(weights: Path, tmp_path: Path) -> None:
    save_detr(weights / "dfine_n_coco.onnx", "transformers", side=640, classes=80, indices=(0, 16, 79))
    registry = strict(weights)
    assert registry.model("coco").card.version == registry.default("coco").card.version == 3
    analyst = Analyst(registry, AnalysisCache(tmp_path / "analysis.sqlite3"))
    picture = painted((400, 300), green=(100, 50, 300, 200))
    found = analyst.find(registry.resolve("dog"), "0" * 64, lambda: picture)
    assert [each.label for each in found.detections] == ["dog"]
    assert (
        Registry(find_cards(), weights).model("coco").card.version == 1
    )  # without the setting, the first that is there


def test_a_derived_model_does_without_its_refused_sources(weights: Path) -> None:
    (weights / "yolov8n-oiv7.pt").write_bytes(b"AGPL")
    registry = strict(weights)
    assert not registry.model("cld-fashion").installed
    assert registry.model("cld-fashion").state.state == "missing"


def test_private_models_are_held_to_it_too(weights: Path, tmp_path: Path) -> None:
    for name, licence in (("mine", "own"), ("theirs", "AGPL-3.0")):
        (tmp_path / name).mkdir()
        save_detr(tmp_path / name / "w.onnx", "dfine")
        (tmp_path / name / "card.toml").write_text(
            f'name = "{name}"\nruntime = "detr"\nlicence = "{licence}"\nconfidence = 0.4\ninput_size = 320\n'
            'names = ["a", "b", "c"]\n[[files]]\nname = "w.onnx"\n'
        )
    (tmp_path / "far").mkdir()
    (tmp_path / "far" / "card.toml").write_text(
        'name = "far"\nruntime = "kserve"\nlicence = "AGPL-3.0"\nconfidence = 0.4\nvocabulary = "coco"\n'
        '[endpoint]\naddress = "http://127.0.0.1:9"\nmodel = "m"\nversion = "1"\n'
    )
    registry = strict(weights, private=[tmp_path / name for name in ("mine", "theirs", "far")])
    states = {state.name: state.state for state in registry.models if state.private}
    assert states == {"mine": "loadable", "theirs": "refused", "far": "refused"}
    assert not registry.model("far").installed


def keepsight(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["models", *arguments], env={"COLUMNS": "200"})
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def permissive(monkeypatch: pytest.MonkeyPatch, weights: Path) -> None:
    monkeypatch.setenv("KEEPSIGHT_MODELS__WEIGHTS", str(weights))
    monkeypatch.setenv("KEEPSIGHT_MODELS__LICENCES", "permissive")
    monkeypatch.setenv("KEEPSIGHT_MODELS__MIRROR", "http://127.0.0.1:9")


def test_list_shows_each_licence(weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEEPSIGHT_MODELS__WEIGHTS", str(weights))
    rows = json.loads(keepsight("list", "--json")[1])
    assert all(row["licence"] for row in rows)
    header, first, *_ = keepsight("list")[1].splitlines()
    assert first[header.index("licence") :].startswith("AGPL-3.0 (Ultralytics)")


@pytest.mark.usefixtures("permissive")
def test_the_commands_say_what_is_refused(tmp_path: Path) -> None:
    rows = {(row["model"], row["version"], row["state"]): row for row in json.loads(keepsight("list", "--json")[1])}
    assert rows["coco", 1, "refused"]["note"].endswith("models.licences allows permissive ones only")
    code, out, err = keepsight("pull", "coco_v1")
    assert (code, out) == (1, "")
    assert err.startswith("coco: refused: its licence is AGPL-3.0 (Ultralytics), and models.licences")
    code, _, err = keepsight("pull", "coco")
    assert code == 1  # nobody listens at the mirror
    assert "dfine_n_coco.onnx" in err
    code, out, err = keepsight("pull")
    assert [line.partition(":")[0] for line in err.splitlines()] == ["coco", "cld-text", "faces", "saliency"]
    assert "openimages: refused: its licence" in out
    assert keepsight("check")[0] == 0  # the refused file is not looked at
    assert "nothing to optimise, it is refused" in keepsight("optimize", "coco_v1")[2]
    settings = load_settings(overrides={"storage": {"media": tmp_path}})
    registry = Registry(find_cards(), tmp_path, starters=starters_folder(), licences=settings.models.licences)
    findings = [str(each) for each in examine(settings, registry)]
    assert any(
        "model coco v1 (starter): refused" in each and "Its licence is AGPL-3.0, and" in each for each in findings
    )
    assert any("came along for coco is refused" in line for line in Welcome(settings, registry, 8000).rest(()))


def test_the_api_says_so(weights: Path) -> None:
    routes = FastAPI()
    routes.include_router(models_router(strict(weights)))
    answer = TestClient(routes).get("/models").json()["models"]
    assert {(m["name"], m["version"]): (m["state"], m["licence"]) for m in answer if m["name"] == "coco"} == {
        ("coco", 1): ("refused", "AGPL-3.0 (Ultralytics)"),
        ("coco", 2): ("refused", "AGPL-3.0 (Ultralytics)"),
        ("coco", 3): ("missing", "Apache-2.0 (D-FINE, Yansong Peng et al.; ONNX by onnx-community)"),
    }
