"""The older measure beside this one: written separately from the same definitions, so their numbers must be equal."""

from __future__ import annotations

import importlib
import math
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from conftest import shared

from benchmarks.crop_quality.boxes import Box
from benchmarks.crop_quality.cases import Case, centre_crop, make_cases
from benchmarks.crop_quality.metrics import score
from benchmarks.crop_quality.photos import read_photos
from benchmarks.crop_quality.tasks import Kind, make_tasks

_NAMES = ("data", "tasks", "metrics", "reference", "croppers")
_SAME = (
    "recall",
    "recall_of_best",
    "whole_if_fits",
    "tight",
    "iou_ideal",
    "bde",
    "avoided_shown",
    "avoid_regret",
    "avoid_clean",
    "inside",
    "ratio_ok",
)


@pytest.fixture(scope="module")
def photos() -> Path:
    return shared("photos")


@pytest.fixture(scope="module")
def older(photos: Path) -> Iterator[dict[str, ModuleType]]:
    """Its modules have names such as `data`, which others might have too: see that none is loaded yet."""
    folder = str(shared("cropeval"))
    assert not any(name in sys.modules for name in _NAMES)
    bytecode, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    sys.path.insert(0, folder)
    try:
        yield {name: importlib.import_module(name) for name in _NAMES}
    finally:
        for name in _NAMES:
            sys.modules.pop(name, None)
        sys.path.remove(folder)
        sys.dont_write_bytecode = bytecode


def key(case: Case) -> tuple[object, ...]:
    task = case.task
    return task.photo.file, task.name, str(task.kind), str(task.mode), (task.ratio.across, task.ratio.down)


def test_centre_and_oracle_have_the_marks_of_the_older_measure(older: dict[str, ModuleType], photos: Path) -> None:
    tasks = older["tasks"].make(older["data"].load(str(photos), str(photos / "boxes.json")))
    theirs = {(t["file"], t["name"], t["kind"], t["mode"], t["ar"]): t for t in tasks}
    ours = {key(c): c for c in make_cases(make_tasks(read_photos(photos))) if c.task.kind is not Kind.PLAIN}
    assert ours.keys() == theirs.keys()
    for asked, case in ours.items():
        task = theirs[asked]
        crops = {"centre": (centre_crop(case.task), older["croppers"].centre(task))}
        crops["oracle"] = case.ideal, older["croppers"].oracle(task)
        for crop, (x, y, width, height) in crops.values():
            assert crop == Box(x, y, x + width, y + height), asked
            marks, expected = score(case, crop), older["metrics"].score(task, (x, y, width, height))
            for name in _SAME:
                mark, other = getattr(marks, name), expected.get(name, math.nan)
                assert (math.nan if mark is None else mark) == pytest.approx(other, abs=1e-6, nan_ok=True), (
                    asked,
                    name,
                )
