"""A server that is told to stop finishes what it is at, takes nothing new, and forgets no job."""

from __future__ import annotations

import signal
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote, urlsplit

import httpx
import pytest
from serving import Handler, serving

from .running import PATIENCE, Launch, Running, until

SECRETS = {"CLOUD__API_KEY": "key", "CLOUD__API_SECRET": "secret", "CLOUD__ACCESS_TOKENS": "token"}


def refuses(server: Running) -> bool:
    """Whether nobody can connect any more."""
    parts = urlsplit(server.url)
    try:
        socket.create_connection((parts.hostname, parts.port), timeout=5).close()
    except ConnectionRefusedError:
        return True
    return False


@pytest.mark.parametrize("options", [(), ("--workers", "2")], ids=["one process", "two processes"])
def test_what_is_in_work_is_finished_and_nothing_new_is_taken(
    launch: Launch, media: Path, options: tuple[str, ...]
) -> None:
    photo, gate = (media / "tom.jpg").read_bytes(), threading.Event()

    def slow(handler: Handler) -> None:
        gate.wait(100)
        handler.give(200, photo, Content_Type="image/jpeg")

    with serving(slow) as site, ThreadPoolExecutor(1) as pool:
        patient = {"FETCH__TIMEOUT": "100", "LIMITS__DEADLINE": "100", "SERVER__GRACE": "100"}
        server = launch(*options, FETCH__UNSAFE_ORIGINS=site.url, **patient)
        asked = pool.submit(server.get, f"/demo/image/fetch/w_30/{quote(site.url, safe='')}%2Ftom.jpg")
        until(lambda: site.requests)
        server.signal(signal.SIGTERM)
        until(lambda: refuses(server))
        assert not asked.done()
        assert server.process.poll() is None
        gate.set()
        assert asked.result().status_code == 200
        server.ended()


def test_who_takes_too_long_is_not_waited_for(launch: Launch) -> None:
    gate = threading.Event()
    with serving(lambda handler: gate.wait(100) and None) as site, ThreadPoolExecutor(1) as pool:
        server = launch(FETCH__UNSAFE_ORIGINS=site.url, FETCH__TIMEOUT="100", SERVER__GRACE="1")
        asked = pool.submit(server.get, f"/demo/image/fetch/w_30/{quote(site.url, safe='')}%2Ftom.jpg")
        until(lambda: site.requests)
        began = time.monotonic()
        server.signal(signal.SIGTERM)
        server.ended()
        assert time.monotonic() - began < 60  # and not the 100 of the other server
        gate.set()
        answer = asked.result()
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert "stop" in answer.headers["x-cld-error"]


def test_eager_images_are_made_after_a_restart(launch: Launch, media: Path) -> None:
    wanted = [f"c_scale,w_{1000 + number}" for number in range(12)]
    server = launch(SERVER__GRACE="0", **SECRETS)
    upload = httpx.post(
        f"{server.url}/v1_1/demo/image/upload",
        headers={"Authorization": "Bearer token"},
        data={"public_id": "made", "eager": "|".join(wanted), "eager_async": "true"},
        files={"file": (media / "tom.jpg").read_bytes()},
        timeout=PATIENCE,
    )
    assert [each["status"] for each in upload.json()["eager"]] == ["processing"] * len(wanted)
    server.signal(signal.SIGTERM)
    server.ended()
    before = len(list(server.data.glob("derived/*/*/*")))
    assert before < len(wanted), "it ended too late to show anything"
    again = launch(**SECRETS)
    began = time.monotonic()
    until(lambda: len(_derived(again)) == len(wanted))
    # Not only once the process that had it counts as dead, after half a minute: it gave the job back.
    assert {each["transformation"] for each in _derived(again)} == set(wanted)
    assert all(again.image(text, "made.jpg").headers["x-cache"] == "hit" for text in wanted)
    print(f"{before} of {len(wanted)} before, the rest {time.monotonic() - began:.1f} s after the start")


def _derived(server: Running) -> list[dict[str, str]]:
    url = f"{server.url}/v1_1/demo/resources/image/upload/made"
    found = httpx.get(url, headers={"Authorization": "Bearer token"}, timeout=PATIENCE).json()
    return list(found.get("derived", []))
