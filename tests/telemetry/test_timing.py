"""Steps add up, know their thread, and end with the deadline."""

from __future__ import annotations

import threading
import time

import pytest

from keepsight.errors import Unavailable
from keepsight.telemetry.metrics import REGISTRY
from keepsight.telemetry.timing import Stopwatch, timed


def observed(step: str) -> float:
    return REGISTRY.get_sample_value("keepsight_step_seconds_count", {"step": step}) or 0.0


def test_what_is_timed_inside_a_step_is_one_of_its_request() -> None:
    watch = Stopwatch(60)
    before = observed("test inner")
    with watch.step("test outer"), timed("test inner"):
        time.sleep(0.01)
    assert list(watch.durations) == ["test inner", "test outer", "total"]
    assert watch.durations["test inner"] >= 0.01
    assert watch.durations["test outer"] + watch.durations["test inner"] <= watch.durations["total"]
    assert observed("test inner") == before + 1


def test_outside_of_a_step_and_in_other_threads_nothing_is_timed() -> None:
    watch = Stopwatch(60)

    def elsewhere() -> None:
        with timed("test elsewhere"):
            pass

    with watch.step("test outer"):
        thread = threading.Thread(target=elsewhere)
        thread.start()
        thread.join()
    with timed("test after"):
        pass
    assert list(watch.durations) == ["test outer", "total"]


def test_waits_on_the_event_loop_leave_no_trace_in_the_thread() -> None:
    one, two = Stopwatch(60), Stopwatch(60)
    one.add("test wait", 0.25)
    two.add("test wait", 0.5)
    one.add("test wait", 0.25)
    with timed("test after"):
        pass
    assert (one.durations["test wait"], two.durations["test wait"]) == (0.5, 0.5)
    assert "test after" not in one.durations | two.durations


def test_two_requests_in_one_thread_keep_theirs_apart() -> None:
    one, two = Stopwatch(60), Stopwatch(60)
    with one.step("a"):
        with two.step("b"), timed("c"):
            pass
        with timed("d"):
            pass
    assert set(one.durations) == {"a", "d", "total"}
    assert set(two.durations) == {"b", "c", "total"}


def test_a_step_does_not_begin_after_the_deadline() -> None:
    watch = Stopwatch(60)
    with watch.step("a"):
        watch._deadline = 0.0
        time.sleep(0.001)
        with pytest.raises(Unavailable), timed("b"):
            pass
