"""From one real server to another: everything that the first one has."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cloudinary
import cloudinary.api
import cloudinary.uploader
import httpx
import pytest
from PIL import Image

from tests.end_to_end.conftest import Server, Start, start  # noqa: F401 - a fixture
from tests.end_to_end.sdk.conftest import KEY, SECRET, pointed_at, secrets
from tests.waiting import PATIENCE

BOX = [10, 20, 30, 40]


@dataclass(frozen=True)
class Ran:
    """What a run of the command said."""

    code: int
    out: str
    err: str
    report: dict[str, Any]


def imported(target: Path, *options: str, code: int = 0, **settings: str) -> Ran:
    """Run the command as a process of its own, with the secret in the environment."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("KEEPSIGHT_", "CLOUDINARY_"))}
    environment |= secrets() | {"KEEPSIGHT_STORAGE__DATA": str(target)} | settings
    report = target.parent / "report.json"
    command = [sys.executable, "-m", "keepsight.cli", "import", "--report", str(report), *options]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert ran.returncode == code, ran.stdout + ran.stderr
    assert SECRET not in ran.stdout + ran.stderr
    return Ran(ran.returncode, ran.stdout, ran.stderr, json.loads(report.read_text("utf-8")))


def source_url(server: Server) -> str:
    return f"cloudinary://{KEY}:{SECRET}@demo?upload_prefix={server.url}"


@pytest.fixture(scope="module")
def source(start: Start, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:  # noqa: F811
    """A server with some of everything."""
    server = start(tmp_path_factory.mktemp("media"), **secrets())
    pointed_at(server)
    upload = cloudinary.uploader.upload
    upload(
        picture("red"),
        public_id="pets/tom cat",
        tags=["cat", "a, b"],
        context={"alt": "a cat = a | b", "caption": "ä"},
        metadata={"sku": "12", "colours": ["red", "blue"]},
        custom_coordinates=",".join(map(str, BOX)),
        face_coordinates="1,2,3,4|5,6,7,8",
        asset_folder="shop/pets",
        display_name="Tom",
    )
    upload(picture("blue"), public_id="überraschung", type="private")
    upload(picture("green"), public_id="secret/plan", type="authenticated")
    upload(b"some text", public_id="notes/read me.txt", resource_type="raw")
    for number in range(20):
        upload(picture("white", number + 1), public_id=f"many/{number:02}")
    cloudinary.api.create_folder("empty/below")
    cloudinary.api.create_transformation("badge", "c_thumb,g_face,w_100,h_100/r_max")
    cloudinary.api.create_transformation("twice", "t_badge/e_sepia")
    cloudinary.api.create_upload_preset(name="open", unsigned=True, folder="in", tags="new", allowed_formats="jpg,png")
    yield server
    cloudinary.reset_config()


def picture(colour: str, width: int = 60) -> io.BytesIO:
    file = io.BytesIO()
    Image.new("RGB", (width, 50), colour).save(file, "PNG")
    file.seek(0)
    return file


def everything(server: Server) -> dict[str, Any]:
    """All that the APIs tell, but for addresses and what belongs to one catalogue."""
    pointed_at(server)
    found: dict[str, Any] = {}
    for kind in ("image", "raw"):
        for type_ in ("upload", "private", "authenticated"):
            for each in cloudinary.api.resources(resource_type=kind, type=type_, max_results=500)["resources"]:
                details = cloudinary.api.resource(each["public_id"], resource_type=kind, type=type_, coordinates=True)
                for name in ("url", "secure_url", "last_updated", "uploaded_at"):
                    details.pop(name, None)
                found[f"{kind}/{type_}/{each['public_id']}"] = dict(details)
    folders, waiting = [], [""]
    while waiting:
        path = waiting.pop()
        listed = (cloudinary.api.subfolders(path) if path else cloudinary.api.root_folders())["folders"]
        waiting += [each["path"] for each in listed]
        folders += [each["path"] for each in listed]
    found["folders"] = sorted(folders)
    names = [each["name"] for each in cloudinary.api.transformations(named=True)["transformations"]]
    found["transformations"] = {name: cloudinary.api.transformation(name)["transformation"] for name in names}
    found["presets"] = cloudinary.api.upload_presets()["presets"]
    return found


def test_everything_comes_over_and_once_only(
    source: Server,
    start: Start,  # noqa: F811
    tmp_path: Path,
) -> None:
    data = tmp_path / "data"
    settings = {"CLOUDINARY_URL": source_url(source)}
    tried = imported(data, "--dry-run", **settings)
    assert tried.report["assets"]["new"] == 24
    assert tried.report["assets"]["bytes"] > 24 * 50
    assert not data.exists()

    first = imported(data, **settings)
    assert first.report["assets"] == {
        "new": 24,
        "changed": 0,
        "unchanged": 0,
        "bytes": tried.report["assets"]["bytes"],
    }
    assert first.report["skipped"] == first.report["failed"] == []
    (media := tmp_path / "media").mkdir()
    server = start(media, **secrets(KEEPSIGHT_STORAGE__DATA=str(data)))
    there, here = everything(source), everything(server)
    assert here == there
    assert there["image/upload/pets/tom cat"]["coordinates"]["custom"] == [BOX]

    # A page has this address, with the version of the other server, and gets the file as it was there.
    version = there["image/upload/pets/tom cat"]["version"]
    path = f"/demo/image/upload/v{version}/pets/tom%20cat.png"
    assert httpx.get(server.url + path, timeout=PATIENCE).content == picture("red").read()
    assert "immutable" in httpx.get(server.url + path, timeout=PATIENCE).headers["cache-control"]

    second = imported(data, **settings)
    assert second.report["assets"] == {"new": 0, "changed": 0, "unchanged": 24, "bytes": 0}
    for kind in ("folders", "transformations", "presets"):
        assert second.report[kind]["new"] == second.report[kind]["changed"] == 0
        assert second.report[kind]["unchanged"] > 0

    # While the other server runs, and this one.
    pointed_at(source)
    cloudinary.uploader.add_tag("old", ["pets/tom cat"])
    cloudinary.api.update("many/03", custom_coordinates="0,0,2,2")
    cloudinary.uploader.upload(picture("black", 9), public_id="many/04")
    cloudinary.uploader.upload(picture("black", 8), public_id="many/new")
    third = imported(data, **settings)
    assert third.report["assets"] | {"bytes": 0} == {"new": 1, "changed": 3, "unchanged": 21, "bytes": 0}
    assert third.report["assets"]["bytes"] == len(picture("black", 9).read()) + len(picture("black", 8).read())
    assert everything(server) == everything(source)
    answer = httpx.get(f"{server.url}/demo/image/upload/many/04.png", timeout=PATIENCE)
    assert answer.content == picture("black", 9).read()
