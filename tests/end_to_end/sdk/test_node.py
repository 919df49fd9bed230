"""The official Node SDKs against a real server: `cloudinary` and `@cloudinary/url-gen`, installed by npm."""

from __future__ import annotations

import io
import json
import os
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from PIL import Image

from keepsight.responsive import Component, Photo, signer
from keepsight.studio.snippets import snippets
from keepsight.transformation.build import build_plan
from keepsight.transformation.path import split_path
from tests.end_to_end.conftest import Server
from tests.end_to_end.sdk.conftest import pointed_at


@pytest.fixture(scope="module")
def answers(node: Path, server: Server, picture: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What every call of `calls.js` got."""
    large = tmp_path_factory.mktemp("large") / "large.png"
    Image.effect_noise((2_600, 2_600), 120).save(large, compress_level=0)
    assert large.stat().st_size > 6 << 20
    environment = os.environ | {"CLOUDINARY_URL": f"cloudinary://key:abcd@demo?upload_prefix={server.url}"}
    command = ["node", "calls.js", str(picture), str(large)]
    done = subprocess.run(command, cwd=node, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def ids(answer: dict[str, Any]) -> list[str]:
    return [each["public_id"] for each in answer["resources"]]


def test_uploads(answers: dict[str, Any], picture: Path) -> None:
    made = answers["upload"]
    assert (made["public_id"], made["tags"]) == ("node/pup py", ["dog", "a b/ü"])
    assert made["context"] == {"custom": {"alt": "x|y=z"}}
    assert httpx.get(made["url"]).content == picture.read_bytes()
    assert answers["stream"]["bytes"] == picture.stat().st_size
    assert (answers["large"]["public_id"], answers["large"]["width"]) == ("large", 2_600)
    for call in ("largeInOne", "chunkedInOne"):  # each is one part, which is the whole
        assert answers[call]["bytes"] == picture.stat().st_size, answers[call]
    assert answers["data"]["etag"] == answers["stream"]["etag"]
    assert answers["eager"]["eager"][0]["url"].endswith("/eager.png")
    assert answers["explicit"]["coordinates"] == {"custom": [[1, 2, 30, 40]]}
    assert (answers["unsigned"]["public_id"], answers["unsigned"]["tags"]) == ("inbox/stranger", ["p", "q"])


def test_admin(answers: dict[str, Any]) -> None:
    assert answers["ping"]["status"] == "ok"
    assert answers["details"]["coordinates"] == {"custom": [[1, 2, 30, 40]]}
    assert answers["details"]["colors"]
    assert (answers["update"]["tags"], answers["update"]["context"]["custom"]) == (["dog", "brown"], {"alt": "new"})
    assert ids(answers["listed"]) == ["node/pup py"]
    assert ids(answers["byTag"]) == []
    assert ids(answers["byBrown"]) == ids(answers["byContext"]) == ["node/pup py"]
    assert sorted(ids(answers["byIds"])) == ["data", "streamed"]
    assert answers["addTag"]["public_ids"] == ["streamed", "data"]
    assert answers["addContext"]["public_ids"] == ["streamed"]
    assert answers["derived"]["derived"][0]["transformation"] == "c_scale,w_10/png"
    assert {"more", "dog", "brown"} <= set(answers["tags"]["tags"])
    assert answers["rename"]["public_id"] == "moved/data"
    assert answers["deleted"]["deleted"] == {"moved/data": "deleted", "none": "not_found"}
    assert answers["deletedByTag"]["deleted"] == {"inbox/stranger": "deleted"}
    assert answers["destroyed"]["result"] == "ok"
    assert answers["usage"]["resources"] > 0
    assert answers["config"]["settings"]["folder_mode"] == "fixed"


def test_search_and_folders(answers: dict[str, Any]) -> None:
    assert ids(answers["searched"]) == ["data", "streamed"]
    assert answers["searched"]["resources"][0]["tags"] == ["more"]
    assert {each["path"] for each in answers["folders"]["folders"]} >= {"node"}
    assert answers["createFolder"]["path"] == "f1/f2"
    assert [each["path"] for each in answers["subfolders"]["folders"]] == ["f1/f2"]
    assert answers["foldersFound"]["total_count"] == 1
    assert answers["deleteFolder"]["deleted"] == ["f1", "f1/f2"]


def test_named_things(answers: dict[str, Any]) -> None:
    assert answers["createTransformation"]["message"] == "created"
    assert answers["transformation"]["transformation"] == "c_scale,w_7"
    assert answers["deleteTransformation"]["message"] == "deleted"
    assert answers["createPreset"]["name"] == "node_open"
    assert "node_open" in [each["name"] for each in answers["presets"]["presets"]]
    assert answers["deletePreset"]["message"] == "deleted"


@pytest.mark.parametrize(
    ("call", "code", "said"),
    [
        ("searchedWrong", 400, "Query Error (at position 1)"),
        ("renameTaken", 400, "already exists"),
        ("missing", 404, "Resource not found - streamed"),
        ("unknownAsset", 404, "Resource not found - 0123456789abcdef0123456789abcdef"),
        ("noAsset", 404, "Resource not found - no-such-asset"),
        ("wrongSecret", 401, "Invalid Signature"),
        ("notAnImage", 400, "Invalid image file"),
    ],
)
def test_refusals(answers: dict[str, Any], call: str, code: int, said: str) -> None:
    failed = answers[call]["failed"]
    assert failed["code"] == code
    assert said in failed["message"]


def test_signed_urls(answers: dict[str, Any], server: Server) -> None:
    address = answers["url"].replace("http://res.cloudinary.com", server.url)
    assert httpx.get(address).status_code == 200


def test_url_gen(node: Path, server: Server, picture: Path, answers: dict[str, Any]) -> None:
    pointed_at(server)
    done = subprocess.run(
        ["node", "urls.mjs", "node/pup py"], cwd=node, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    addresses = done.stdout.split("\n")[:5]
    sizes = [(30, 20), (40, 40), (50, 40), (20, 20), (30, 20)]
    for address, size in zip(addresses, sizes, strict=True):
        assert "?_a=" in address
        answer = httpx.get(address.replace("http://res.cloudinary.com", server.url))
        assert answer.status_code == 200, (address, answer.text)
        with Image.open(io.BytesIO(answer.content)) as image:
            assert image.size == size, address


@pytest.mark.parametrize(
    "components",
    [
        ({"c": "thumb", "g": "auto:cat:dog_avoid", "ar": "4:3", "w": "300", "f": "auto", "q": "auto"},),
        ({"c": "fill_pad", "g": "auto", "w": "300", "h": "200", "b": "auto"},),
        ({"c": "crop", "g": "cat:dog", "z": "0.5"}, {"c": "scale", "w": "100"}),
    ],
)
@pytest.mark.parametrize("signed", [False, True])
def test_code_of_the_studio_makes_its_address(node: Path, components: tuple[Component, ...], signed: bool) -> None:
    sign = signer("abcd") if signed else None
    photo = Photo("pets/tom.jpg", base="http://127.0.0.1:8000", type="private" if signed else "upload", sign=sign)
    code = snippets(photo, components)
    classic, builder = node / "classic.cjs", node / "builder.mjs"
    classic.write_text(f"{code['node']}\nconsole.log(url);", "utf-8")
    builder.write_text(f"{code['url_gen']}\nconsole.log(url);", "utf-8")
    environment = os.environ | {"KEEPSIGHT_CLOUD__API_SECRET": "abcd"}

    def said(script: Path) -> str:
        done = subprocess.run(
            ["node", script.name], cwd=node, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    assert said(classic) == photo.url(*components)
    # The builder writes a component for each action, cannot sign, and means the same.
    made, ours = (split_path(urlsplit(url).path, "demo") for url in (said(builder), photo.url(*components)))
    assert build_plan(made.components) == build_plan(ours.components)
    assert (made.public_id, made.delivery_type) == (ours.public_id, ours.delivery_type)
