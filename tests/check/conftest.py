"""`keepsight check` in a folder of its own, with two pictures and no weights."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from PIL import Image
from typer.testing import CliRunner

from keepsight.cli import app

Run = Callable[..., Result]
Told = Callable[..., dict[str, Any]]
"""Takes the text of a file and options; gives the JSON that is printed."""


@pytest.fixture
def media(tmp_path: Path) -> Path:
    folder = tmp_path / "media"
    folder.mkdir()
    for name in ("one.jpg", "two.png"):
        Image.new("RGB", (60, 40), (200, 30, 30)).save(folder / name)
    return folder


@pytest.fixture
def run(media: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("KEEPSIGHT_STORAGE__MEDIA", str(media))
    monkeypatch.setenv("KEEPSIGHT_STORAGE__DATA", str(tmp_path / "data"))
    monkeypatch.setenv("KEEPSIGHT_MODELS__WEIGHTS", str(tmp_path))
    monkeypatch.chdir(tmp_path)

    def invoke(*arguments: str, standard_input: bytes | None = None) -> Result:
        return CliRunner().invoke(app, ["check", *arguments], input=standard_input)

    return invoke


@pytest.fixture
def told(run: Run, tmp_path: Path) -> Told:
    def check(content: str | bytes, *options: str) -> dict[str, Any]:
        file = tmp_path / "file"
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        result = run(str(file), "--json", *options)
        assert result.exit_code in (0, 1), result.output
        parsed: dict[str, Any] = json.loads(result.stdout)
        return parsed

    return check
