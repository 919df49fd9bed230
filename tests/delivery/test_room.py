"""Room for large originals: never more than there is, nobody forgotten, and small ones do not wait."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event, Lock
from time import sleep

import pytest

from keepsight.delivery.room import Room, decoded_bytes
from keepsight.pixels.formats import Format
from keepsight.pixels.header import Header
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


def test_what_is_reduced_while_it_is_decoded_takes_little() -> None:
    def header(format_: Format) -> Header:
        return Header(format_, 6000, 4000, 1, 1, False, 1)

    full = 6000 * 4000 * 4
    assert decoded_bytes(header(Format.JPEG), 0.1) == full / 64
    assert decoded_bytes(header(Format.JPEG), 1.0) == full
    assert decoded_bytes(header(Format.AVIF), 0.1) == 2 * full
