"""The application without a network: what is done once, what is shared, what is kept."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from keepsight.app import Keepsight, create_app
from keepsight.delivery.client import Client
from keepsight.delivery.origin import Delivered, Looked
from keepsight.delivery.varies import Varies
from keepsight.settings import Settings
from keepsight.telemetry.timing import Stopwatch
from keepsight.transformation.hints import Hints, parse_hints
from tests.waiting import PATIENCE

Answered = tuple[int, dict[str, str], bytes]
Calls = list[tuple[str, Client]]


@pytest.fixture
def media(tmp_path: Path) -> Path:
    folder = tmp_path / "media"
    folder.mkdir()
    Image.radial_gradient("L").resize((64, 48)).save(folder / "tom.jpg")
    return folder


@pytest.fixture
def app(media: Path, tmp_path: Path) -> Keepsight:
    return create_app(
        Settings.model_validate(
            {
                "storage": {"media": media, "data": tmp_path / "data"},
                "models": {"weights": tmp_path},
                "limits": {"threads": 1, "queue": 1},
            }
        )
    )


async def ask(app: Keepsight, path: str, method: str = "GET", **headers: str) -> Answered:
    sent: list[dict[str, Any]] = []
    raw, _, query = path.encode().partition(b"?")
    scope = {
        "type": "http",
        "method": method,
        "path": raw.decode(),
        "raw_path": raw,
        "query_string": query,
        "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 1),
    }

    async def receive() -> dict[str, Any]:
        return {"type": "http.request"}

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope, receive, send)
    start, body = sent
    return start["status"], {n.decode(): v.decode() for n, v in start["headers"]}, body["body"]


@pytest.fixture
def calls(app: Keepsight, monkeypatch: pytest.MonkeyPatch) -> Calls:
    """What came as far as the origin."""
    seen: Calls = []
    look = app.origin.look

    def noted(path: str, client: Client, watch: Stopwatch, *, fetching: bool) -> Delivered | Looked:
        seen.append((path, client))
        return look(path, client, watch, fetching=fetching)

    monkeypatch.setattr(app.origin, "look", noted)
    return seen


def run(work: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(asyncio.wait_for(work(), PATIENCE))  # type: ignore[arg-type]  # a coroutine each time


URL = "/demo/image/upload/w_20/tom.jpg"


def test_a_hit_and_a_304_do_no_work(app: Keepsight, calls: Calls) -> None:
    async def work() -> None:
        _, first, body = await ask(app, URL)
        for _ in range(3):
            status, headers, again = await ask(app, URL)
            assert (status, headers["x-cache"], again) == (200, "hit", body)
            assert headers["content-length"] == str(len(body))
        for condition in ({"if_none_match": first["etag"]}, {"if_modified_since": first["last-modified"]}):
            assert (await ask(app, URL, **condition))[0] == 304
        assert (await ask(app, URL, range="bytes=0-3"))[2] == body[:4]
        assert (await ask(app, URL, "HEAD"))[2] == b""
        assert (await ask(app, f"{URL}?_a=BAM&x=y"))[2] == body

    run(work)
    assert len(calls) == 1


def test_what_has_no_say_makes_no_other_answer(app: Keepsight, calls: Calls) -> None:
    async def work() -> None:
        for accept in ("image/avif,image/webp,*/*", "image/png", "*/*"):
            for dpr in ("1", "2"):
                await ask(app, URL, accept=accept, dpr=dpr, width="20")
        assert len(calls) == 1
        url = "/demo/image/upload/w_20,dpr_auto/tom.jpg"
        for accept in ("image/webp", "*/*"):
            for dpr, width in (("1", "5"), ("2", "6"), ("1", "7")):
                await ask(app, url, accept=accept, sec_ch_dpr=dpr, width=width)
        assert len(calls) == 3

    run(work)


def test_a_changed_or_removed_file_is_no_hit(app: Keepsight, media: Path, calls: Calls) -> None:
    async def work() -> None:
        await ask(app, URL)
        Image.new("L", (64, 32)).save(media / "tom.jpg")
        assert (await ask(app, URL))[1]["x-cache"] == "miss"
        (media / "tom.jpg.keepsight.toml").write_text("custom = [[0, 0, 9, 9]]", "utf-8")
        await ask(app, URL)
        (media / "tom.jpg").unlink()
        assert (await ask(app, URL))[0] == 404

    run(work)
    assert len(calls) == 4


def test_a_place_is_promised_once_in_a_turn_of_the_loop(app: Keepsight) -> None:
    """A busy loop reads many requests before it begins any: all of them came in where one had a place."""
    opened = threading.Event()

    def let_in(name: str) -> list[bool]:
        return [app.at_once(f"/demo/image/upload/w_{n}/{name}.jpg", {}) is None for n in range(10, 15)]

    async def work() -> None:
        busy = asyncio.create_task(app.budgets.images.run(Stopwatch(60), opened.wait, 60))
        await asyncio.sleep(0)
        assert let_in("one") == [True, False, False, False, False]
        await asyncio.sleep(0)  # nobody began
        assert let_in("other") == [True, False, False, False, False]
        opened.set()
        await busy
        assert all(let_in("third"))

    run(work)


def test_who_asks_at_once_shares_the_work(app: Keepsight, calls: Calls) -> None:
    async def work() -> None:
        answers = await asyncio.gather(*(ask(app, URL) for _ in range(20)))
        assert {status for status, _, _ in answers} == {200}
        assert len({headers["x-request-id"] for _, headers, _ in answers}) == 20

    run(work)
    assert len(calls) == 1


def test_other_spellings_of_one_picture_wait_for_it(
    app: Keepsight, calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, gate, make = list[Looked](), threading.Event(), app.origin.make

    def slow(looked: Looked, watch: Stopwatch) -> Delivered:
        made.append(looked)
        gate.wait(PATIENCE)
        return make(looked, watch)

    monkeypatch.setattr(app.origin, "make", slow)

    async def work() -> None:
        asked = [asyncio.create_task(ask(app, URL.replace("w_20", text))) for text in ("w_20,h_10", "h_10,w_20")]
        while len(calls) < 2:  # noqa: ASYNC110 - a list has no event
            await asyncio.sleep(0.01)
        gate.set()
        assert {status for status, _, _ in await asyncio.gather(*asked)} == {200}

    run(work)
    assert len(made) == 1


def test_a_client_that_leaves_takes_no_picture_away(app: Keepsight, calls: Calls) -> None:
    async def work() -> None:
        leaving = asyncio.create_task(ask(app, URL))
        staying = asyncio.create_task(ask(app, URL))
        await asyncio.sleep(0)
        leaving.cancel()
        assert (await staying)[0] == 200

    run(work)
    assert len(calls) == 1


def test_beyond_the_queue_503_says_when_to_come_again(app: Keepsight, monkeypatch: pytest.MonkeyPatch) -> None:
    gate, make = threading.Event(), app.origin.make

    def slow(looked: Looked, watch: Stopwatch) -> Delivered:
        gate.wait(PATIENCE)
        return make(looked, watch)

    monkeypatch.setattr(app.origin, "make", slow)

    async def work() -> None:
        waiting = [asyncio.create_task(ask(app, URL.replace("20", str(n)))) for n in (5, 6)]
        while app.delivery.budgets.images.load.waiting < 1:  # noqa: ASYNC110 - a queue has no event
            await asyncio.sleep(0.01)
        status, headers, _ = await ask(app, URL)
        assert (status, headers["retry-after"], headers["cache-control"]) == (503, "1", "no-store")
        gate.set()
        assert [status for status, _, _ in await asyncio.gather(*waiting)] == [200, 200]
        assert (await ask(app, URL))[0] == 200

    run(work)


def test_an_accident_says_nothing_of_the_inside(app: Keepsight, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> Delivered:
        raise RuntimeError("/secret/path")

    monkeypatch.setattr(app.origin, "look", broken)

    async def work() -> None:
        status, headers, body = await ask(app, URL, x_request_id="abc")
        assert (status, headers["x-request-id"], headers["cache-control"]) == (500, "abc", "no-store")
        assert b"secret" not in body

    run(work)


headers = st.dictionaries(
    st.sampled_from((b"dpr", b"sec-ch-dpr", b"width", b"viewport-width")), st.sampled_from((b"1", b"2", b"300"))
)
formats = st.sampled_from((b"", b"image/webp"))
varieties = st.builds(Varies, st.booleans(), st.booleans(), st.booleans())


@given(varieties, formats, formats, headers.map(parse_hints), headers.map(parse_hints))
def test_only_what_has_a_say_tells_clients_apart(
    varies: Varies, accept: bytes, other_accept: bytes, hints: Hints, other: Hints
) -> None:
    same = (
        (accept == other_accept or not varies.accept)
        and (hints.dpr == other.dpr or not varies.dpr)
        and ((hints.width, hints.viewport_width) == (other.width, other.viewport_width) or not varies.width)
    )
    assert (varies.variant(accept, hints) == varies.variant(other_accept, other)) == same


@given(varieties)
def test_vary_says_what_has_a_say(varies: Varies) -> None:
    names = [name for name in varies.header.decode().split(", ") if name]
    assert Varies.on(names) == varies
    assert bool(names) == bool(varies)


@pytest.mark.parametrize("moment", range(3))
def test_work_that_has_just_ended_is_not_joined(app: Keepsight, media: Path, moment: int) -> None:
    """Between the end of a flight and the turn of the loop that takes it away, somebody comes who knows more."""
    path = "/demo/image/upload/tom.jpg"

    async def overwritten() -> bytes:
        first = asyncio.create_task(ask(app, path))
        while not app.delivery._flights:  # noqa: ASYNC110 - the turns of the loop are what is tested
            await asyncio.sleep(0)
        (flight,) = app.delivery._flights.values()
        while not flight.done():  # noqa: ASYNC110 - as above
            await asyncio.sleep(0)
        for _ in range(moment):
            await asyncio.sleep(0)
        Image.radial_gradient("L").resize((32, 24)).save(media / "tom.jpg")
        body = (await ask(app, path))[2]
        await first
        return body

    assert asyncio.run(overwritten()) == (media / "tom.jpg").read_bytes()
    assert not app.delivery._flights and not app.delivery._flying
