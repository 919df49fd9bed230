"""`kill -9` in the middle of uploads: what was acknowledged is there, whole; of the rest nothing is half visible."""

from __future__ import annotations

import hashlib
import io
import os
import random
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import cloudinary.utils
import httpx
import numpy as np
from PIL import Image

from tests.end_to_end.sdk.conftest import secrets
from tests.waiting import PATIENCE, UNHURRIED, free_port, until

UPLOADS, KILLS, CLIENTS = 200, 6, 4


class Victim:
    """A server that is killed and started again over the same folders."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._port = folder, free_port()
        self.url = f"http://127.0.0.1:{self._port}"
        (folder / "media").mkdir()
        self._start()

    def _start(self) -> None:
        rest = {name: value for name, value in os.environ.items() if not name.startswith("KEEPSIGHT_")}
        environment = rest | UNHURRIED | {"KEEPSIGHT_STORAGE__DATA": str(self._folder / "data")} | secrets()
        command = [
            sys.executable,
            "-m",
            "keepsight.cli",
            "serve",
            str(self._folder / "media"),
            "--port",
            str(self._port),
        ]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        until(self._listens)

    def _listens(self) -> bool:
        assert self._process.poll() is None, (self._folder / "log").read_text()
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", self._port)).close()
            return True
        return False

    def kill(self) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()
        self._start()

    def end(self) -> None:
        self._process.terminate()
        self._process.wait(PATIENCE)


def _picture(number: int) -> bytes:
    noise = np.random.default_rng(number).integers(0, 256, (40, 40, 3), dtype=np.uint8)
    packed = io.BytesIO()
    Image.fromarray(noise).save(packed, "PNG")
    return packed.getvalue()


def _upload(http: httpx.Client, number: int, data: bytes) -> dict[str, Any] | None:
    """The answer; None where there was none. Every third upload replaces an earlier one."""
    name = f"n{number // 3 * 3 if number % 3 == 2 else number}"
    fields = {"public_id": name, "tags": f"t{number}", "eager": "c_scale,w_8", "timestamp": int(time.time())}
    signed = cloudinary.utils.sign_request(fields, {"api_key": "key", "api_secret": "abcd"})
    try:
        files = {"file": ("x.png", data)}
        answer = http.post("/v1_1/demo/image/upload", data=signed, files=files)
    except httpx.TransportError:
        return None
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_kill_at_random_points(tmp_path: Path) -> None:
    chance = random.Random(6)  # noqa: S311 - when to kill
    victim = Victim(tmp_path)
    pictures = [_picture(number) for number in range(UPLOADS)]
    acknowledged: dict[int, dict[str, Any]] = {}

    def client(numbers: range) -> None:
        with httpx.Client(base_url=victim.url, timeout=PATIENCE) as http:
            for number in numbers:
                while (answer := _upload(http, number, pictures[number])) is None:
                    time.sleep(0.05)  # who got no answer asks again
                acknowledged[number] = answer

    share = -(-UPLOADS // CLIENTS) // 3 * 3 + 3  # so that one client does all uploads of one name
    with ThreadPoolExecutor(CLIENTS) as pool:
        clients = [pool.submit(client, range(at, min(at + share, UPLOADS))) for at in range(0, UPLOADS, share)]
        for _ in range(KILLS):
            time.sleep(chance.uniform(0.2, 1.2))
            victim.kill()
        for done in clients:
            done.result()
    victim.kill()

    assert len(acknowledged) == UPLOADS
    etags = {hashlib.md5(data, usedforsecurity=False).hexdigest(): data for data in pictures}
    latest = {answer["public_id"]: number for number, answer in sorted(acknowledged.items())}
    http = httpx.Client(base_url=victim.url, timeout=PATIENCE)
    listed: list[dict[str, Any]] = []
    cursor = ""
    while True:
        query = {"max_results": 100, "tags": 1, "fields": "etag,tags,version"} | (
            {"next_cursor": cursor} if cursor else {}
        )
        page = http.get("/v1_1/demo/resources/image", params=query, auth=("key", "abcd")).json()
        listed += page["resources"]
        cursor = page.get("next_cursor", "")
        if not cursor:
            break
    assert {each["public_id"] for each in listed} == latest.keys()
    for each in listed:
        number = latest[each["public_id"]]
        assert (each["etag"], each["tags"]) == (acknowledged[number]["etag"], [f"t{number}"])
        shown = http.get(f"/demo/image/upload/{each['public_id']}.png")
        assert shown.content == etags[each["etag"]] == pictures[number]
    victim.end()
