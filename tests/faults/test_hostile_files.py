"""Files made to hurt, asked of a real server in many ways: no 500, no overrun, no memory, and it goes on."""

from __future__ import annotations

import os
import random
import shutil
import signal
import threading
import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import httpx
import pillow_heif
import pillow_jxl  # noqa: F401 - registers the writer
import pytest
from PIL import Image

from tests.conftest import shared
from tests.waiting import PATIENCE

from .bombs import BOMBS, extension
from .servers import LONG, SOURCES, Server, fault_of, make_sources

pillow_heif.register_heif_opener()

DEADLINE = 30
WAYS = (
    "c_fill,w_200,h_200",
    "c_fill,g_auto,w_200,h_100/f_auto",
    "c_fill,g_auto,w_120,h_120,fl_getinfo",
    "e_blur:300/w_90",
    "c_crop,g_face,w_90,h_90/f_webp",
    "a_17/f_png",
)
ROOM = 700
"""MiB that the largest process may have at its peak; it is 130 after a start, and ordinary pictures take 250."""


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("hostile")
    media = make_sources(folder / "media")
    settings = {"KEEPSIGHT_LIMITS__DEADLINE": str(DEADLINE), "KEEPSIGHT_LIMITS__THREADS": "2"}
    server = Server(media, folder / "data", folder / "log", settings).start()
    yield server
    server.kill()


def ask_every_way(server: Server, name: str, ways: tuple[str, ...] = WAYS) -> list[httpx.Response]:
    answers = []
    for way in ways:
        began = time.monotonic()
        answers.append(server.get(f"{way}/{name}"))
        took = time.monotonic() - began
        status = answers[-1].status_code
        assert status in (200, 400) or (status == 503 and took > DEADLINE), f"{name}, {way}: {answers[-1].text}"
        assert took < 3 * DEADLINE, f"{name}, {way}"
    return answers


def is_well(server: Server) -> None:
    response = server.get(f"c_fill,w_{random.randrange(20, 150)},h_60/red.png")  # noqa: S311 - any will do
    assert response.status_code == 200
    assert "Internal error" not in server.told()
    assert "Traceback" not in server.told()
    assert "delivery.failed" not in server.told()
    assert server.peak() < ROOM


def test_all_odd_files_in_many_ways(hostile: Server) -> None:
    names = [path.name for path in sorted(shared("odd").iterdir()) if path.suffix != ".json"]
    for name in names:
        shutil.copyfile(shared("odd") / name, hostile.media / name)
        ask_every_way(hostile, name, WAYS if LONG else WAYS[:3])
    is_well(hostile)


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_does_not_go_off(hostile: Server, name: str) -> None:
    data = BOMBS[name]()
    public_id = f"bomb-{name}.{extension(data)}"
    (hostile.media / public_id).write_bytes(data)
    ask_every_way(hostile, public_id, WAYS if LONG else WAYS[:2])
    is_well(hostile)


def pictures() -> dict[str, bytes]:
    image = Image.effect_noise((90, 70), 60).convert("RGB")
    written = {}
    for format_, suffix in (
        ("AVIF", "avif"),
        ("HEIF", "heic"),
        ("JPEG2000", "jp2"),
        ("JXL", "jxl"),
        ("TIFF", "tiff"),
        ("GIF", "gif"),
        ("WEBP", "webp"),
        ("PNG", "png"),
        ("BMP", "bmp"),
        ("ICO", "ico"),
        ("JPEG", "jpg"),
    ):
        out = BytesIO()
        image.save(out, format_)
        written[suffix] = out.getvalue()
    return written


def test_bytes_that_flip_and_ends_that_lack(hostile: Server) -> None:
    chance = random.Random(3)  # noqa: S311 - repeatable
    for suffix, sound in pictures().items():
        for number in range(200 if LONG else 5):
            data = bytearray(sound)
            for _ in range(chance.choice((1, 3, 20))):
                data[chance.randrange(len(data))] = chance.randrange(256)
            public_id = f"damaged-{number}.{suffix}"
            (hostile.media / public_id).write_bytes(data[: chance.randrange(1, 2 * len(data))])
            ask_every_way(hostile, public_id, WAYS[:1])
    is_well(hostile)


def test_a_decoder_that_dies_takes_one_picture_along(hostile: Server) -> None:
    out = BytesIO()
    Image.effect_noise((2_000, 1_500), 90).convert("RGB").save(out, "JPEG2000")
    (hostile.media / "large.jp2").write_bytes(out.getvalue())
    answers: list[httpx.Response] = []
    asking = threading.Thread(
        target=lambda: answers.append(httpx.get(f"{hostile.url}/demo/image/upload/w_90/large.jp2", timeout=PATIENCE))
    )
    asking.start()
    killed = 0
    while asking.is_alive():
        for process in decoders(hostile):
            if working(process):
                os.kill(process, signal.SIGKILL)
                killed += 1
        time.sleep(0.005)
    asking.join()
    assert killed
    assert answers[0].status_code == 400
    assert "damaged, cut short, or too costly" in answers[0].headers["x-cld-error"]
    assert fault_of(hostile.get("c_fill,w_77,h_60/blue.png"), "blue", (77, 60)) == ""
    # Nobody kills any more: a second try would succeed.
    assert hostile.get("w_91/large.jp2").status_code == 400, "for a minute it is not tried again"
    (hostile.media / "other.jp2").write_bytes(pictures()["jp2"])
    assert hostile.get("w_50/other.jp2").status_code == 200
    is_well(hostile)


def decoders(server: Server) -> list[int]:
    """The decoding processes of a server."""
    assert server.process is not None
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            ours = int((process / "stat").read_text().rpartition(")")[2].split()[1]) == server.process.pid
            if ours and b"outside/child.py" in (process / "cmdline").read_bytes():
                found.append(int(process.name))
        except OSError:
            continue
    return found


def working(process: int) -> bool:
    """Whether it has taken so much memory that it must be decoding the large picture."""
    try:
        pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    except OSError:
        return False
    return pages * os.sysconf("SC_PAGE_SIZE") > 70 << 20


def test_an_animation_counts_all_its_frames(hostile: Server) -> None:
    frames = [Image.new("P", (200, 200), n % 5) for n in range(300)]
    out = BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:], duration=40, disposal=2, optimize=False)
    (hostile.media / "long.gif").write_bytes(out.getvalue())
    response = hostile.get("c_scale,w_2000/long.gif")
    assert response.status_code == 400
    assert "frames of 2000x2000" in response.headers["x-cld-error"]
    assert hostile.get("c_scale,w_60/long.gif").status_code == 200
    is_well(hostile)


def test_sources_are_still_themselves(hostile: Server) -> None:
    for source in SOURCES:
        assert fault_of(hostile.get(f"c_fill,w_71,h_60/{source}.png"), source, (71, 60)) == ""
