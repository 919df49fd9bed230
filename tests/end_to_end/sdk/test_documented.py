"""The code of docs/sdks.md, taken out of it and run as it stands there; only the port is that of the test's server."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from PIL import Image

from tests.code_blocks import code_of_tabs
from tests.end_to_end.conftest import Server, Start
from tests.end_to_end.sdk.conftest import secrets

CODE = code_of_tabs("sdks.md")
NODE = ("JavaScript, React, Vue, Angular (url-gen)", "jQuery and cloudinary-core")
NOT_RUN = {
    "Ruby": "the gem cloudinary", "PHP": "the package cloudinary/cloudinary_php", "Java": "com.cloudinary from Maven",
    ".NET": "dotnet and CloudinaryDotNet", "Go": "the module cloudinary-go",
    "Android": "an Android SDK", "iOS": "Xcode",
}  # fmt: skip


@pytest.fixture(scope="module")
def documented(start: Start, tmp_path_factory: pytest.TempPathFactory) -> Server:
    """A server with the secret that the page names."""
    return start(tmp_path_factory.mktemp("media"), **secrets(KEEPSIGHT_CLOUD__API_SECRET="secret"))


def code(tab: str, server: Server) -> str:
    """The code of a tab, at the port of the server."""
    return CODE[tab].replace("127.0.0.1:8000", server.url.removeprefix("http://"))


def shows(address: str, server: Server) -> None:
    assert address.startswith(f"{server.url}/demo/image/upload/"), address
    answer = httpx.get(address, timeout=60)
    assert answer.status_code == 200, (address, answer.text)
    with Image.open(io.BytesIO(answer.content)) as image:
        assert image.size == (300, 300)


def ran(command: list[str | Path], folder: Path, **environment: str) -> str:
    """The last line that a program prints, in an environment that knows no account of its own."""
    rest = {name: value for name, value in os.environ.items() if not name.startswith("CLOUDINARY")}
    done = subprocess.run(
        command, cwd=folder, env=rest | environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip().splitlines()[-1]


@pytest.fixture
def tom(tmp_path: Path) -> Path:
    """A folder with the picture that the page names."""
    Image.effect_noise((640, 480), 90).convert("RGB").save(tmp_path / "tom.jpg")
    return tmp_path


def test_python(documented: Server, tom: Path) -> None:
    (tom / "snippet.py").write_text(code("Python", documented), "utf-8")
    shows(ran([sys.executable, "snippet.py"], tom), documented)


def test_node(documented: Server, node: Path, tom: Path) -> None:
    (node / "snippet.cjs").write_text(code("Node.js", documented), "utf-8")
    shows(ran(["node", node / "snippet.cjs"], tom), documented)


@pytest.mark.parametrize("tab", NODE)
def test_browser(documented: Server, node: Path, tom: Path, tab: str) -> None:
    test_python(documented, tom)  # uploads what it shows
    (node / "snippet.mjs").write_text(code(tab, documented), "utf-8")
    shows(ran(["node", node / "snippet.mjs"], tom), documented)


def test_cld(documented: Server, tom: Path) -> None:
    cld = Path(sys.executable).with_name("cld")
    if not cld.exists():
        pytest.skip("needs cloudinary-cli, a test dependency")
    path = f"{cld.parent}{os.pathsep}{os.environ['PATH']}"
    printed = ran(["sh", "-ec", code("cld", documented)], tom, PATH=path, HOME=str(tom), NO_COLOR="1")
    shows(printed, documented)


@pytest.mark.parametrize("tab", NOT_RUN)
def test_others(tab: str) -> None:
    assert CODE[tab]
    pytest.skip(f"needs {NOT_RUN[tab]}, which the registries of pip and npm do not have")


def test_every_tab_is_here() -> None:
    assert set(CODE) == {"Python", "Node.js", *NODE, "cld", *NOT_RUN}
