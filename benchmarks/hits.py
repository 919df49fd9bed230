"""Cache hits beside nginx, and beside the least that a Python server can do.

    python -m benchmarks.hits [--rounds 5] [--seconds 2] [--markdown FILE]

Needs nginx and wrk (Debian: apt-get install nginx-light wrk). A picture of about 30 KB is asked for over and over, by
16 connections, of one worker each, in turn: nginx with the file on disk, the nginx of docker/nginx.conf before
Keepsight, a bare ASGI application under uvicorn with the same bytes (once with the headers that Keepsight sends, once
with three), the same under granian if that is installed, Keepsight, and Keepsight's 304.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from statistics import median

import httpx
import numpy as np
from PIL import Image

from benchmarks.measuring import Load, Server, free_port, machine, ratios, serving, table, turns, wrk

PICTURE = "/demo/image/upload/c_fill,w_400,h_300,q_80/noise.jpg"
NGINX, CACHED, BARE, LEAN, GRANIAN, HIT, UNCHANGED = (
    "nginx, file",
    "nginx, cache before Keepsight",
    "bare uvicorn, Keepsight's headers",
    "bare uvicorn, 3 headers",
    "bare granian, Keepsight's headers",
    "Keepsight, hit",
    "Keepsight, 304",
)

_FILES_CONF = """
daemon off; worker_processes 1; error_log {folder}/error.log; pid {folder}/files.pid;
events {{ worker_connections 512; }}
http {{
    access_log off; sendfile on; tcp_nopush on; types {{ image/jpeg jpg; }}
    server {{ listen 127.0.0.1:{port}; root {folder}/root; }}
}}
"""
_SHIPPED_CONF = Path(__file__).resolve().parents[1] / "docker" / "nginx.conf"


@dataclass(frozen=True, slots=True)
class Turn:
    """One contender for some seconds."""

    load: Load
    work: float
    """Processor microseconds of the server's whole family for one request."""


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=2, help="of each turn")
    parser.add_argument("--markdown", type=Path, help="append the table to this file")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as running:
        contenders = _contenders(Path(folder), running, given.seconds)
        results = turns(given.rounds, contenders)
    report = f"{machine()}\n`python -m benchmarks.hits --rounds {given.rounds} --seconds {given.seconds}`\n\n"
    report += _table(results)
    print(report)
    if given.markdown:
        with given.markdown.open("a", encoding="utf-8") as file:
            file.write(report + "\n")


def _contenders(folder: Path, running: ExitStack, seconds: int) -> dict[str, Callable[[], Turn]]:
    media, root = folder / "media", folder / "root"
    media.mkdir()
    _noise().save(media / "noise.jpg", quality=95)
    keepsight = running.enter_context(
        serving(
            "keepsight",
            [sys.executable, "-m", "keepsight", "serve", str(media), "--port", str(port := free_port())],
            port,
            {"KEEPSIGHT_STORAGE__DATA": str(folder / "data"), "KEEPSIGHT_MODELS__PRELOAD": "false"},
        )
    )
    answer = _hit(keepsight)
    file = root / PICTURE.lstrip("/")
    file.parent.mkdir(parents=True)
    file.write_bytes(answer.content)
    headers = [(n.decode(), v.decode()) for n, v in answer.headers.raw if n != b"date"]
    print(f"{len(answer.content)} bytes, {len(headers)} headers", file=sys.stderr)
    files = running.enter_context(
        _nginx("files", folder, _FILES_CONF.format(folder=folder, port=(port := free_port())), port)
    )
    cache = running.enter_context(_nginx("cache", folder, _shipped(folder, keepsight, port := free_port()), port))
    few = [pair for pair in headers if pair[0] in {"content-type", "content-length", "etag"}]
    every = [
        (NGINX, files, ()),
        (CACHED, cache, ()),
        *((name, server, ()) for name, server in _bare(folder, answer.content, headers, few, running)),
        (HIT, keepsight, ()),
        (UNCHANGED, keepsight, (f"If-None-Match: {answer.headers['etag']}",)),
    ]
    return {name: _turn(server, seconds, said) for name, server, said in every}


