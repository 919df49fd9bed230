"""Which cases a table is about, and which marks it shows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.crop_quality.bootstrap import Marks
from benchmarks.crop_quality.cases import Case
from benchmarks.crop_quality.examination import Sitting
from benchmarks.crop_quality.tasks import Kind, Mode

NAMED = (Kind.SINGLE, Kind.PROMINENT, Kind.PLURAL)
_CLOSE_UP = ("recall", "recall_of_best", "whole_if_fits", "tight", "iou_ideal", "bde")
_FILL = ("recall", "recall_of_best", "whole_if_fits", "iou_ideal", "bde")
_AVOID = ("avoided_shown", "avoid_regret", "avoid_clean")


@dataclass(frozen=True, slots=True)
class Group:
    """A table's worth of cases."""

    title: str
    mode: Mode
    kinds: tuple[Kind, ...]
    marks: tuple[str, ...]
    hard: bool = False
    """Only cases in which a centre crop cuts what would fit."""

    def holds(self, case: Case) -> bool:
        """Whether a case belongs here."""
        task = case.task
        return task.mode is self.mode and task.kind in self.kinds and (case.hard or not self.hard)

    def marks_of(self, sitting: Sitting, cases: Sequence[Case], mark: str) -> Marks:
        """One mark of a sitting per case; NaN outside the group and where there is none."""
        marks = np.full(len(cases), np.nan)
        for index, (case, answer) in enumerate(zip(cases, sitting.answers, strict=True)):
            if answer.scores is not None and self.holds(case):
                value = getattr(answer.scores, mark)
                marks[index] = np.nan if value is None else value
        return marks


def groups(modes: Sequence[Mode], *, full: bool = False) -> Iterator[Group]:
    """The tables of a report, `full` with one per kind of task as well."""
    for mode in modes:
        marks = _FILL if mode is Mode.FILL else _CLOSE_UP
        yield Group(f"c_{mode}, a target named, hard cases", mode, NAMED, marks, hard=True)
        yield Group(f"c_{mode}, a target named, all cases", mode, NAMED, marks)
        if full:
            for kind in NAMED:
                yield Group(f"c_{mode}, {kind}, all cases", mode, (kind,), marks)
    if Mode.FILL in modes:
        yield Group("c_fill, a class to avoid", Mode.FILL, (Kind.AVOID,), _AVOID)
        yield Group("c_fill, g_auto, no target named, hard cases", Mode.FILL, (Kind.PLAIN,), _FILL, hard=True)
        yield Group("c_fill, g_auto, no target named, all cases", Mode.FILL, (Kind.PLAIN,), _FILL)
