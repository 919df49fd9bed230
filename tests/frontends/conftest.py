"""Pages that front ends built, opened in a real Chromium, with every picture from a real server behind a real nginx.

Their packages are installed by `make test` into the virtual environment, as `frontends/`; the tests install nothing.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pytest
from filelock import FileLock
from PIL import Image
from scenes import compose

from tests.chromium import chromium
from tests.code_blocks import code_blocks
from tests.end_to_end.conftest import TOY, Server, Start, detectors, starting  # noqa: F401 - fixtures
from tests.frontends.pages import UNCHECKED, Gallery, Pictures
from tests.waiting import PATIENCE, free_port, until

APPS = Path(__file__).parent / "apps"
KEY, SECRET = "KEY", "SECRET"  # as the documents write them
NAMES = '{"card": "c_fill,g_auto,w_400,h_300,f_auto,q_auto", "half": "c_scale,w_150"}'
CAT, DOG = (150.0, 200.0, 400.0, 450.0), (800.0, 350.0, 1100.0, 650.0)
BUILD_SECONDS = 500
NODE = 20
"""The oldest that Next.js, Nuxt and Astro run on."""
QUIET = {"NEXT_TELEMETRY_DISABLED": "1", "ASTRO_TELEMETRY_DISABLED": "1", "NUXT_TELEMETRY_DISABLED": "1"}

Build = Callable[..., Path]
Run = Callable[..., str]


@pytest.fixture(scope="session")
def packages() -> Iterator[Path]:
    """The folder with what npm installed; nobody else builds in it meanwhile."""
    folder = Path(sys.prefix) / "frontends"
    if shutil.which("node") is None or not (folder / "node_modules" / "next").is_dir():
        pytest.skip("needs the packages of tests/frontends/apps, which `make test` installs where npm is")
    version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    if int(version.removeprefix("v").partition(".")[0]) < NODE:
        pytest.skip(f"needs Node.js {NODE}, not {version}")
    with FileLock(folder / "lock"):
        yield folder


@pytest.fixture(scope="session")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Another server with a picture, for URLs of type fetch."""
    folder = tmp_path_factory.mktemp("photos")
    compose((800, 600), [("cat", (100.0, 100.0, 300.0, 300.0))], 7).image.save(folder / "remote.jpg")
    with files_served(folder) as url:
        yield url


@pytest.fixture(scope="session")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("media")
    (folder / "pets").mkdir()
    compose((1200, 800), [("cat", CAT), ("dog", DOG)], 1).image.save(folder / "pets" / "tom.jpg", quality=92)
    Image.new("RGBA", (120, 60), (200, 30, 30, 180)).save(folder / "logo.png")
    return folder


@pytest.fixture(scope="session")
def start_server(
    tmp_path_factory: pytest.TempPathFactory,
    detectors: None,  # noqa: F811
    media: Path,
    photos: str,
) -> Iterator[Callable[..., Server]]:
    """Starts servers with the secret of the documents; the toy, which knows cats, is the only model."""
    settings = {
        "KEEPSIGHT_CLOUD__API_KEY": KEY,
        "KEEPSIGHT_CLOUD__API_SECRET": SECRET,
        "KEEPSIGHT_MODELS__PRIVATE": str(TOY),
        "KEEPSIGHT_MODELS__WEIGHTS": str(media),
        "KEEPSIGHT_MODELS__STARTER": "false",
        "KEEPSIGHT_FETCH__UNSAFE_ORIGINS": photos,
        "KEEPSIGHT_TRANSFORMATIONS": NAMES,
    }
    with starting(tmp_path_factory) as start:
        yield lambda **more: start(media, **settings | more)


@pytest.fixture(scope="session")
def server(start_server: Callable[..., Server]) -> Server:
    return start_server()


