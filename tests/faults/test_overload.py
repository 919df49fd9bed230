"""More work than can be done: what waits, what is refused and how quickly, and what passes all the same."""

from __future__ import annotations

import asyncio
import math
import re
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from serving import Handler, file_server, serving

from keepsight import budget as budget_module
from keepsight.budget import Budget, Room
from keepsight.delivery.seen import Seen
from keepsight.errors import Unavailable
from keepsight.telemetry.timing import Stopwatch
from keepsight.telemetry.typical import Typical
from tests.waiting import PATIENCE, until

from .running import Launch


@pytest.fixture(autouse=True)
def _nothing_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    """A queue stands where a test says so, not when the machine stood still."""
    monkeypatch.setattr(budget_module, "PATIENCE", math.inf)


def run(work: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(asyncio.wait_for(work(), PATIENCE))  # type: ignore[arg-type]  # a coroutine each time


class Gate:
    """A budget with one thread, which is busy until the gate opens."""

    def __init__(self, room: Room) -> None:
        self.budget, self.opened, self.order = Budget("image", 1, room), threading.Event(), list[int]()

    def start(self, number: int, deadline: float = PATIENCE) -> asyncio.Task[None]:
        return asyncio.create_task(self.budget.run(Stopwatch(deadline), self._work, number))

    async def close(self, *tasks: asyncio.Task[None]) -> None:
        self.opened.set()
        await asyncio.gather(*tasks)
        self.budget.close()

    def _work(self, number: int) -> None:
        self.opened.wait(PATIENCE)
        self.order.append(number)


async def refused(task: asyncio.Task[None]) -> Unavailable:
    with pytest.raises(Unavailable) as caught:
        await task
    return caught.value


def test_first_come_first_served_and_no_more_than_there_is_room_for() -> None:
    async def work() -> None:
        gate = Gate(Room(queue=5, standing=2))
        tasks = [gate.start(number) for number in range(6)]
        await asyncio.sleep(0)
        assert "Too many" in str(await refused(gate.start(6)))
        load = gate.budget.load
        assert (load.running, load.waiting, gate.budget.refused) == (1, 5, 1)
        await gate.close(*tasks)
        assert gate.order == [0, 1, 2, 3, 4, 5]
        assert (gate.budget.load.running, gate.budget.load.waiting) == (0, 0)

    run(work)


def test_a_queue_that_stands_is_short(monkeypatch: pytest.MonkeyPatch) -> None:
    async def work() -> None:
        gate = Gate(Room(queue=50, standing=2))
        tasks = [gate.start(number) for number in range(6)]
        await asyncio.sleep(0)
        monkeypatch.setattr(budget_module, "PATIENCE", -1.0)  # it has been standing for long
        await refused(gate.start(6))
        gate.opened.set()
        await asyncio.gather(*tasks)
        gate.opened.clear()
        tasks = [gate.start(number) for number in range(3)]  # one in work and two that wait: short enough
        await asyncio.sleep(0)
        await refused(gate.start(3))
        await gate.close(*tasks)

    run(work)


def test_a_queue_that_stood_is_not_long_again_as_soon_as_it_is_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    async def fill(gate: Gate) -> None:
        gate.opened.clear()
        tasks = [gate.start(number) for number in range(3)]  # one in work and two that wait
        await asyncio.sleep(0)
        try:
            gate.budget.check(60)
        finally:
            gate.opened.set()
            await asyncio.gather(*tasks)

    async def work() -> None:
        gate = Gate(Room(queue=50, standing=2))
        await fill(gate)
        monkeypatch.setattr(budget_module, "PATIENCE", -1.0)
        with pytest.raises(Unavailable):  # it has been standing for long
            await fill(gate)
        monkeypatch.setattr(budget_module, "PATIENCE", 1_000.0)
        with pytest.raises(Unavailable):  # it was empty, but a moment ago somebody was sent away
            await fill(gate)
        monkeypatch.setattr(budget_module, "AFTERWARDS", -1.0)
        await fill(gate)
        await gate.close()

    run(work)


def test_slow_work_lets_fewer_wait_and_retry_after_is_how_long_the_queue_takes() -> None:
    async def work() -> None:
        gate = Gate(Room(queue=50, standing=2, wait=10.0))
        for _ in range(3):
            gate.budget._typical.note(3.0)
        tasks = [gate.start(number) for number in range(4)]
        await asyncio.sleep(0)
        assert (await refused(gate.start(4))).retry_after == 12  # three wait, and it would be the fourth
        await gate.close(*tasks)

    run(work)


def test_who_cannot_be_in_time_is_refused_at_once_or_when_the_time_is_over() -> None:
    async def work() -> None:
        gate = Gate(Room(queue=50, standing=50))
        first = gate.start(0)
        await asyncio.sleep(0)
        late = gate.start(1, deadline=0.05)  # nothing is known of how long it takes
        assert "not begun in time" in str(await refused(late))
        for _ in range(3):
            gate.budget._typical.note(1.0)
        # Nobody waits here: one that can be done in time by no clock is not let in.
        assert "to be made in time" in str(await refused(gate.start(2, deadline=1.5)))
        await gate.close(first)
        assert gate.order == [0]
        assert gate.budget.load.running == 0

    run(work)


def test_who_leaves_the_queue_leaves_the_place() -> None:
    async def work() -> None:
        gate = Gate(Room(queue=2, standing=2))
        first, leaving, last = (gate.start(number) for number in range(3))
        await asyncio.sleep(0)
        leaving.cancel()
        await asyncio.gather(leaving, return_exceptions=True)
        other = gate.start(3)
        await gate.close(first, last, other)
        assert gate.order == [0, 2, 3]

    run(work)


def test_what_was_loading_once_is_not_typical() -> None:
    typical = Typical()
    typical.note(5.0)
    assert typical.seconds == 0.0
    for _ in range(2):
        typical.note(0.1)
    assert typical.seconds == 0.1


paths = st.text(min_size=1, max_size=60).map(lambda text: "/" + quote(text))


@given(st.lists(paths, max_size=20), st.lists(st.text(min_size=1, max_size=20), max_size=5))
def test_what_was_seen_is_known_to_everyone_and_for_good(
    tmp_path_factory: pytest.TempPathFactory, asked: list[str], made: list[str]
) -> None:
    file = tmp_path_factory.mktemp("seen") / "seen"
    one, other = Seen(file, begun_before=False), Seen(file, begun_before=True)
    for path in asked:
        one.add(path)
    for public_id in made:
        one.add_made(public_id)
    again = Seen(file, begun_before=False)
    for seen in (one, other, again):
        assert all(path in seen for path in asked)
        assert all(f"/demo/image/upload/w_1/{quote(public_id)}.png" in seen for public_id in made)
        assert all(f"/demo/image/upload/w_1/{quote(public_id)}" in seen for public_id in made)
    if not asked and not made:
        assert "/demo/image/upload/w_1/tom.jpg" not in again
    for seen in (one, other, again):
        seen.close()


def test_what_a_new_file_cannot_know_may_be_there(tmp_path: Path) -> None:
    assert "/a" in Seen(tmp_path / "seen", begun_before=True)
    assert "/a" in Seen(tmp_path / "no" / "folder", begun_before=False)


def test_what_is_there_passes_while_everything_else_is_refused(launch: Launch) -> None:
    """Budgets are separate: other servers that do not answer hold up nothing but themselves."""
    gate, files = threading.Event(), file_server(b"")

    def slow(handler: Handler) -> None:
        gate.wait(PATIENCE)
        files(handler)

    with serving(slow) as site, ThreadPoolExecutor(4) as pool:
        few = {"FETCH__CONCURRENCY": "1", "LIMITS__QUEUE": "2", "LIMITS__STANDING_QUEUE": "1"}
        server = launch(FETCH__UNSAFE_ORIGINS=site.url, CACHE__MEMORY_BYTES="0", **few)
        assert server.image("w_100").headers["x-cache"] == "miss"

        def fetched(name: str) -> httpx.Response:
            return server.get(f"/demo/image/fetch/w_10/{quote(site.url, safe='')}%2F{name}.jpg")

        waiting = [pool.submit(fetched, f"slow{number}") for number in range(4)]
        until(lambda: any(w.done() for w in waiting))
        answer = next(w for w in waiting if w.done()).result()
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) >= 1
        assert answer.headers["cache-control"] == "no-store"
        assert server.image("w_100").headers["x-cache"] == "hit"  # from disk: nothing is kept in memory
        assert server.image("w_101").headers["x-cache"] == "miss"
        assert server.get("/health").status_code == 200
        gate.set()
        assert sorted(w.result().status_code for w in waiting) == [400, 400, 400, 503]  # an empty file is no picture
    assert len(site.requests) == 3


