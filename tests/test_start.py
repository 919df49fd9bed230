"""What a server does without until somebody asks for it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

HEAVY = {
    "alembic", "cv2", "fastapi", "httpx", "inflect", "obstore", "onnxruntime", "openvino", "procrastinate", "psycopg",
    "pyvips", "sqlalchemy", "starlette", "torch", "torchvision", "ultralytics", "websockets",
}  # fmt: skip

PROGRAM = """
import asyncio, sys
import keepsight.__main__, keepsight.cli
from keepsight.app import from_environment

async def ask(app, path):
    sent = []
    async def receive(): return {"type": "http.request"}
    async def send(message): sent.append(message)
    scope = {"type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "query_string": b"",
             "headers": [], "client": ("127.0.0.1", 1), "http_version": "1.1", "scheme": "http", "root_path": ""}
    await app(scope, receive, send)
    return sent[0]["status"]

async def main():
    app = from_environment()
    steps = iter(("lifespan.startup", "lifespan.shutdown"))
    ready = asyncio.Event()
    async def receive():
        step = next(steps)
        if step == "lifespan.shutdown":
            await ready.wait()
        return {"type": step}
    said = []
    async def send(message): said.append(message["type"])
    living = asyncio.create_task(app({"type": "lifespan"}, receive, send))
    for path in sys.argv[1:]:
        assert await ask(app, path) == 200, path
    ready.set()
    await living
    assert said == ["lifespan.startup.complete", "lifespan.shutdown.complete"], said

asyncio.run(main())
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""

CROP = "/demo/image/upload/c_fill,g_auto,w_40,h_30/one.jpg"


@pytest.fixture
def media(tmp_path: Path) -> Path:
    folder = tmp_path / "media"
    folder.mkdir()
    Image.radial_gradient("L").convert("RGB").save(folder / "one.jpg")
    return folder


def imported(media: Path, *paths: str, **settings: str) -> set[str]:
    """The packages that a server has imported once it has answered these paths."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("KEEPSIGHT_")}
    environment |= {
        "KEEPSIGHT_STORAGE__MEDIA": str(media),
        "KEEPSIGHT_STORAGE__DATA": str(media.parent / "data"),
        "KEEPSIGHT_MODELS__WEIGHTS": str(media.parent),
        "KEEPSIGHT_MODELS__STARTER": "false",
    } | settings
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *paths], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def test_a_crop_needs_none_of_the_heavy_packages(media: Path) -> None:
    assert imported(media, CROP) & HEAVY == set()


def test_pages_come_with_the_first_that_is_asked_for(media: Path) -> None:
    assert {"fastapi", "starlette"} <= imported(media, "/health", "/models", "/", "/openapi.json", CROP)


def test_a_secret_brings_the_apis(media: Path) -> None:
    secret = {"KEEPSIGHT_CLOUD__API_KEY": "key", "KEEPSIGHT_CLOUD__API_SECRET": "made up for this test"}
    there = imported(media, "/demo/image/upload/w_40/one.jpg", **secret)
    assert {"sqlalchemy", "starlette"} <= there
    assert there & {"torch", "onnxruntime", "openvino", "pyvips"} == set()


def test_a_server_that_stops_while_it_loads_networks_ends_well(media: Path) -> None:
    pytest.importorskip("onnxruntime")
    there = imported(media, "/demo/image/upload/w_40/one.jpg", KEEPSIGHT_MODELS__STARTER="true")
    assert "onnxruntime" in there


def test_what_is_kept_is_for_the_servers_user_alone(media: Path) -> None:
    """Also in a folder that an older version made for everybody to read."""
    data = media.parent / "data"
    data.mkdir(mode=0o755)
    data.chmod(0o755)
    secret = {"KEEPSIGHT_CLOUD__API_KEY": "key", "KEEPSIGHT_CLOUD__API_SECRET": "abcd"}
    imported(media, CROP, **secret)
    kept = [data, *data.rglob("*")]
    assert any(path.is_file() for path in kept)
    assert [path for path in kept if path.stat().st_mode & 0o077] == []
