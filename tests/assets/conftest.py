"""A real S3 endpoint and a real PostgreSQL, where the machine has them."""

from __future__ import annotations

from collections.abc import Iterator
from secrets import token_hex

import httpx
import pytest


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
