"""Questions that may hang, and readiness that rests on them."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from keepsight.telemetry.probe import NoAnswer, Probe
from keepsight.telemetry.readiness import OK, Readiness, Unready
from tests.waiting import PATIENCE


def test_many_who_want_to_know_ask_once() -> None:
    asked, go = [], threading.Event()

    def ask() -> int:
        asked.append(1)
        go.wait(PATIENCE)
        return 7

    probe = Probe(ask, within=PATIENCE)
    with ThreadPoolExecutor(8) as pool:
        answers = [pool.submit(probe) for _ in range(8)]
        go.set()
        assert [answer.result() for answer in answers] == [7] * 8
    assert len(asked) == 1


def test_what_hangs_is_not_asked_again_and_is_waited_for_a_while_only() -> None:
    asked, go = [], threading.Event()

    def ask() -> int:
        asked.append(1)
        go.wait(PATIENCE)
        return 7

    probe = Probe(ask, within=0.01)
    for _ in range(3):
        with pytest.raises(NoAnswer):
            probe()
    assert len(asked) == 1
    go.set()


def test_what_was_raised_is_told_to_all_and_asked_again_later() -> None:
    faults = [OSError("no"), None]

    def ask() -> int:
        if fault := faults.pop(0):
            raise fault
        return 7

    probe = Probe(ask, fresh=0)
    with pytest.raises(OSError, match="no"):
        probe()
    assert probe() == 7


def test_several_that_hang_cost_the_time_of_one() -> None:
    go = threading.Event()
    readiness = Readiness()

    def hang() -> None:
        go.wait(PATIENCE)

    for number in range(40):
        readiness.require(str(number), hang)
    began = time.monotonic()
    assert set(readiness.look().values()) == {"no answer within 1.5 s"}
    assert time.monotonic() - began < 30, "one after the other: a minute"
    go.set()


def test_readiness_tells_what_is_the_matter_and_nothing_of_the_host() -> None:
    readiness = Readiness()

    def away() -> None:
        raise ConnectionError("db.internal:5432 as keepsight")

    def loading() -> None:
        raise Unready("models are being loaded")

    readiness.require("well", lambda: None)
    readiness.require("catalogue", away)
    readiness.require("models", loading)
    assert readiness.look() == {
        "well": OK,
        "catalogue": "failed (ConnectionError)",
        "models": "models are being loaded",
    }
    readiness.stopping = True
    assert readiness.look()["stopping"] != OK
