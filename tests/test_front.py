"""The bare address: a page for people, JSON for programs."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from PIL import Image
from scenes import compose
from starlette.testclient import TestClient

from keepsight.app import create_app
from keepsight.front import wants_page
from keepsight.settings import load_settings
from tests.end_to_end.conftest import TOY, detectors  # noqa: F401 - a fixture

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"


@pytest.fixture
def media(tmp_path: Path) -> Path:
    folder = tmp_path / "my pictures"
    folder.mkdir()
    compose((1200, 800), [("cat", (40.0, 450.0, 290.0, 700.0))], 1).image.save(folder / "tom & co.jpg")
    compose((1200, 800), [("dog", (800.0, 350.0, 1100.0, 650.0))], 2).image.save(folder / "rex.jpg")
    compose((1200, 800), [], 3).image.save(folder / "nobody.jpg")
    return folder


@pytest.fixture
def client(media: Path, tmp_path: Path) -> Iterator[TestClient]:
    settings = {
        "storage": {"media": media, "data": tmp_path / "data"},
        "models": {"private": [TOY], "weights": tmp_path, "starter": False, "preload": False},
    }
    with TestClient(create_app(load_settings(None, settings)), base_url="http://127.0.0.1:8000") as made:
        yield made


@pytest.mark.parametrize(
    ("accept", "page"),
    [
        (BROWSER, True),
        ("text/html", True),
        ("TEXT/HTML ; Q=0.5", True),
        ("application/xhtml+xml", True),
        ("application/json;q=0.2, text/html;q=0.7", True),
        ("", False),
        ("*/*", False),
        ("text/*", False),
        ("application/json", False),
        ("application/json, text/html;q=0.5", False),
        ("text/html;q=0", False),
        ("text/html;q=x", False),
        (",;,", False),
    ],
)
def test_a_page_is_for_whoever_asks_for_one(accept: str, page: bool) -> None:
    assert wants_page(accept) is page


def test_programs_get_json(client: TestClient) -> None:
    for accept in ("*/*", "application/json"):
        answer = client.get("/", headers={"Accept": accept})
        assert answer.json()["service"] == "Keepsight"
        assert answer.json()["studio"] == "/studio"
        assert "accept" in answer.headers["vary"].lower()
    assert client.head("/").status_code == 200


def test_people_get_a_page_with_crops_of_their_own_pictures(client: TestClient, detectors: None) -> None:  # noqa: F811
    answer = client.get("/", headers={"Accept": BROWSER})
    assert answer.headers["content-type"].startswith("text/html")
    assert "accept" in answer.headers["vary"].lower()
    assert 'href="/studio"' in answer.text
    shown = [unescape(path) for path in re.findall(r'<img src="([^"]+)"', answer.text)]
    assert len(shown) == 3
    assert any("g_auto:cat" in path and "tom%20%26%20co.jpg" in path for path in shown)
    assert any("_avoid" in path for path in shown)
    for path in shown:
        assert re.fullmatch(r"[\w/:.,%~-]+", path), "not to be pasted"
        crop = client.get(path)
        assert crop.status_code == 200
        centre = client.get(re.sub(r"g_auto[^,]*", "g_center", path.replace("c_thumb", "c_fill")))
        assert crop.headers["x-crop-box"] != centre.headers["x-crop-box"]
        Image.open(io.BytesIO(crop.content)).verify()


def test_a_page_under_a_foreign_name_tells_of_no_pictures(client: TestClient) -> None:
    answer = client.get("http://evil.example/", headers={"Accept": BROWSER})
    assert "<img" not in answer.text


def test_with_a_secret_the_page_tells_of_no_pictures_and_of_no_studio_that_is_not_there(
    media: Path, tmp_path: Path
) -> None:
    settings = {
        "cloud": {"api_key": "key", "api_secret": "made up for this test"},
        "storage": {"media": media, "data": tmp_path / "data"},
        "models": {"weights": tmp_path, "preload": False},
    }
    with TestClient(create_app(load_settings(None, settings)), base_url="http://127.0.0.1:8000") as client:
        answer = client.get("/", headers={"Accept": BROWSER})
        assert "<img" not in answer.text
        assert "/studio" not in answer.text
        assert client.get("/").json()["studio"] is None
