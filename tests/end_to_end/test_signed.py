"""URLs built and signed by the official Python SDK."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import cloudinary
import httpx
import pytest
from conftest import SHARED
from PIL import Image

from end_to_end.conftest import Server, Start

SECRET = "a secret that the tests made up"
CALLS = (
    {"crop": "thumb", "gravity": "auto:cat", "aspect_ratio": "1", "width": 300},
    {"crop": "crop", "gravity": "refrigerator"},
    {"crop": "crop", "gravity": "dog:cat", "aspect_ratio": "1"},
    {"crop": "fill", "gravity": "auto:person_avoid", "width": 500, "aspect_ratio": "1"},
    {"crop": "fill_pad", "gravity": "auto:bicycle", "width": 400, "height": 400, "background": "white"},
    {"crop": "lfill", "gravity": "birds", "width": 400, "height": 300},
    {"crop": "thumb", "gravity": "face", "width": 200, "height": 200},
)
"""One call of each kind that people make."""


@pytest.fixture(scope="module")
def server(start: Start, tmp_path_factory: pytest.TempPathFactory) -> Server:
    media = tmp_path_factory.mktemp("media")
    (media / "docs").mkdir()
    Image.radial_gradient("L").convert("RGB").resize((640, 480)).save(media / "docs" / "a b.jpg")
    return start(
        media,
        KEEPSIGHT_CLOUD__API_SECRET=SECRET,
        KEEPSIGHT_CLOUD__PREVIOUS_SECRETS="retired",
        KEEPSIGHT_MODELS__WEIGHTS=str(media),
    )


@pytest.fixture(autouse=True)
def sdk(server: Server) -> Iterator[None]:
    cloudinary.config(cloud_name="demo", api_secret=SECRET, cname=urlsplit(server.url).netloc, secure=False)
    yield
    cloudinary.reset_config()


def signed(**options: object) -> str:
    return str(cloudinary.CloudinaryImage("docs/a b.jpg").build_url(sign_url=True, **options))


@pytest.mark.parametrize("call", CALLS, ids=lambda c: f"{c['crop']},{c['gravity']}")
@pytest.mark.parametrize("how", [{}, {"signature_algorithm": "sha256"}, {"long_url_signature": True}], ids=str)
def test_a_signed_url_is_served(call: dict[str, object], how: dict[str, object]) -> None:
    assert httpx.get(signed(**call, **how)).status_code == 200


@pytest.mark.parametrize("call", CALLS, ids=lambda c: f"{c['crop']},{c['gravity']}")
def test_any_changed_character_of_what_is_signed_is_401(call: dict[str, object]) -> None:
    url = signed(**call)
    begin = url.index("s--") + 3
    end = url.index("--/", begin)
    assert httpx.get(url).status_code == 200
    for at in (*range(begin, end), *range(url.rindex("/") + 1, url.rindex("."))):
        if url[at] == "%" or url[at - 1] == "%" or url[at - 2] == "%":
            continue  # a broken escape is another story
        changed = url[:at] + ("x" if url[at] != "x" else "y") + url[at + 1 :]
        assert httpx.get(changed).status_code == 401, changed


def test_the_transformation_is_protected(server: Server) -> None:
    url = signed(crop="thumb", gravity="auto:cat", width=300, height=300)
    for one, other in (("w_300", "w_301"), ("cat", "dog"), ("c_thumb", "c_fill"), (".jpg", ".png")):
        answer = httpx.get(url.replace(one, other))
        assert answer.status_code == 401
        assert "Invalid signature" in answer.headers["x-cld-error"]
        assert answer.headers["cache-control"] == "no-store"


def test_object_aware_urls_need_a_signature_and_others_do_not(server: Server) -> None:
    unsigned = server.image("c_fill,g_auto:cat,w_50", "docs/a%20b.jpg")
    assert unsigned.status_code == 401
    assert "isn't signed" in unsigned.headers["x-cld-error"]
    for open_to_all in (
        "c_fill,g_auto,w_50",
        "c_thumb,g_face,w_50,h_50",
        "c_crop,g_north,w_9,h_9",
        "c_fill,g_custom,w_5",
    ):
        assert server.image(open_to_all, "docs/a%20b.jpg").status_code == 200


def test_having_been_made_once_does_not_open_a_url(server: Server) -> None:
    url = signed(crop="fill", gravity="auto:cat", width=60)
    assert httpx.get(url).status_code == 200
    assert server.image("c_fill,g_auto:cat,w_60", "docs/a%20b.jpg").status_code == 401


def test_a_retired_secret_still_opens(server: Server) -> None:
    cloudinary.config(api_secret="retired")
    assert httpx.get(signed(crop="fill", gravity="auto:cat", width=50)).status_code == 200
    cloudinary.config(api_secret="never known")
    assert httpx.get(signed(crop="fill", gravity="auto:cat", width=50)).status_code == 401


def test_the_secret_is_never_logged(server: Server) -> None:
    httpx.get(signed(crop="fill", gravity="auto:cat", width=50) + "x")
    assert SECRET not in server.log.read_text("utf-8")


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"KEEPSIGHT_SECURITY__ALLOW_UNSIGNED": "object-aware"}, {"c_fill,g_auto:cat,w_50/x.jpg": 200}),
        ({"KEEPSIGHT_SECURITY__ALLOW_UNSIGNED": "lvis"}, {"c_fill,g_auto:cat,w_50/x.jpg": 401}),
        (
            {"KEEPSIGHT_SECURITY__STRICT_TRANSFORMATIONS": "true"},
            {"w_50/x.jpg": 401, "x.jpg": 200, "x.webp": 401},  # another format is a transformation, too
        ),
    ],
    ids=str,
)
def test_settings_open_and_close(
    start: Start, tmp_path: Path, settings: dict[str, str], expected: dict[str, int]
) -> None:
    Image.new("RGB", (90, 60)).save(tmp_path / "x.jpg")
    server = start(tmp_path, KEEPSIGHT_CLOUD__API_SECRET=SECRET, **settings)
    assert {path: server.get(f"/demo/image/upload/{path}").status_code for path in expected} == expected


@pytest.mark.skipif(not (SHARED / "vectors").is_dir(), reason="needs the development material: shared/vectors")
def test_mutated_vectors_get_a_sentence(server: Server) -> None:
    for vector in json.loads((SHARED / "vectors" / "signed_urls.json").read_text("utf-8"))["mutated"]:
        parts = urlsplit(vector["request_url"])
        answer = server.get(parts.path.replace(f"/{vector['cloud']}/", "/demo/"))
        assert 400 <= answer.status_code < 500, vector["id"]
        assert answer.headers["x-cld-error"]
