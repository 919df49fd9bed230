"""The servers that are compared: thumbor and ipx, installed in a folder of their own, and Keepsight from this tree.

Each is one process with as many threads for images as there are cores, reads its originals from the same folder, and
keeps no result: thumbor and ipx as they are set up here, Keepsight by being asked for something new each time.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from benchmarks.measuring import Server, free_port, serving

CORES = os.cpu_count() or 1
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "keepsight-benchmarks"
"""Where peers are installed once."""
_THUMBOR = """
LOADER = "thumbor.loaders.file_loader"
FILE_LOADER_ROOT_PATH = {sources!r}
STORAGE = "thumbor.storages.no_storage"
RESULT_STORAGE = None
ALLOW_UNSAFE_URL = True
ENGINE_THREADPOOL_SIZE = {cores}
AVIF_SPEED = 10
{more}
"""


@contextmanager
def keepsight(sources: Path, environment: Mapping[str, str] | None = None) -> Iterator[Server]:
    """Keepsight over a folder of originals, without models."""
    port = free_port()
    command = [sys.executable, "-m", "keepsight.cli", "serve", str(sources), "--port", str(port)]
    with tempfile.TemporaryDirectory(prefix="keepsight-") as data:
        settings = {"STORAGE__DATA": data, "MODELS__PRELOAD": "false", "MODELS__WEIGHTS": data}
        named = {f"KEEPSIGHT_{key}": value for key, value in settings.items()}
        with serving("keepsight", command, port, {**named, **(environment or {})}) as server:
            yield server


@contextmanager
def thumbor(sources: Path, more: str = "", cache: Path = CACHE, package: str = "thumbor>=7.7") -> Iterator[Server]:
    """Thumbor over a folder of originals; `more` lines for its configuration."""
    folder = cache / "thumbor"
    program = folder / "bin" / "thumbor"
    if not program.exists():
        venv.create(folder, with_pip=True, clear=True)
        _run(str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", package)
    port = free_port()
    with tempfile.NamedTemporaryFile("w", suffix=".conf") as configuration:
        configuration.write(_THUMBOR.format(sources=str(sources), cores=CORES, more=more))
        configuration.flush()
        command = [str(program), "--ip", "127.0.0.1", "--port", str(port), "--conf", configuration.name]
        with serving("thumbor", command, port, path="/healthcheck") as server:
            yield server


@contextmanager
def ipx(sources: Path, cache: Path = CACHE) -> Iterator[Server]:
    """Ipx, which is libvips through sharp, over a folder of originals."""
    folder = cache / "ipx"
    program = folder / "node_modules" / "ipx" / "bin" / "ipx.mjs"
    if not program.exists():
        folder.mkdir(parents=True, exist_ok=True)
        _run(
            _program("npm"), "install", "--no-fund", "--no-audit", "--loglevel=error", "--prefix", str(folder), "ipx@3"
        )
    port = free_port()
    command = [_program("node"), str(program), "serve", "--dir", str(sources), "--host", "127.0.0.1"]
    with serving("ipx", [*command, "--port", str(port)], port, {"NODE_ENV": "production"}) as server:
        yield server


def versions(cache: Path = CACHE) -> str:
    """Which releases of the peers are installed, for the documents."""
    python = cache / "thumbor" / "bin" / "python"
    script = 'from importlib.metadata import version as v; print(f\'thumbor {v("thumbor")} (Pillow {v("pillow")})\')'
    there = subprocess.run([str(python), "-c", script], capture_output=True, text=True, check=True).stdout.strip()
    script = "for (const p of ['ipx', 'sharp']) console.log(p, require(`./node_modules/${p}/package.json`).version)"
    names = subprocess.run(
        [_program("node"), "-e", script], cwd=cache / "ipx", capture_output=True, text=True, check=True
    ).stdout.split("\n")
    return f"{there}, {names[0]} ({names[1]})"


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise RuntimeError(f"{name} is not installed (Debian: apt-get install nodejs npm)")
    return found


def _run(*command: str) -> None:
    subprocess.run(command, check=True)
