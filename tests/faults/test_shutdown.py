"""A server that is told to stop finishes what it is at, takes nothing new, and forgets no job."""

from __future__ import annotations

import signal
import socket
import threading
import time
from base64 import urlsafe_b64encode
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote, urlsplit

import httpx
import pytest
from serving import Handler, Site, serving

from tests.waiting import PATIENCE, until

from .running import Launch, Running

SECRETS = {"CLOUD__API_KEY": "key", "CLOUD__API_SECRET": "secret", "CLOUD__ACCESS_TOKENS": "token"}


def refuses(server: Running) -> bool:
    """Whether nobody can connect any more."""
    parts = urlsplit(server.url)
    try:
        socket.create_connection((parts.hostname, parts.port), timeout=PATIENCE).close()
    except ConnectionRefusedError:
        return True
    return False


@pytest.mark.parametrize("options", [(), ("--workers", "2")], ids=["one process", "two processes"])
def test_what_is_in_work_is_finished_and_nothing_new_is_taken(
    launch: Launch, media: Path, options: tuple[str, ...]
) -> None:
    photo, gate = (media / "tom.jpg").read_bytes(), threading.Event()

    def slow(handler: Handler) -> None:
        gate.wait(PATIENCE)
        handler.give(200, photo, Content_Type="image/jpeg")

    with serving(slow) as site, ThreadPoolExecutor(1) as pool:
        server = launch(*options, FETCH__UNSAFE_ORIGINS=site.url, SERVER__GRACE=str(int(PATIENCE)))
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
    with serving(lambda handler: gate.wait(PATIENCE) and None) as site, ThreadPoolExecutor(1) as pool:
        server = launch(FETCH__UNSAFE_ORIGINS=site.url, SERVER__GRACE="1")
        asked = pool.submit(server.get, f"/demo/image/fetch/w_30/{quote(site.url, safe='')}%2Ftom.jpg")
        until(lambda: site.requests)
        began = time.monotonic()
        server.signal(signal.SIGTERM)
        server.ended()
        assert time.monotonic() - began < PATIENCE / 2  # and not as long as the other server takes
        gate.set()
        answer = asked.result()
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert "stop" in answer.headers["x-cld-error"]


def test_eager_images_are_made_after_a_restart(launch: Launch, media: Path) -> None:
    photo, gate = (media / "tom.jpg").read_bytes(), threading.Event()

    def slow(handler: Handler) -> None:
        gate.wait(PATIENCE)
        handler.give(200, photo, Content_Type="image/jpeg")

    with serving(slow) as site:
        stopped_in_the_middle(launch, photo, site, gate)


def stopped_in_the_middle(launch: Launch, photo: bytes, site: Site, gate: threading.Event) -> None:
    layer = urlsafe_b64encode(f"{site.url}/layer.jpg".encode()).decode().rstrip("=")
    wanted = ["c_scale,w_1000", f"c_scale,w_1001/l_fetch:{layer},w_9/fl_layer_apply", "c_scale,w_1002"]
    settings = {"FETCH__UNSAFE_ORIGINS": site.url, **SECRETS}
    server = launch(SERVER__GRACE="0", **settings)
    upload = httpx.post(
        f"{server.url}/v1_1/demo/image/upload",
        headers={"Authorization": "Bearer token"},
        data={"public_id": "made", "eager": "|".join(wanted), "eager_async": "true"},
        files={"file": photo},
        timeout=PATIENCE,
    )
    assert [each["status"] for each in upload.json()["eager"]] == ["processing"] * len(wanted)
    until(lambda: site.requests)  # it is at the second one, and will not get it
    server.signal(signal.SIGTERM)
    server.ended()
    gate.set()
    again = launch(**settings)
    began = time.monotonic()
    until(lambda: len(_derived(again)) == len(wanted))
    assert {each["transformation"] for each in _derived(again)} == set(wanted)
    assert all(again.image(text, "made.jpg").headers["x-cache"] == "hit" for text in wanted)
    # Not only once the process that had it counts as dead, after half a minute: it gave the job back.
    print(f"all of them {time.monotonic() - began:.1f} s after the start")


def _derived(server: Running) -> list[dict[str, str]]:
    url = f"{server.url}/v1_1/demo/resources/image/upload/made"
    found = httpx.get(url, headers={"Authorization": "Bearer token"}, timeout=PATIENCE).json()
    return list(found.get("derived", []))
