"""Two servers on PostgreSQL and S3, and clients that upload, crop, rename and delete at random."""

from __future__ import annotations

import io
import os
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count, product
from pathlib import Path
from typing import Any

import cloudinary
import cloudinary.api
import cloudinary.uploader
import httpx
import pytest
from PIL import Image

from tests.assets.conftest import empty_database, postgresql, s3_bucket, s3_endpoint  # noqa: F401 - fixtures
from tests.end_to_end.conftest import Server, Start
from tests.end_to_end.sdk.conftest import pointed_at, secrets

SECONDS = 60 if os.environ.get("KEEPSIGHT_LONG_TESTS") else 5
CLIENTS, NAMES = 8, 4
WAYS = ("", "e_grayscale/", "e_sepia/", "c_scale,h_8/")

State = int | None
"""The width of the picture that has a name; None: no picture has it."""


@dataclass
class Name:
    """Every state that a name has had, one after the other: one client alone changes it, any of them looks."""

    public_id: str
    states: list[State] = field(default_factory=lambda: [None])
    acknowledged: int = 0
    """Index of the last state that the client has been told of."""

    @property
    def now(self) -> State:
        return self.states[-1]


@dataclass
class World:
    """What the clients share."""

    servers: tuple[Server, ...]
    names: list[list[Name]]
    widths: Iterator[int] = field(default_factory=lambda: count(10))
    done: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def next_width(self) -> int:
        with self.lock:
            return next(self.widths)


class Client:
    """Changes names of its own and looks at those of all."""

    def __init__(self, world: World, number: int) -> None:
        self._world, self._own = world, world.names[number]
        self._random = random.Random(number)  # noqa: S311 - chooses what to do, no secret
        self._http = httpx.Client()

    def act(self) -> None:
        act = self._random.choices((self.upload, self.rename, self.delete, self.look), (4, 1, 1, 8))[0]
        act()
        with self._world.lock:
            self._world.done[act.__name__] += 1

    def upload(self) -> None:
        name, width = self._random.choice(self._own), self._world.next_width()
        file = io.BytesIO()
        Image.new("RGB", (width, 8), "#ff8800").save(file, "png")
        file.seek(0)
        name.states.append(width)
        eager = self._random.choice((None, "e_sepia"))
        made = cloudinary.uploader.upload(file, public_id=name.public_id, eager=eager, **self._somewhere())
        assert made["width"] == width
        name.acknowledged = len(name.states) - 1

    def rename(self) -> None:
        name, to = self._random.sample(self._own, 2)
        if name.now is None:
            return
        to.states.append(name.now)
        name.states.append(None)
        cloudinary.uploader.rename(name.public_id, to.public_id, overwrite=True, **self._somewhere())
        name.acknowledged, to.acknowledged = len(name.states) - 1, len(to.states) - 1

    def delete(self) -> None:
        name = self._random.choice(self._own)
        there = name.now is not None
        name.states.append(None)
        result = cloudinary.uploader.destroy(name.public_id, **self._somewhere())["result"]
        assert result == ("ok" if there else "not found")
        name.acknowledged = len(name.states) - 1

    def look(self) -> None:
        name = self._random.choice(self._random.choice(self._world.names))
        self.look_at(name, self._random.choice(self._world.servers), self._random.choice(WAYS))

    def look_at(self, name: Name, server: Server, way: str) -> None:
        first = name.acknowledged
        answer = self._http.get(f"{server.url}/demo/image/upload/{way}{name.public_id}.png")
        last = len(name.states) - 1
        if answer.status_code == 503:
            with self._world.lock:
                self._world.done["busy"] += 1
            return
        assert answer.status_code in (200, 404), answer.headers.get("x-cld-error")
        seen = Image.open(io.BytesIO(answer.content)).width if answer.status_code == 200 else None
        possible = name.states[first : last + 1]
        assert seen in possible, f"{way}{name.public_id} shows {seen}, expected one of {possible}"

    def _somewhere(self) -> dict[str, Any]:
        return {"upload_prefix": self._random.choice(self._world.servers).url}


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database of a real PostgreSQL server."""
    with empty_database("postgresql", tmp_path, request) as url:
        yield url


def test_nothing_is_lost_and_nothing_is_stale(
    start: Start,
    tmp_path: Path,
    database_url: str,
    s3_bucket: str,  # noqa: F811
) -> None:
    shared = secrets(KEEPSIGHT_CATALOGUE__URL=database_url, KEEPSIGHT_STORAGE__ORIGINALS=s3_bucket)
    servers = tuple(start(tmp_path, **shared) for _ in range(2))
    pointed_at(servers[0])
    world = World(servers, [[Name(f"c{c}/n{n}") for n in range(NAMES)] for c in range(CLIENTS)])
    clients = [Client(world, number) for number in range(CLIENTS)]
    ends = time.monotonic() + SECONDS

    def all_done() -> bool:
        with world.lock:
            return min(world.done[act] for act in ("upload", "rename", "delete", "look")) >= CLIENTS

    def go_on(client: Client) -> None:
        while time.monotonic() < ends or not all_done():
            client.act()

    with ThreadPoolExecutor(CLIENTS) as pool:
        for running in [pool.submit(go_on, client) for client in clients]:
            running.result()
    assert world.done["busy"] <= world.done["look"] / 20, world.done

    there = {name.public_id: name.now for names in world.names for name in names if name.now is not None}
    listed = cloudinary.api.resources(type="upload", max_results=500)["resources"]
    assert {each["public_id"]: each["width"] for each in listed} == there

    def look_at_all(client: Client, names: list[Name]) -> None:
        for name, server, way in product(names, servers, WAYS):
            client.look_at(name, server, way)

    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(look_at_all, clients, world.names))
    print(dict(world.done))
    cloudinary.reset_config()
