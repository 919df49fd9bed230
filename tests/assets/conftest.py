"""A real S3 endpoint and a real PostgreSQL, where the machine has them."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex
from shutil import chown, rmtree, which
from tempfile import mkdtemp

import httpx
import psycopg
import pytest

from keepsight.assets.catalogue.database import Database, open_database
from keepsight.assets.catalogue.migrate import migrate


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    """A server that speaks S3 over HTTP on the loopback."""
    server = pytest.importorskip("moto.server", reason="needs moto[server], a test dependency")
    thread = server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    thread.start()
    host, port = thread.get_host_and_port()
    yield f"http://{host}:{port}"
    thread.stop()


@pytest.fixture
def s3_bucket(s3_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The URL of a prefix in a fresh bucket, as it is written in a configuration."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    bucket = f"bucket-{token_hex(6)}"
    httpx.put(f"{s3_endpoint}/{bucket}").raise_for_status()
    return f"s3://{bucket}/originals?endpoint={s3_endpoint}&region=us-east-1"


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The URL of a real server on a socket of its own, without the care for crashes that tests do not need."""
    programs = [found.parent for found in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    programs += [Path(found).parent] if (found := which("initdb")) else []
    if not programs:
        pytest.skip("needs a PostgreSQL server: no initdb on this machine")
    # PostgreSQL refuses to run as root; sockets have names of at most 107 characters.
    user = "nobody" if os.geteuid() == 0 else None
    folder = Path(mkdtemp(prefix="keepsight-pg-", dir="/tmp"))
    if user:
        chown(folder, user)
    data = folder / "data"

    def run(program: str, *arguments: str) -> None:
        log = folder / "log"
        done = subprocess.run(
            [programs[-1] / program, *arguments], check=False, user=user, cwd=folder, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr + (log.read_text() if log.exists() else "")

    run("initdb", "-D", str(data), "-U", "keepsight", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
    options = f"-k {folder} -c listen_addresses= -c fsync=off -c max_connections=60"
    run("pg_ctl", "-D", str(data), "-l", str(folder / "log"), "-w", "-o", options, "start")
    yield f"postgresql://keepsight@/postgres?host={folder}"
    run("pg_ctl", "-D", str(data), "-m", "immediate", "-w", "stop")
    rmtree(folder)


@contextmanager
def empty_database(kind: str, folder: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of an empty database, sqlite or postgresql; gone afterwards."""
    if kind == "sqlite":
        yield f"sqlite:///{folder}/catalogue.sqlite"
        return
    server, name = str(request.getfixturevalue("postgresql")), f"test_{token_hex(6)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} STRATEGY wal_log")
    yield server.replace("/postgres?", f"/{name}?")
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def migrated(url: str) -> Iterator[Database]:
    """A catalogue, up to date."""
    opened = open_database(url)
    migrate(opened)
    yield opened
    opened.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database of either kind."""
    with empty_database(request.param, tmp_path, request) as url:
        yield url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An empty catalogue in either database."""
    with migrated(database_url) as opened:
        yield opened
