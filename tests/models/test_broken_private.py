"""Private models that mean harm or are broken: the doctor says so, and the server lives."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from detect.conftest import needs_ultralytics, shared, write_card
from detect.networks import NAMES, Call, checkpoint_of, hostile, save_network
from PIL import Image
from starlette.testclient import TestClient

from keepsight.app import create_app, open_registry
from keepsight.detect.model import ModelState
from keepsight.doctor import examine
from keepsight.settings import Settings, load_settings

PICTURE = "/demo/image/upload/c_fill,g_auto:nut,w_40,h_40/one.png"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    needs_ultralytics()
    private = tmp_path / "weights" / "private"
    witness = tmp_path / "witness"

    def put(name: str, content: bytes) -> None:
        folder = write_card(private / name, name, "w.pt", "input_size = 320")
        (folder / "w.pt").write_bytes(content)

    whole = save_network(tmp_path / "whole.pt", NAMES).read_bytes()
    put("a-hostile", hostile(os.system, f"touch {witness}"))
    put("b-getattr", hostile(getattr, Call(__import__, "os"), "system"))
    put("c-empty", b"")
    put("d-truncated", whole[: len(whole) // 2])
    put("e-junk", checkpoint_of(b"\x80\x02}."))
    put("f-nan", save_network(tmp_path / "nan.pt", NAMES, spoil=float("nan")).read_bytes())
    put("g-misfit", save_network(tmp_path / "misfit.pt", NAMES, names=["nut"]).read_bytes())
    write_card(private / "h-wrong", "h-wrong", "w.pt", 'confidence = 3\ncapabilities = ["fly"]\ncolour = "red"')
    put("z-good", whole)
    (tmp_path / "media").mkdir()
    Image.new("RGB", (90, 60), "teal").save(tmp_path / "media" / "one.png")
    return load_settings(
        overrides={
            "models": {"weights": tmp_path / "weights", "preload": False},
            "storage": {"media": tmp_path / "media", "data": tmp_path / "data"},
        }
    )


def private(settings: Settings) -> dict[str, ModelState]:
    return {state.name: state for state in open_registry(settings).models if state.private}


def test_the_doctor_reports_each_and_runs_nothing_of_them(settings: Settings, tmp_path: Path) -> None:
    findings = list(examine(settings, open_registry(settings)))
    names = private(settings)
    reports = {name: next(each for each in findings if f"model {name}" in each.what) for name in names}
    assert len(reports) == 9
    for name, finding in reports.items():
        assert finding.wrong is (name != "z-good"), str(finding)
    for name, words in {
        "c-empty": "the file is empty",
        "d-truncated": "truncated",
        "f-nan": "no number",
        "g-misfit": "name 1 classes, but their head tells 3 apart",
    }.items():
        assert words in str(reports[name])
    wrong = str(reports["h-wrong"])
    assert all(field in wrong for field in ("confidence", "capabilities", "colour"))
    assert not (tmp_path / "witness").exists()


def test_the_server_lives(settings: Settings, tmp_path: Path) -> None:
    with TestClient(create_app(settings)) as client:
        answer = client.get(PICTURE)
        assert answer.status_code == 200
        for name in ("f-nan", "g-misfit"):
            assert name in answer.headers["x-focus"]
        assert "z-good" not in answer.headers["x-focus"].partition("without")[2]
        states = {row["name"]: row["state"] for row in client.get("/models").json()["models"]}
    assert states["h-wrong"] == "broken"
    assert states["z-good"] == "ready"
    assert {states[name] for name in ("a-hostile", "c-empty", "d-truncated", "f-nan", "g-misfit")} == {"broken"}
    assert not (tmp_path / "witness").exists()


def test_the_doctor_runs_every_version_that_is_installed(settings: Settings) -> None:
    for stem in ("yolo11n-dq", "yolo26n-dq", "yolov8n-seg-dq"):
        shutil.copy(shared("models", f"{stem}.pt"), settings.models.weights or Path())
    findings = [str(finding) for finding in examine(settings, open_registry(settings))]
    for title, file in (("coco v1", "yolo11n-dq.pt"), ("coco v2", "yolo26n-dq.pt"), ("masks v1", "yolov8n-seg-dq.pt")):
        assert any(f"model {title}: {file}, runs in torch" in line for line in findings)
