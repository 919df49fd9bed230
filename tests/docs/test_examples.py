"""What the documents tell people to copy is read by the program as it stands there."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from keepsight import parse_plan, plan_text
from keepsight.assets.sidecar import read_sidecar
from keepsight.detect.card import read_cards
from keepsight.settings import Settings, load_settings

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
TOML = [
    pytest.param(text, id=f"{document.stem}-{number}")
    for document in DOCUMENTS
    for number, text in enumerate(re.findall(r"^```toml\n(.*?)^```", document.read_text("utf-8"), re.M | re.S))
]
PATHS = [
    pytest.param(path, id=path)
    for path in sorted(
        {
            path
            for document in DOCUMENTS
            for path in re.findall(
                r"(?:`|/image/upload/)(c_[^`'\" ]+?/[\w/]+\.(?:jpg|png))\b", document.read_text("utf-8")
            )
        }
    )
]


@pytest.mark.parametrize("text", TOML)
def test_an_example_in_toml_is_read(tmp_path: Path, text: str) -> None:
    file, given = tmp_path / "example.toml", tomllib.loads(text)
    file.write_text(text, "utf-8")
    if "licence" in given:
        assert read_cards([file])[0].name == given["name"]
    elif given.keys() <= Settings.model_fields.keys():
        load_settings(file)
    else:
        coordinates = read_sidecar(file)
        assert coordinates.faults == ()
        assert coordinates.custom


@pytest.mark.parametrize("path", PATHS)
def test_an_example_of_a_path_is_a_plan(path: str) -> None:
    steps = [part for part in path.split("/") if re.match(r"[a-z]{1,3}_", part)]
    plan = parse_plan("/".join(steps))
    assert parse_plan(plan_text(plan)) == plan


def test_there_are_examples() -> None:
    assert len(TOML) >= 4
    assert len(PATHS) >= 6