def test_images_on_disk_pass_while_images_are_made(launch: Launch) -> None:
    server = launch(CACHE__MEMORY_BYTES="0", LIMITS__THREADS="1", LIMITS__QUEUE="1")
    server.image("w_100")
    with ThreadPoolExecutor(5) as pool:
        made = [pool.submit(server.image, f"c_scale,w_{1800 + n},e_oil_paint:40") for n in range(5)]
        until(lambda: sum(w.done() for w in made) >= 3)  # most are refused at once
        hits = [server.image("w_100") for _ in range(5)]
        statuses = [w.result().status_code for w in made]
    assert {hit.headers["x-cache"] for hit in hits} == {"hit"}
    assert set(statuses) == {200, 503}
    assert server.said("budget.full")


def test_slow_uploads_hold_up_nothing_but_uploads(launch: Launch) -> None:
    gate, picture = threading.Event(), BytesIO()
    Image.linear_gradient("L").save(picture, "PNG")
    files = file_server(picture.getvalue())

    def slow(handler: Handler) -> None:
        gate.wait(100)
        files(handler)

    with serving(slow) as site, ThreadPoolExecutor(4) as pool:
        secret = {"CLOUD__API_KEY": "key", "CLOUD__API_SECRET": "abcd", "CLOUD__ACCESS_TOKENS": "a-bearer-token-of-16"}
        few = {"LIMITS__THREADS": "1", "LIMITS__QUEUE": "2", "LIMITS__DEADLINE": "100", "FETCH__TIMEOUT": "100"}
        server = launch(**secret, **few, FETCH__UNSAFE_ORIGINS=site.url)
        bearer = {"Authorization": "Bearer a-bearer-token-of-16"}

        def ask(method: str, path: str, **options: Any) -> httpx.Response:
            return httpx.request(method, f"{server.url}/v1_1/demo/{path}", headers=bearer, timeout=PATIENCE, **options)

        def upload(name: str) -> httpx.Response:
            return ask("POST", "image/upload", data={"file": f"{site.url}/{name}.png", "public_id": name})

        def told(name: str) -> float:
            found = re.search(rf'keepsight_queue_{name}{{queue="upload"}} (\S+)', server.get("/metrics").text)
            assert found is not None
            return float(found[1])

        work = [pool.submit(upload, "one"), pool.submit(upload, "two")]
        until(lambda: (told("running"), told("waiting")) == (1, 1))
        work.append(pool.submit(ask, "GET", "resources/image/upload/nobody"))  # it may look at a picture, too
        until(lambda: told("waiting") == 2)
        answer = upload("three")
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) >= 1
        assert answer.json() == {"error": {"message": "Too many calls are waiting to be answered"}}
        assert answer.headers["x-cld-error"] == answer.json()["error"]["message"]
        assert told("refused_total") >= 1
        # What only asks the catalogue, pictures and /health have other budgets or none.
        assert ask("GET", "ping").status_code == 200
        assert server.image("w_101").headers["x-cache"] == "miss"
        assert server.get("/health").status_code == 200
        gate.set()
        assert [w.result().status_code for w in work] == [200, 200, 404]
    assert len(site.requests) == 2
