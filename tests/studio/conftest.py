"""The studio over drawn scenes, with the toy detector: in this process, or as a real server with a real browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import which
from typing import Any

import pytest
from scenes import compose
from starlette.testclient import TestClient

from keepsight.app import create_app
from keepsight.settings import load_settings
from tests.end_to_end.conftest import TOY, Server, Start, detectors, start  # noqa: F401 - fixtures

KEY, SECRET = "key", "abcd"
MARK = {"X-Keepsight-Studio": "1"}
CAT, DOG = (150.0, 200.0, 400.0, 450.0), (800.0, 350.0, 1100.0, 650.0)

Open = Callable[..., TestClient]


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two pets in one picture, two birds in another, nobody in a third; and what is no picture."""
    folder = tmp_path_factory.mktemp("media")
    birds = [("bird", (100.0, 100.0, 250.0, 230.0)), ("bird", (700.0, 120.0, 860.0, 260.0))]
    pictures = {"pets/both.jpg": [("cat", CAT), ("dog", DOG)], "birds.png": birds, "nobody.jpg": []}
    for seed, (name, things) in enumerate(pictures.items()):
        (folder / name).parent.mkdir(exist_ok=True)
        compose((1200, 800), things, seed).image.save(folder / name, quality=92)
    (folder / "notes.txt").write_text("no picture", "utf-8")
    (folder / ".hidden.jpg").write_bytes((folder / "nobody.jpg").read_bytes())
    return folder


@pytest.fixture
def opened(media: Path, tmp_path: Path) -> Iterator[Open]:
    """Applications in this process, by settings: `opened(cloud={…}, studio={…})`."""
    clients: list[TestClient] = []

    def client(base_url: str = "http://127.0.0.1:8000", **given: Any) -> TestClient:
        folder = tmp_path / str(len(clients))
        settings = {
            "storage": {"media": media, "data": folder / "data"},
            "models": {"private": [TOY], "weights": tmp_path, "preload": False},
        }
        made = TestClient(create_app(load_settings(None, settings | given)), base_url=base_url)
        made.__enter__()
        clients.append(made)
        return made

    yield client
    for each in clients:
        each.__exit__(None, None, None)


@pytest.fixture(scope="module")
def toy_settings(media: Path) -> dict[str, str]:
    """Of a real server: the toy is the only model."""
    return {"KEEPSIGHT_MODELS__PRIVATE": str(TOY), "KEEPSIGHT_MODELS__WEIGHTS": str(media)}


@pytest.fixture(scope="module")
def server(start: Start, detectors: None, media: Path, toy_settings: dict[str, str]) -> Server:  # noqa: F811
    """In development mode."""
    return start(media, **toy_settings)


@pytest.fixture(scope="module")
def locked(start: Start, detectors: None, media: Path, toy_settings: dict[str, str]) -> Server:  # noqa: F811
    """With a secret, the APIs, and the studio behind them."""
    cloud = {"KEEPSIGHT_CLOUD__API_KEY": KEY, "KEEPSIGHT_CLOUD__API_SECRET": SECRET}
    return start(media, **toy_settings, **cloud, KEEPSIGHT_STUDIO__ENABLED="true")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """The system's Chromium."""
    playwright = pytest.importorskip("playwright.sync_api", reason="needs the extra [test]: playwright")
    chromium = which("chromium") or which("chromium-browser")
    if chromium is None:
        pytest.skip("needs Chromium, which is not installed")
    with playwright.sync_playwright() as driver:
        # A container has no user namespaces for the sandbox, and little shared memory.
        arguments = ["--no-sandbox", "--disable-dev-shm-usage"]
        running = driver.chromium.launch(executable_path=chromium, args=arguments)
        yield running
        running.close()
