"""The page is in the package, and so are the networks that come along."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from keepsight.detect.card import starters_folder
from keepsight.studio.static_files import contents

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "src" / "keepsight" / "studio" / "static"


def test_every_file_of_the_page_is_served() -> None:
    there = {path.relative_to(STATIC).as_posix() for path in STATIC.rglob("*") if path.is_file()}
    assert there == set(contents())
    assert {"index.html", "login.html", "js/main.js", "css/tokens.css", "icon.svg"} <= there


def test_every_file_of_the_page_and_every_starter_is_in_the_wheel(tmp_path: Path) -> None:
    wheel = pytest.importorskip("hatchling.builders.wheel", reason="needs the extra [test]: hatchling")
    (built,) = wheel.WheelBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])
    names = set(zipfile.ZipFile(built).namelist())
    assert {f"keepsight/studio/static/{path}" for path in contents()} <= names
    starters = {path.name for path in starters_folder().iterdir()}
    assert {f"keepsight/cards/starter/{name}" for name in starters} <= names
