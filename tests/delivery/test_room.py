"""Room for large originals: never more than there is, nobody forgotten, and small ones do not wait."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from io import BytesIO
from threading import Event, Lock
from time import sleep

import pytest
from PIL import Image

from keepsight.delivery.room import Counted, Room, cut_bytes, decoded_bytes, written_bytes
from keepsight.pixels.decode import Decoded
from keepsight.pixels.formats import Format
from keepsight.pixels.header import Header, read_header
from keepsight.pixels.limits import Limits
from keepsight.pixels.turning import Box, Size
from tests.waiting import PATIENCE, until


def test_no_more_is_taken_than_there_is() -> None:
    room, lock, held, most = Room(100), Lock(), [0.0], [0.0]

    def work(amount: int) -> None:
        with room.taken(amount):
            with lock:
                held[0] += min(amount, 100)
                most[0] = max(most[0], held[0])
            sleep(0.002)
            with lock:
                held[0] -= min(amount, 100)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, [60, 30, 50, 1000, 20, 100, 45, 55] * 6))
    assert held == [0]
    assert 0 < most[0] <= 100
    with room.taken(100):  # all of it is back
        pass


def test_who_came_first_goes_first_and_small_ones_do_not_wait() -> None:
    room, order, inside, leave = Room(100), list[str](), Event(), Event()

    def hold() -> None:
        with room.taken(80):
            inside.set()
            leave.wait(PATIENCE)

    def ask(name: str, amount: int) -> None:
        with room.taken(amount):
            order.append(name)

    with ThreadPoolExecutor(4) as pool:
        pool.submit(hold)
        assert inside.wait(PATIENCE)
        large = pool.submit(ask, "large", 90)
        until(lambda: room.waiting == 1)
        medium = pool.submit(ask, "medium", 15)  # there is room for it, but the large one was here before
        ask("small", 5)
        assert order == ["small"]
        leave.set()
        large.result(PATIENCE)
        medium.result(PATIENCE)
    assert order == ["small", "large", "medium"]


def test_an_error_gives_the_room_back() -> None:
    room = Room(100)
    with pytest.raises(ZeroDivisionError), room.taken(100):
        raise ZeroDivisionError
    with room.taken(100):
        pass


def test_a_share_that_changes_is_given_back_before_it_waits() -> None:
    room, inside, leave = Room(100), Event(), Event()

    def hold() -> None:
        with room.taken(60) as share:
            inside.set()
            leave.wait(PATIENCE)
            share.change(90)  # more than is free beside the other, which must not wait for this one

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(hold)
        assert inside.wait(PATIENCE)
        with room.taken(40) as share:
            leave.set()
            until(lambda: room.waiting == 1)
            share.change(5)  # so little that it counts as nothing
            first.result(PATIENCE)
        with room.taken(100):
            pass


def test_what_is_reduced_while_it_is_decoded_takes_little() -> None:
    def taken(format_: Format, scale: float) -> float:
        return decoded_bytes(Header(format_, 6000, 4000, 1, 1, False, 1, scalable=True), scale, 1_000, 0) - 1_000

    full = 6000 * 4000 * 4
    assert taken(Format.JPEG, 0.1) == full / 64
    assert taken(Format.JPEG, 1.0) == full
    assert taken(Format.WEBP, 0.1) < full / 10 < taken(Format.WEBP, 0.8) < 2 * full < taken(Format.WEBP, 1.0)
    assert 2.5 * full < taken(Format.AVIF, 0.1) < taken(Format.AVIF, 1.0)


@pytest.mark.parametrize("scale", [0.1, 0.3, 0.55, 1.0])
@pytest.mark.parametrize("kind", ["alpha", "no loss", "animated"])
def test_a_webp_that_is_decoded_whole_takes_much_at_every_scale(scale: float, kind: str) -> None:
    image, stream = Image.linear_gradient("L").convert("RGBA" if kind == "alpha" else "RGB"), BytesIO()
    image.putpixel((0, 0), (0,) * len(image.getbands()))
    more = [image.rotate(90)] if kind == "animated" else []
    image.save(stream, "WEBP", lossless=kind == "no loss", save_all=bool(more), append_images=more)
    header = replace(read_header(stream.getvalue(), Limits()), width=6000, height=4000)
    assert decoded_bytes(header, scale, 0, 0) > 6000 * 4000 * 16


def test_an_answer_counts_beside_its_original() -> None:
    small = Header(Format.JPEG, 600, 400, 1, 1, False, 1)
    assert decoded_bytes(small, 1.0, 0, 5_000_000) > 40_000_000 > decoded_bytes(small, 1.0, 0, 500_000)


def test_a_cut_that_is_made_while_a_large_picture_comes_takes_little() -> None:
    formats = (Format.PNG, Format.WEBP, Format.AVIF)
    headers = [Header(format_, 6000, 4000, 1, 1, False, 1, scalable=True) for format_ in formats]
    png, webp, avif = (cut_bytes(header, 1.0, 1_000, 10_000) for header in headers)
    assert png < webp / 2
    assert webp < avif
    assert cut_bytes(headers[1], 0.6, 1_000, 10_000) < webp / 2


class Silent:
    """A decoder that says when it is asked."""

    def __init__(self) -> None:
        self.asked = Event()

    def decode(self, data: bytes, header: Header, scale: float) -> Decoded:
        self.asked.set()
        return Decoded(Image.new("RGB", (1, 1)), 1, (1, 1), None)

    def decode_cut(
        self, data: bytes, header: Header, scale: float, box: Box, size: Size
    ) -> tuple[Image.Image, bytes | None] | None:
        self.asked.set()
        return None


SMALL = Header(Format.JPEG, 10, 10, 1, 1, False, 1)


@pytest.mark.parametrize(
    "work",
    [
        lambda decoder: decoder.decode_cut(b"x" * 50, SMALL, 1.0, (0, 0, 1, 1), (1, 1)),
        lambda decoder: decoder.decode(b"x" * 50, SMALL, 1.0),
    ],
)
def test_what_was_not_foreseen_waits_for_room(work: Callable[[Counted], object]) -> None:
    room, silent, leave = Room(100), Silent(), Event()

    def render() -> None:
        with room.taken() as share:
            work(Counted(silent, share, 1))
            leave.wait(PATIENCE)

    with ThreadPoolExecutor(1) as pool:
        with room.taken(60):
            waits = pool.submit(render)
            until(lambda: room.waiting == 1)
            assert not silent.asked.is_set()
        assert silent.asked.wait(PATIENCE)
        leave.set()
        waits.result(PATIENCE)
    with room.taken(100):
        pass


def test_what_was_foreseen_waits_for_nothing_more() -> None:
    room, silent = Room(100), Silent()
    with ThreadPoolExecutor(1) as pool, room.taken(60) as share, room.taken(40):
        share.amount = decoded_bytes(SMALL, 1.0, 50, 1)
        pool.submit(Counted(silent, share, 1).decode, b"x" * 50, SMALL, 0.5)
        assert silent.asked.wait(PATIENCE)


def test_what_is_written_takes_what_the_dearest_format_does() -> None:
    jpeg, avif = (written_bytes([format_], 1_000) for format_ in (Format.JPEG, Format.AVIF))
    assert written_bytes([Format.JPEG, Format.AVIF], 1_000) == avif > 3 * jpeg