def _noise() -> Image.Image:
    """A picture with as much detail as a photo has, the same every time."""
    chance = np.random.default_rng(7)
    layers = [
        np.asarray(Image.fromarray(chance.integers(0, 256, (n, n * 3 // 2, 3), np.uint8)).resize((3000, 2000)))
        for n in (8, 64, 256)
    ]
    return Image.fromarray(np.average(layers, axis=0, weights=(4, 2, 1.5)).astype(np.uint8))


def _hit(keepsight: Server) -> httpx.Response:
    """The answer from memory."""
    for _ in range(2):
        answer = httpx.get(keepsight.url + PICTURE, timeout=60).raise_for_status()
    assert answer.headers["x-cache"] == "hit"
    return answer


@contextmanager
def _nginx(name: str, folder: Path, conf: str, port: int) -> Iterator[Server]:
    """A server with this configuration, which has the picture."""
    file, program = folder / f"{name}.conf", shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        sys.exit("nginx is not installed (Debian: apt-get install nginx-light)")
    user = "user root;" if os.geteuid() == 0 else ""  # temporary folders are their maker's own
    temporary = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in ("fastcgi", "uwsgi", "scgi"))
    file.write_text(user + conf.replace("http {", f"http {{ {temporary}", 1))
    with serving(name, [program, "-e", f"{folder}/error.log", "-c", str(file)], port, path=PICTURE) as nginx:
        for _ in range(2):
            httpx.get(nginx.url + PICTURE, timeout=60).raise_for_status()
        yield nginx


def _shipped(folder: Path, origin: Server, port: int) -> str:
    """The configuration that ships, for one worker here."""
    text = "daemon off;" + _SHIPPED_CONF.read_text("utf-8")
    for stands, here in (
        ("worker_processes auto;", "worker_processes 1;"),
        ("listen 8080;", f"listen 127.0.0.1:{port};"),
        ("server keepsight:8000;", f"server {origin.url.removeprefix('http://')};"),
        ("/var/cache/nginx", str(folder)),
        ("/tmp/nginx.pid", f"{folder}/cache.pid"),  # noqa: S108 - what stands there
        ("/dev/stderr", f"{folder}/error.log"),
    ):
        if stands not in text:
            sys.exit(f"no {stands!r} in {_SHIPPED_CONF}")
        text = text.replace(stands, here)
    return text


def _bare(
    folder: Path, body: bytes, all_: Sequence[tuple[str, str]], few: Sequence[tuple[str, str]], running: ExitStack
) -> Iterator[tuple[str, Server]]:
    options = ["--no-access-log", "--no-proxy-headers", "--no-server-header", "--log-level", "warning"]
    uvicorn = [sys.executable, "-m", "uvicorn", "benchmarks.bare:app", *options, "--port"]
    granian = [sys.executable, "-m", "granian", "benchmarks.bare:app", "--interface", "asginl", "--no-ws", "--port"]
    commands = [(BARE, uvicorn, all_), (LEAN, uvicorn, few)]
    if find_spec("granian"):
        commands.append((GRANIAN, granian, all_))
    for name, command, headers in commands:
        place = folder / name
        place.mkdir()
        (place / "body").write_bytes(body)
        (place / "answer").write_text(json.dumps(headers))
        port = free_port()
        server = serving(name, [*command, str(port)], port, {"BARE_ANSWER": str(place / "answer")})
        yield name, running.enter_context(server)


def _turn(server: Server, seconds: int, headers: Sequence[str]) -> Callable[[], Turn]:
    def turn() -> Turn:
        before = server.cpu()
        load = wrk(server.url + PICTURE, seconds, headers=headers)
        return Turn(load, (server.cpu() - before) / (load.rate * seconds) * 1e6)

    return turn


def _table(results: dict[str, list[Turn]]) -> str:
    rates = {name: [turn.load.rate for turn in each] for name, each in results.items()}
    waits = ratios({name: [turn.load.p99 for turn in each] for name, each in results.items()}, NGINX)
    to = {peer: ratios(rates, peer) for peer in (NGINX, BARE, LEAN)}
    rows = [
        [
            name,
            median(rates[name]),
            *(to[peer][name] for peer in to),
            median(turn.work for turn in each),
            median(turn.load.p50 for turn in each),
            median(turn.load.p99 for turn in each),
            waits[name],
        ]
        for name, each in results.items()
    ]
    head = ["", "req/s", "of nginx", "of bare", "of bare, 3 headers", "processor us", "p50 ms", "p99 ms", "x nginx's"]
    return table(head, rows)


if __name__ == "__main__":
    main()
