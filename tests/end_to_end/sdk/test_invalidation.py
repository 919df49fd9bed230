"""After an acknowledged change no answer shows what was there before, however it races with others."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import cloudinary
import cloudinary.api
import cloudinary.uploader
import httpx
import pytest
from PIL import Image

from tests.assets.conftest import empty_database, postgresql, s3_bucket, s3_endpoint  # noqa: F401 - fixtures
from tests.end_to_end.conftest import Server, Start
from tests.end_to_end.sdk.conftest import pointed_at, secrets

ROUNDS = 25
WAYS = (
    "race.png",
    "e_grayscale/race.png",
    "c_scale,h_8/race",
    "l_race/fl_layer_apply,g_north_west/base.png",
    "v1/race",
)


@pytest.fixture(scope="module", params=["sqlite", "postgresql and s3"])
def servers(
    request: pytest.FixtureRequest, start: Start, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Server, ...]]:
    """One with the catalogue of a file; two that share a PostgreSQL and a bucket."""
    media = tmp_path_factory.mktemp("media")
    if request.param == "sqlite":
        yield (start(media, **secrets()),)
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "key")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        endpoint = request.getfixturevalue("s3_endpoint")
        httpx.put(f"{endpoint}/invalidation").raise_for_status()
        originals = f"s3://invalidation/x?endpoint={endpoint}&region=us-east-1"
        with empty_database("postgresql", tmp_path_factory.mktemp("database"), request) as url:
            shared = secrets(KEEPSIGHT_CATALOGUE__URL=url, KEEPSIGHT_STORAGE__ORIGINALS=originals)
            yield start(media, **shared), start(media, **shared)


@pytest.fixture(autouse=True)
def sdk(servers: tuple[Server, ...]) -> Iterator[None]:
    pointed_at(servers[0])
    yield
    cloudinary.reset_config()


def png(width: int, height: int = 8, colour: str = "#ff0000") -> io.BytesIO:
    file = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(file, "png")
    file.seek(0)
    return file


def width_of(answer: httpx.Response) -> int:
    assert answer.status_code == 200, answer.headers.get("x-cld-error")
    return Image.open(io.BytesIO(answer.content)).width


@dataclass
class Progress:
    """What the writer has been told is done."""

    width: int
    over: threading.Event = field(default_factory=threading.Event)


def test_an_overwrite_is_seen_by_whoever_asks_after_it(servers: tuple[Server, ...]) -> None:
    cloudinary.uploader.upload(png(8), public_id="base")
    cloudinary.uploader.upload(png(10), public_id="race")
    done = Progress(10)

    def read(server: Server, way: str) -> int:
        count = 0
        with httpx.Client() as client:
            while not done.over.is_set():
                least = done.width
                seen = width_of(client.get(f"{server.url}/demo/image/upload/{way}"))
                assert seen >= least, f"{way} shows {seen} after {least} was acknowledged"
                count += 1
        return count

    with ThreadPoolExecutor(2 * len(WAYS) * len(servers)) as pool:
        readers = [pool.submit(read, server, way) for server in servers for way in WAYS * 2]
        try:
            for width in range(11, 11 + ROUNDS):
                cloudinary.uploader.upload(png(width), public_id="race")
                done.width = width
        finally:
            done.over.set()
        assert all(reader.result() > 0 for reader in readers)
    for server in servers:
        for way in WAYS:
            assert width_of(server.get(f"/demo/image/upload/{way}")) == 10 + ROUNDS


def test_what_is_gone_is_gone_at_once(servers: tuple[Server, ...]) -> None:
    for number in range(8):
        cloudinary.uploader.upload(png(20 + number), public_id="there")
        for server in servers:
            assert width_of(server.image("e_grayscale", "there.png")) == 20 + number
        if number % 2:
            cloudinary.uploader.destroy("there")
        else:
            cloudinary.uploader.rename("there", "elsewhere", overwrite=True)
        for server in servers:
            assert server.image("e_grayscale", "there.png").status_code == 404
        if number % 2 == 0:
            assert width_of(servers[-1].image("e_grayscale", "elsewhere.png")) == 20 + number


def test_who_joins_work_that_had_begun_sees_no_less(servers: tuple[Server, ...]) -> None:
    # The first request is of a picture that takes a while; whoever asks meanwhile would share its work.
    big = io.BytesIO()
    Image.effect_noise((3000, 2000), 60).convert("RGB").save(big, "png")
    big.seek(0)
    cloudinary.uploader.upload(big, public_id="slow")
    for server in servers:
        path = "/demo/image/upload/c_scale,h_1999/slow.png"
        with ThreadPoolExecutor(1) as pool:
            early = pool.submit(server.get, path)
            cloudinary.uploader.upload(png(4, 4), public_id="slow")
            assert Image.open(io.BytesIO(server.get(path).content)).size == (1999, 1999)
            early.result()
        big.seek(0)
        cloudinary.uploader.upload(big, public_id="slow")


def test_an_exact_name_takes_over_from_one_with_a_format(servers: tuple[Server, ...]) -> None:
    cloudinary.uploader.upload(png(30), public_id="name")
    for server in servers:
        assert width_of(server.image("e_grayscale", "name.png")) == 30
    cloudinary.uploader.upload(png(31), public_id="name.png")
    for server in servers:
        assert width_of(server.image("e_grayscale", "name.png")) == 31


def test_what_one_server_has_made_the_other_need_not_make(servers: tuple[Server, ...]) -> None:
    if len(servers) == 1:
        pytest.skip("one server shares nothing")

    def is_shared(after: float) -> bool:
        """Whether the other one has both, so many seconds after they were answered: sharing comes then."""
        cloudinary.uploader.upload(png(49), public_id="shared")
        cloudinary.uploader.upload(png(50), public_id="shared", eager="e_sepia")
        assert servers[0].image("e_grayscale", "shared.png").headers["x-cache"] == "miss"
        time.sleep(after)
        for way in ("e_sepia", "e_grayscale"):
            one, other = (server.image(way, "shared.png") for server in servers)
            assert width_of(other) == 50
            if other.headers["x-cache"] != "hit":
                return False
            assert (one.content, one.headers["x-crop-box"]) == (other.content, other.headers["x-crop-box"])
        return True

    assert any(is_shared(after) for after in (0.2, 1, 5, 20))
    cloudinary.uploader.upload(png(51), public_id="shared")
    assert servers[0].image("e_sepia", "shared.png").headers["x-cache"] == "miss"


def test_tags_and_context_have_a_say(servers: tuple[Server, ...], tmp_path: Path) -> None:
    cloudinary.uploader.upload(png(40), public_id="said", tags=["dog"], context={"price": "7"})
    tagged = "if_!cat!_in_tags/c_crop,w_4/if_else/c_crop,w_5/if_end"
    priced = "if_ctx:!price!_gt_10/c_crop,w_6/if_else/c_crop,w_7/if_end"

    def widths(server: Server) -> tuple[int, int]:
        return width_of(server.image(tagged, "said.png")), width_of(server.image(priced, "said.png"))

    for server in servers:
        assert widths(server) == (5, 7)
    cloudinary.uploader.add_tag("cat", ["said"])
    for server in servers:
        assert widths(server) == (4, 7)
    cloudinary.uploader.add_context({"price": "11"}, ["said"])
    cloudinary.uploader.remove_tag("cat", ["said"])
    for server in servers:
        assert widths(server) == (5, 6)
