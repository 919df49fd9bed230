"""A real server with a secret, and the official SDKs pointed at it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from shutil import copytree, which

import cloudinary
import pytest
from PIL import Image

from tests.conftest import shared
from tests.end_to_end.conftest import Server, Start

NODE = Path(__file__).parent / "node"
INSTALL_SECONDS = 300
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


@pytest.fixture(scope="session")
def node(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the scripts and the installed SDKs; KEEPSIGHT_TEST_NODE names one to use again."""
    if which("npm") is None or which("node") is None:
        pytest.skip("needs npm and node, which are not installed")
    kept = os.environ.get("KEEPSIGHT_TEST_NODE")
    folder = Path(kept) if kept else tmp_path_factory.mktemp("node")
    copytree(NODE, folder, dirs_exist_ok=True)
    if not (folder / "node_modules" / "cloudinary").is_dir():
        install = ["npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel", "error"]
        done = subprocess.run(
            install, cwd=folder, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False
        )
        if done.returncode != 0:
            pytest.skip(f"needs a package registry for npm: {done.stderr[-300:]}")
    return folder
