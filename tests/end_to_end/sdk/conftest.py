"""A real server with a secret, and the official SDKs pointed at it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import cloudinary
import pytest
from PIL import Image

from tests.conftest import shared
from tests.end_to_end.conftest import Server, Start

KEY, SECRET, TOKEN = "key", "abcd", "a-bearer-token"


def secrets(**more: str) -> dict[str, str]:
    """Settings under which the APIs answer."""
    cloud = {"KEEPSIGHT_CLOUD__API_KEY": KEY, "KEEPSIGHT_CLOUD__API_SECRET": SECRET}
    return cloud | {"KEEPSIGHT_CLOUD__ACCESS_TOKENS": TOKEN, "KEEPSIGHT_MODELS__PRELOAD": "false"} | more


def pointed_at(server: Server) -> None:
    """The Python SDK's configuration, which is one for the process."""
    host = server.url.removeprefix("http://")
    cloudinary.config(
        cloud_name="demo", api_key=KEY, api_secret=SECRET, upload_prefix=server.url, cname=host, secure=False
    )


@pytest.fixture(scope="module")
def server(start: Start, tmp_path_factory: pytest.TempPathFactory) -> Server:
    """Without detectors."""
    return start(tmp_path_factory.mktemp("media"), **secrets())


@pytest.fixture
def sdk(server: Server) -> Iterator[Server]:
    """The Python SDK, pointed at the server of the module."""
    pointed_at(server)
    yield server
    cloudinary.reset_config()


@pytest.fixture(scope="module")
def seeing(start: Start, detectors: None, tmp_path_factory: pytest.TempPathFactory) -> Server:
    """A server with the stand-in weights."""
    weights = str(shared("models"))
    return start(tmp_path_factory.mktemp("media"), **secrets(KEEPSIGHT_MODELS__WEIGHTS=weights))


@pytest.fixture(scope="session")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """300 x 200, red with a blue quarter at the top left."""
    image = Image.new("RGB", (300, 200), "#ff0000")
    image.paste("#0000ff", (0, 0, 150, 100))
    path = tmp_path_factory.mktemp("pictures") / "two colours.jpg"
    image.save(path, quality=95)
    return path


@pytest.fixture
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No configuration of a developer's own account."""
    for name in [name for name in os.environ if name.startswith("CLOUDINARY")]:
        monkeypatch.delenv(name)
