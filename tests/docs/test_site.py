"""The documents: built as a site with every link and anchor checked, and not older than what they are made from."""

from __future__ import annotations

import os
import re
import runpy
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote

import pytest
import typer

from keepsight.cli import app

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
OF_THE_PROJECT = ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built pages; every link in them is checked."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    environment = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env=environment)
    assert built.returncode == 0, built.stderr
    return folder


def test_the_guide_to_gravity_shows_its_pictures(site: Path) -> None:
    page = (site / "gravity" / "index.html").read_text()
    pictures = re.findall(r'<img[^>]* src="([^"]+)"', page)
    assert len(pictures) > 20
    assert all((site / "gravity" / src).resolve().is_file() for src in pictures)


def test_nothing_of_the_site_comes_from_elsewhere(site: Path) -> None:
    for page in site.rglob("*.html"):
        loaded = re.findall(
            r'<(?:script|img)[^>]* src="(https?:[^"]+)"|<link rel="stylesheet" href="(https?:[^"]+)"', page.read_text()
        )
        assert loaded == [], page.name


@pytest.mark.parametrize("name", OF_THE_PROJECT)
def test_links_between_files_lead_somewhere(name: str) -> None:
    for target in LINK.findall((ROOT / name).read_text()):
        if not target.startswith(("http:", "https:", "#", "mailto:")):
            assert (ROOT / unquote(target.partition("#")[0])).exists(), target


def test_the_guide_to_gravity_is_not_older_than_its_tool() -> None:
    tool = runpy.run_path(str(ROOT / "tools" / "build_gravity_doc.py"))
    assert (DOCS / "gravity.md").read_text() == tool["page"](), "run tools/build_gravity_doc.py"
    named = {f"{e.name}{more}" for c in tool["CHAPTERS"] for e in c.examples for more in ("", "-window")} | {"scene"}
    assert {file.stem for file in (DOCS / "gravity").iterdir()} == named


def test_the_list_of_settings_is_not_older_than_their_declaration() -> None:
    page = runpy.run_path(str(ROOT / "tools" / "build_settings_doc.py"))["page"]
    assert (DOCS / "settings.md").read_text() == page(), "run tools/build_settings_doc.py"


def test_every_command_that_is_named_exists() -> None:
    group = typer.main.get_command(app)
    names = set(getattr(group, "commands", {}))
    texts = [(ROOT / name).read_text() for name in OF_THE_PROJECT] + [
        file.read_text() for file in DOCS.glob("*.md") if file.stem != "crop-quality"
    ]
    said = {word for text in texts for word in re.findall(r"(?:^|`)keepsight ([a-z]+)(?=[ `]|$)", text, re.MULTILINE)}
    assert said <= names
    assert names <= said, "a command that no document names"
