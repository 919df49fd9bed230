"""The official command line client against a real server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.end_to_end.conftest import Server

CLD = Path(sys.executable).with_name("cld")


@pytest.fixture
def environment(server: Server, tmp_path: Path) -> dict[str, str]:
    if not CLD.exists():
        pytest.skip("needs cloudinary-cli, a test dependency")
    host = server.url.removeprefix("http://")
    address = f"cloudinary://key:abcd@demo?upload_prefix={server.url}&cname={host}"
    rest = {name: value for name, value in os.environ.items() if not name.startswith("CLOUDINARY")}
    return rest | {"CLOUDINARY_URL": address, "HOME": str(tmp_path / "home"), "NO_COLOR": "1"}


def cld(environment: dict[str, str], *arguments: str) -> str:
    done = subprocess.run([CLD, *arguments], env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def answer(text: str) -> Any:
    return json.JSONDecoder().raw_decode(text[text.index("{") :])[0]


def test_uploader_and_admin(environment: dict[str, str], picture: Path) -> None:
    made = answer(cld(environment, "uploader", "upload", str(picture), "public_id=cli/tom", "tags=command line"))
    assert (made["public_id"], made["tags"]) == ("cli/tom", ["command line"])
    found = answer(cld(environment, "admin", "resources_by_tag", "command line"))
    assert [each["public_id"] for each in found["resources"]] == ["cli/tom"]
    assert answer(cld(environment, "search", "tags:command"))["total_count"] == 1
    assert answer(cld(environment, "admin", "ping")) == {"status": "ok"}
    assert (
        cld(environment, "url", "cli/tom", "c_scale,w_10")
        .strip()
        .endswith("/demo/image/upload/c_scale,w_10/v1/cli/tom")
    )


def test_sync_both_ways(environment: dict[str, str], tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    for name, colour in (("a.png", "red"), ("sub/b ü.png", "blue"), ("sub/deep/c.jpg", "green")):
        path = here / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (9, 7), colour).save(path)
    pushed = cld(environment, "sync", "--push", str(here), "synced/all")
    assert "Synced | 3" in pushed
    assert "Skipping 3 items" in cld(environment, "sync", "--push", str(here), "synced/all")
    there.mkdir()
    cld(environment, "sync", "--pull", str(there), "synced/all", "-F")
    pulled = {path.read_bytes() for path in there.rglob("*.*") if path.is_file() and not path.name.startswith(".")}
    assert pulled == {
        path.read_bytes() for path in here.rglob("*.*") if path.is_file() and not path.name.startswith(".")
    }
    (here / "a.png").unlink()
    cld(environment, "sync", "--push", str(here), "synced/all", "-F")
    left = answer(cld(environment, "search", 'folder:"synced/all/*"'))
    assert left["total_count"] == 2


def test_upload_dir(environment: dict[str, str], tmp_path: Path) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(5):
        Image.new("RGB", (5, 5 + number)).save(folder / f"{number}.png")
    cld(environment, "upload_dir", str(folder), "-f", "directory")
    found = answer(cld(environment, "search", 'folder:"directory/*"'))
    assert found["total_count"] == 5
