"""The studio over drawn scenes, with the toy detector: in this process, or as a real server with a real browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from scenes import compose
from starlette.testclient import TestClient

from keepsight.app import create_app
from keepsight.settings import load_settings
from tests.chromium import chromium
from tests.end_to_end.conftest import TOY, Server, Start, detectors, start, starting  # noqa: F401 - fixtures
from tests.studio.pages import SECONDS, Page, Visit

KEY, SECRET = "key", "abcd"
MARK = {"X-Keepsight-Studio": "1"}
CAT, DOG = (150.0, 200.0, 400.0, 450.0), (800.0, 350.0, 1100.0, 650.0)

Open = Callable[..., TestClient]


@pytest.fixture(scope="package")
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


@pytest.fixture(scope="package")
def toy_settings(media: Path) -> dict[str, str]:
    """Of a real server: the toy is the only model."""
    return {"KEEPSIGHT_MODELS__PRIVATE": str(TOY), "KEEPSIGHT_MODELS__WEIGHTS": str(media)}


@pytest.fixture(scope="package")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    """Starts servers; they end with the last test of the studio."""
    with starting(tmp_path_factory) as made:
        yield made


@pytest.fixture(scope="package")
def server(started: Start, detectors: None, media: Path, toy_settings: dict[str, str]) -> Server:  # noqa: F811
    """In development mode."""
    return started(media, **toy_settings)


@pytest.fixture(scope="package")
def locked(started: Start, detectors: None, media: Path, toy_settings: dict[str, str]) -> Server:  # noqa: F811
    """With a secret, the APIs, and the studio behind them."""
    cloud = {"KEEPSIGHT_CLOUD__API_KEY": KEY, "KEEPSIGHT_CLOUD__API_SECRET": SECRET}
    return started(media, **toy_settings, **cloud, KEEPSIGHT_STUDIO__ENABLED="true")


@pytest.fixture(scope="package")
def browser() -> Iterator[Any]:
    """The system's Chromium."""
    with chromium() as running:
        yield running


@pytest.fixture
def visit(browser: Any) -> Iterator[Visit]:
    """Open an address in a fresh context; what the page complains about fails the test."""
    contexts: list[Any] = []
    complaints: list[str] = []

    def opened(url: str, *, theme: str = "light", size: tuple[int, int] = (1280, 900), quiet: bool = True) -> Page:
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme=theme,
            permissions=["clipboard-read", "clipboard-write"],
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(SECONDS * 1_000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        if quiet:
            page.on(
                "response", lambda told: complaints.append(f"{told.status} {told.url}") if told.status >= 500 else None
            )
        page.goto(url)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert not complaints


@pytest.fixture
def member(visit: Visit, locked: Server) -> Page:
    """A page of the server with a secret, logged in."""
    page = visit(f"{locked.url}/studio")
    page.get_by_label("API key").fill(KEY)
    page.get_by_label("API secret").fill(SECRET)
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("heading", name="Crop", exact=True).wait_for()
    return page