@pytest.fixture(scope="session")
def https(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of nginx with the configuration of docs/frontends/index.md and a certificate of its own."""
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None or shutil.which("openssl") is None:
        pytest.skip("needs nginx (Debian: nginx-light) and openssl")
    folder, port = tmp_path_factory.mktemp("nginx"), free_port()
    certificate = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj"]
    certificate += ["/CN=pictures.example", "-keyout", f"{folder}/pictures.example.key"]
    subprocess.run([*certificate, "-out", f"{folder}/pictures.example.pem"], check=True, capture_output=True)
    block = code_blocks("frontends/index.md")["pictures.conf"]
    for stands, here in (
        ("listen 443 ssl;", f"listen 127.0.0.1:{port} ssl;"),
        ("/etc/ssl/", f"{folder}/"),
        ("http://127.0.0.1:8000;", f"{server.url};"),
    ):
        assert stands in block
        block = block.replace(stands, here)
    own = "".join(f"{k}_temp_path {folder}/{k};\n" for k in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    user = "user root;\n" if os.geteuid() == 0 else ""  # the folders of the test are its own
    (folder / "nginx.conf").write_text(
        f"{user}pid {folder}/pid;\nevents {{}}\nhttp {{\naccess_log off;\n{own}{block}}}\n", "utf-8"
    )
    process = subprocess.Popen(
        [program, "-c", str(folder / "nginx.conf"), "-g", "daemon off;", "-e", str(folder / "log")]
    )
    until(lambda: answers(f"https://127.0.0.1:{port}/health"))
    yield port
    process.terminate()
    process.wait(PATIENCE)


@pytest.fixture(scope="package")
def browser(https: int) -> Iterator[Any]:
    """The system's Chromium, for which pictures.example is that nginx."""
    with chromium(f"--host-resolver-rules=MAP pictures.example:443 127.0.0.1:{https}") as running:
        yield running


@pytest.fixture(scope="package")
def gallery(browser: Any, https: int) -> Gallery:
    """Opens a page and says what its pictures are: `gallery(url)`. Fails on what the page complains about."""

    def opened(url: str) -> Pictures:
        context = new_context(browser)
        try:
            return Pictures.of(context, url, f"https://127.0.0.1:{https}")
        finally:
            context.close()

    return opened


@pytest.fixture(scope="session")
def build(packages: Path, photos: str) -> Build:
    """Builds an app: `build("next", command, {path in the app: text})`; what it printed on failure is in the error."""

    def built(app: str, command: list[str], files: dict[str, str]) -> Path:
        folder = packages / app
        for old in folder.iterdir():
            if old.name not in ("node_modules", "package.json"):
                shutil.rmtree(old) if old.is_dir() else old.unlink()
        shutil.copytree(APPS / app, folder, dirs_exist_ok=True)
        for name, text in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, "utf-8")
        program = packages / "node_modules" / ".bin" / command[0]
        done = subprocess.run(
            [str(program), *command[1:]],
            cwd=folder,
            env=bare_environment() | {"NEXT_PUBLIC_PHOTOS": photos},
            capture_output=True,
            text=True,
            timeout=BUILD_SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        return folder

    return built


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """Runs a web server until the end: `run(command, folder, PORT)`, where `{port}` in the command is its port."""
    running: list[subprocess.Popen[bytes]] = []

    def started(command: list[str], folder: Path, **environment: str) -> str:
        port = free_port()
        log = tmp_path_factory.mktemp("web") / "log"
        process = subprocess.Popen(
            [part.format(port=port) for part in command],
            cwd=folder,
            env=bare_environment() | {"PORT": str(port), "HOST": "127.0.0.1"} | environment,
            stdout=log.open("wb"),
            stderr=subprocess.STDOUT,
        )
        running.append(process)
        url = f"http://127.0.0.1:{port}"

        def up() -> bool:
            assert process.poll() is None, log.read_text("utf-8")
            return answers(url)

        until(up, "the web server did not answer")
        return url

    yield started
    for process in running:
        process.terminate()
    for process in running:
        process.wait(PATIENCE)


def new_context(browser: Any) -> Any:
    """A profile of its own, 1000 pixels wide, that takes the certificate which nobody signed."""
    return browser.new_context(ignore_https_errors=True, viewport={"width": 1000, "height": 800})


def bare_environment() -> dict[str, str]:
    """That of this process, without settings of somebody's own account; front ends tell nobody that they run."""
    kept = {k: v for k, v in os.environ.items() if "CLOUDINARY" not in k and not k.startswith("KEEPSIGHT_")}
    return kept | QUIET


def answers(url: str) -> bool:
    """Whether somebody answers there, whatever."""
    try:
        httpx.get(url, verify=UNCHECKED, timeout=PATIENCE)
    except httpx.TransportError:
        return False
    return True


class files_served:  # noqa: N801 - a context manager, called like a function
    """Serves a folder on the loopback while the block runs; gives the address."""

    def __init__(self, folder: Path) -> None:
        handler = partial(_Quiet, directory=str(folder))
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)

    def __enter__(self) -> str:
        Thread(target=self._server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{self._server.server_port}"

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Quiet(SimpleHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/favicon.ico":  # which a browser asks for, whatever the page says
            self.send_response(204)
            self.end_headers()
        else:
            super().do_GET()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the base
        pass
