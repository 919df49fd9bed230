"""What a newcomer reads on the terminal: in order, true, and to be pasted as it stands."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from scenes import compose

from keepsight import program
from keepsight.app import open_registry
from keepsight.settings import load_settings
from keepsight.welcome import Welcome
from tests.end_to_end.conftest import TOY, Start, detectors, starting  # noqa: F401 - fixtures
from tests.waiting import until


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("media") / "it's mine"
    (folder / "sub folder").mkdir(parents=True)
    compose((1200, 800), [("cat", (40.0, 450.0, 290.0, 700.0))], 1).image.save(folder / "sub folder" / "tom (1).jpg")
    compose((1200, 800), [("dog", (800.0, 350.0, 1100.0, 650.0))], 2).image.save(folder / "rex.jpg")
    return folder


def test_the_studio_then_three_crops_then_a_command_that_runs(
    tmp_path_factory: pytest.TempPathFactory,
    media: Path,
    detectors: None,  # noqa: F811
    tmp_path: Path,
) -> None:
    settings = {"KEEPSIGHT_MODELS__PRIVATE": str(TOY), "KEEPSIGHT_MODELS__WEIGHTS": str(media)}
    with starting(tmp_path_factory) as start:
        server = start(media, **settings)
        until(lambda: "\nNext: " in server.log.read_text("utf-8"))
        lines = [line for line in server.log.read_text("utf-8").splitlines() if not line.startswith("{")]
        assert lines[0].endswith(f"{server.url}/studio")
        at = [number for number, line in enumerate(lines) if line.startswith("  http")]
        urls = [lines[number].strip() for number in at]
        assert len(urls) == 3
        assert lines.index(next(line for line in lines if line.startswith("Next: "))) > at[-1]
        assert any("g_auto:cat," in url and url.endswith("/sub%20folder/tom%20%281%29.jpg") for url in urls)
        assert any("_avoid" in url for url in urls)
        for url in urls:
            assert shlex.split(url) == [url]
            assert httpx.get(url).status_code == 200
    command = lines[-1].removeprefix("Next: ")
    done = subprocess.run(command, shell=True, cwd=Path.cwd(), capture_output=True, text=True, check=False)  # noqa: S602
    assert done.returncode == 0, done.stderr
    assert "kept" in done.stdout or "avoid" in done.stdout
    Path("why.png").unlink()


def test_a_server_for_everybody_says_where_its_pictures_are(tmp_path: Path) -> None:
    given = {"cloud": {"api_secret": "made up for this test"}, "server": {"host": "0.0.0.0"}}
    settings = load_settings(None, given | {"storage": {"media": tmp_path}, "models": {"weights": tmp_path}})
    welcome = Welcome(settings, open_registry(settings), 8080)
    assert welcome.address().startswith("Pictures: http://127.0.0.1:8080/demo/image/upload/")
    assert list(welcome.rest(None))[-1].endswith(f"doctor --media {tmp_path}")


def test_only_who_searched_says_that_there_are_no_pictures(tmp_path: Path) -> None:
    """Several processes make no examples: the folder may be full."""
    settings = load_settings(None, {"storage": {"media": tmp_path}, "models": {"weights": tmp_path}})
    welcome = Welcome(settings, open_registry(settings), 8000)
    assert any(line.startswith("No pictures in ") for line in welcome.rest(()))
    assert not any("pictures" in line for line in welcome.rest(None))


def test_the_program_is_called_as_the_shell_finds_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    scripts = tmp_path / "my tools" / "bin"
    scripts.mkdir(parents=True)
    for name in ("python", "keepsight"):
        (scripts / name).write_text("#!/bin/sh\n")
        (scripts / name).chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(scripts / "python"))
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    assert shlex.split(program.command("models", "pull")) == [str(scripts / "keepsight"), "models", "pull"]
    monkeypatch.chdir(scripts.parent)
    assert program.command("explain", "a b") == "bin/keepsight explain 'a b'"
    monkeypatch.setenv("PATH", str(scripts))
    assert program.program() == "keepsight"
    other = tmp_path / "other"
    other.mkdir()
    (other / "keepsight").write_text("#!/bin/sh\n")
    (other / "keepsight").chmod(0o755)
    monkeypatch.setenv("PATH", f"{other}:{scripts}")  # another installation comes first
    assert program.program() == "bin/keepsight"
    (scripts / "keepsight").unlink()
    assert program.program() == "bin/python -m keepsight"


def test_what_brings_torch_names_the_build_for_the_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    for line in (program.installing_cpu_torch("detect", "onnx"), program.installing("otel")):
        assert "\n" not in line
        assert re.search(r"'keepsight\[[a-z,]+\]'", line)
    assert "--torch-backend cpu" in program.installing_cpu_torch("detect")
