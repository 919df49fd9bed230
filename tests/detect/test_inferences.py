"""The bounded queue in front of the networks, and what happens to those who wait too long."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event, Thread, current_thread

import pytest
from PIL import Image

from keepsight.detect.analysis import AnalysisCache, TooSlow, Turn
from keepsight.detect.analyst import Analyst
from keepsight.detect.card import find_cards
from keepsight.detect.detector import Detection, Region
from keepsight.detect.inferences import Inferences, QueueFull
from keepsight.detect.registry import Registry
from keepsight.errors import ModelError
from tests.waiting import PATIENCE, until

from .conftest import needs_ultralytics, write_card
from .networks import NAMES, save_network

CAT = (Detection("cat", 0.9, Region(0, 0, 1, 1)),)
PICTURE = Image.new("RGB", (64, 64))


@pytest.fixture
def one() -> Iterator[Inferences]:
    """One worker, two places to wait."""
    queue = Inferences(workers=1, waiting=2)
    yield queue
    queue.close()


def turn(queue: Inferences, within: float = PATIENCE, first: Callable[[], object] = lambda: None) -> Turn:
    return Turn(queue, within, first)


def test_first_come_first_served_and_no_more_than_fit(one: Inferences) -> None:
    goes, order = Event(), list[int]()
    one.start(lambda: goes.wait(PATIENCE) and None)
    until(lambda: one.jobs == 1)
    one.start(lambda: order.append(1))
    one.start(lambda: order.append(2))
    with pytest.raises(QueueFull, match="3 pictures are being looked at or waiting"):
        one.start(lambda: order.append(3))
    goes.set()
    until(lambda: one.jobs == 0)
    assert order == [1, 2]
    one.start(lambda: order.append(4))
    until(lambda: order == [1, 2, 4])


def test_as_many_at_once_as_there_are_workers() -> None:
    queue, running, most = Inferences(workers=2, waiting=8), list[int](), list[int]()

    def job() -> None:
        running.append(1)
        most.append(len(running))
        time.sleep(0.03)
        running.pop()

    for _ in range(8):
        queue.start(job)
    until(lambda: queue.jobs == 0)
    assert max(most) == 2
    queue.close()
    with pytest.raises(QueueFull, match="stopping"):
        queue.start(job)


def test_who_waited_long_enough_goes_on_and_the_answer_is_kept(one: Inferences) -> None:
    cache, goes = AnalysisCache(), Event()

    def infer() -> tuple[Detection, ...]:
        assert goes.wait(PATIENCE)
        return CAT

    for _ in range(2):  # the second one joins the inference that still runs
        with pytest.raises(TooSlow, match=r"within 0\.02 s"):
            cache.detections("d", "coco", infer, turn=turn(one, 0.02))
    with ThreadPoolExecutor(1) as pool:
        patient = pool.submit(cache.detections, "d", "coco", infer, turn=turn(one, PATIENCE))
        goes.set()
        assert patient.result() == CAT
    assert cache.detections("d", "coco", lambda: pytest.fail("it is known"), turn=turn(one, 0.001)) == CAT
    assert cache.inferences == 1


def test_two_requests_for_one_new_photo_cause_one_inference() -> None:
    cache, queue, started = AnalysisCache(), Inferences(workers=4), Event()

    def infer() -> tuple[Detection, ...]:
        started.wait(PATIENCE)
        return CAT

    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(cache.detections, "d", "coco", infer, turn=turn(queue)) for _ in range(8)]
        started.set()
        assert [each.result() for each in asked] == [CAT] * 8
    assert cache.inferences == 1
    queue.close()


def test_an_error_of_the_worker_reaches_everybody(one: Inferences) -> None:
    cache = AnalysisCache()

    def infer() -> tuple[Detection, ...]:
        raise ModelError("broken")

    with pytest.raises(ModelError, match="broken"):
        cache.detections("d", "coco", infer, turn=turn(one))
    with pytest.raises(ZeroDivisionError):
        cache.detections("d", "coco", infer, turn=turn(one, first=lambda: 1 / 0))
    until(lambda: one.jobs == 0)
    assert cache.detections("d", "coco", lambda: CAT, turn=turn(one)) == CAT


def test_the_picture_is_decoded_by_who_asks(one: Inferences) -> None:
    cache, threads = AnalysisCache(), list[str]()

    def note() -> None:
        threads.append(current_thread().name)

    asker = Thread(
        target=lambda: cache.detections("d", "m", lambda: note() or CAT, turn=turn(one, first=note)), name="asker"
    )
    asker.start()
    asker.join()
    assert threads == ["asker", "inference_0"]


@pytest.fixture
def slow(tmp_path: Path) -> Registry:
    """A real network whose card gives it less time than it takes."""
    needs_ultralytics()
    folder = write_card(tmp_path / "slow", "slow", "w.pt", "deadline = 0.0001\ninput_size = 320")
    save_network(folder / "w.pt", NAMES, sees_things=True)
    return Registry(find_cards(), tmp_path, private=[folder])


def test_a_model_has_a_deadline(slow: Registry, one: Inferences) -> None:
    analyst = Analyst(slow, AnalysisCache(), one)
    found = analyst.find(slow.resolve("slow_nut"), "d", lambda: PICTURE)
    assert (found.detections, found.unavailable) == ((), ("slow (too slow)",))
    until(lambda: one.jobs == 0)
    patient = Analyst(slow, analyst.cache, one, deadline=PATIENCE)
    assert patient.find(slow.resolve("slow_nut"), "d", lambda: pytest.fail("it was seen")).unavailable == ()
    assert analyst.cache.inferences == 1
    assert patient.find(slow.resolve("slow_nut"), "other", lambda: PICTURE).unavailable == ()


def test_a_full_queue_is_said(slow: Registry) -> None:
    queue, goes = Inferences(workers=1, waiting=1), Event()
    for _ in range(2):
        queue.start(lambda: goes.wait(PATIENCE) and None)
    analyst = Analyst(slow, AnalysisCache(), queue, deadline=PATIENCE)
    assert analyst.find(slow.resolve("slow_nuts"), "d", lambda: PICTURE).unavailable == ("slow (too busy)",)
    subjects = analyst.anything("d", lambda: PICTURE)
    assert (subjects.unavailable, subjects.passing) == (("slow (too busy)",), True)
    goes.set()
    until(lambda: queue.jobs == 0)
    assert analyst.find(slow.resolve("slow_nuts"), "d", lambda: PICTURE).unavailable == ()
    queue.close()
