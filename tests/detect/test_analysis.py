from __future__ import annotations

import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from keepsight.detect.analysis import AnalysisCache
from keepsight.detect.detector import Detection, Region
from keepsight.errors import ModelError
from tests.waiting import until

CAT = (Detection("cat", 0.123456789, Region(0.1, 0.2, 0.3, 1 / 3), 0.7),)


def never() -> tuple[Detection, ...]:
    raise AssertionError("the answer was known")


def test_an_answer_is_inferred_once_and_survives_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "new" / "analysis.sqlite"
    cache = AnalysisCache(path)
    assert cache.detections("d1", "coco@1", lambda: CAT) == CAT
    assert cache.detections("d1", "coco@1", never) == CAT
    assert cache.detections("d2", "coco@1", lambda: ()) == ()
    assert cache.inferences == 2
    cache.close()
    again = AnalysisCache(path)
    assert again.detections("d1", "coco@1", never) == CAT
    assert again.detections("d2", "coco@1", never) == ()
    assert again.inferences == 0


def test_other_weights_never_answer(tmp_path: Path) -> None:
    cache = AnalysisCache(tmp_path / "a.sqlite")
    cache.detections("d1", "coco@1", lambda: CAT)
    assert cache.detections("d1", "coco@2", lambda: ()) == ()
    assert cache.inferences == 2


def test_threads_share_one_inference() -> None:
    cache = AnalysisCache()
    barrier = Barrier(8)

    def ask(_: int) -> tuple[Detection, ...]:
        barrier.wait()
        return cache.detections("d1", "coco@1", lambda: time.sleep(0.1) or CAT)

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, range(8))) == [CAT] * 8
    assert cache.inferences == 1


def test_an_error_is_shared_but_not_remembered() -> None:
    cache = AnalysisCache()

    def others() -> int:
        """How many wait for it: whoever came later would ask again."""
        return len(cache._running["d1", "coco@1"]._condition._waiters)

    def fail() -> tuple[Detection, ...]:
        until(lambda: others() == 3)
        raise ModelError("no")

    def ask(_: int) -> str:
        with pytest.raises(ModelError) as caught:
            cache.detections("d1", "coco@1", fail)
        return str(caught.value)

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(ask, range(4))) == ["no"] * 4
    assert cache.inferences == 1
    assert cache.detections("d1", "coco@1", lambda: CAT) == CAT


def test_blobs(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    cache = AnalysisCache(path)
    assert cache.get_blob("d1", "importance") is None
    cache.put_blob("d1", "importance", b"\0\1")
    cache.put_blob("d1", "importance", b"\0\2")
    cache.close()
    again = AnalysisCache(path)
    assert again.get_blob("d1", "importance") == b"\0\2"
    assert again.get_blob("d1", "other") is None
    assert again.detections("d1", "importance", lambda: CAT) == CAT


def test_a_file_that_is_no_database_is_moved_aside(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    path.write_bytes(b"this is not a database, not by any stretch of the imagination" * 100)
    cache = AnalysisCache(path)
    assert cache.detections("d1", "coco@1", lambda: CAT) == CAT
    cache.close()
    assert len(list(tmp_path.glob("a.sqlite.broken-*"))) == 1
    assert AnalysisCache(path).detections("d1", "coco@1", never) == CAT


def test_damage_inside_the_file_is_survived(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    cache = AnalysisCache(path)
    for number in range(400):
        cache.put_blob(f"d{number}", "map", bytes(500))
    cache.close()
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    path.write_bytes(content)
    damaged = AnalysisCache(path)
    assert [damaged.get_blob(f"d{number}", "map") for number in range(400)] == [None] * 400
    damaged.put_blob("d1", "map", b"new")
    assert damaged.get_blob("d1", "map") == b"new"
    assert len(list(tmp_path.glob("a.sqlite.broken-*"))) == 1


def test_a_value_of_another_shape_is_looked_at_again(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    cache = AnalysisCache(path)
    cache.detections("d1", "coco@1", lambda: CAT)
    cache.close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE journal SET value = '[[1]]'")
    connection.close()
    again = AnalysisCache(path)
    assert again.detections("d1", "coco@1", lambda: CAT) == CAT
    assert again.inferences == 1


def test_the_oldest_values_make_room(tmp_path: Path) -> None:
    cache = AnalysisCache(tmp_path / "a.sqlite", max_bytes=1 << 20)
    for number in range(1000):
        cache.put_blob(f"d{number}", "map", bytes(4000))
    assert cache.get_blob("d0", "map") is None
    assert cache.get_blob("d999", "map") is not None
    kept = sum(cache.get_blob(f"d{number}", "map") is not None for number in range(1000))
    assert kept * 4000 < 3 << 20


def test_without_a_writable_folder_it_still_works(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    cache = AnalysisCache(tmp_path / "file" / "a.sqlite")
    assert cache.detections("d1", "coco@1", lambda: CAT) == CAT


def test_threads_share_what_is_computed_from_an_original(tmp_path: Path) -> None:
    cache = AnalysisCache(tmp_path / "a.sqlite")
    barrier, made = Barrier(8), []

    def make() -> bytes:
        made.append(1)
        time.sleep(0.1)
        return b"map"

    def ask(_: int) -> bytes:
        barrier.wait()
        return cache.blob("d1", "map/1", make)

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, range(8))) == [b"map"] * 8
    assert len(made) == 1
    assert AnalysisCache(tmp_path / "a.sqlite").blob("d1", "map/1", never_made) == b"map"
    assert cache.blob("d1", "map/2", lambda: b"other") == b"other"


def never_made() -> bytes:
    raise AssertionError("it was made before")


def test_what_cannot_be_computed_is_tried_again() -> None:
    cache = AnalysisCache()
    with pytest.raises(ModelError):
        cache.blob("d1", "map/1", failing)
    assert cache.blob("d1", "map/1", lambda: b"map") == b"map"


def failing() -> bytes:
    raise ModelError("not now")
