"""A library whose coordinates are written down, so that no network is needed to have something to explain."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from PIL import Image
from typer.testing import CliRunner

from keepsight.cli import app

Explain = Callable[..., Result]
FACES = "faces = [[100, 100, 200, 200], [900, 500, 100, 100]]"
CUSTOM = "custom = [[700, 300, 200, 200]]"


@pytest.fixture
def media(tmp_path: Path) -> Path:
    folder = tmp_path / "media"
    folder.mkdir()
    grey = Image.new("RGB", (1280, 800), (128, 128, 128))
    for name, text in (("faces", FACES), ("custom", CUSTOM), ("plain", None), ("broken", "custom = 1")):
        grey.save(folder / f"{name}.png")
        if text:
            (folder / f"{name}.png.keepsight.toml").write_text(text, "utf-8")
    subject = grey.copy()
    subject.paste((200, 30, 30), (900, 300, 1100, 500))
    subject.save(folder / "subject.png")
    return folder


@pytest.fixture
def explain(media: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Explain:
    """`keepsight explain` over that library, in a folder of its own and with no weights."""
    monkeypatch.setenv("KEEPSIGHT_MODELS__WEIGHTS", str(tmp_path))
    monkeypatch.setenv("KEEPSIGHT_MODELS__STARTER", "false")
    monkeypatch.chdir(tmp_path)

    def run(transformation: str, public_id: str, *options: str) -> Result:
        path = f"/demo/image/upload/{transformation}/{public_id}"
        return CliRunner().invoke(app, ["explain", path, "--media", str(media), *options])

    return run
