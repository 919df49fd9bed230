"""From sittings to tables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from benchmarks.crop_quality.bootstrap import Bootstrap, Estimate
from benchmarks.crop_quality.cases import Case
from benchmarks.crop_quality.consistency import Agreement
from benchmarks.crop_quality.examination import Sitting
from benchmarks.crop_quality.groups import Group
from benchmarks.crop_quality.metrics import SMALLER_IS_BETTER
from benchmarks.crop_quality.tables import Table
from benchmarks.crop_quality.tasks import Kind

_COMPARED = ("recall", "whole_if_fits", "tight", "iou_ideal", "avoid_regret", "avoid_clean")
"""The marks of the tables of differences: one for each thing that can go wrong."""
_INTERVALS = "In brackets: 95 % interval, bootstrap of the photos."


@dataclass(frozen=True)
class Results:
    """Everything that was measured."""

    cases: tuple[Case, ...]
    sittings: tuple[Sitting, ...]
    groups: tuple[Group, ...]
    bootstrap: Bootstrap
    agreements: tuple[Agreement, ...] = ()
    against: tuple[tuple[str, str, str], ...] = ()
    """Pairs to compare: a title, a cropper, and the one that it is compared with."""

    def sitting(self, name: str) -> Sitting | None:
        """The sitting of a cropper, if it took part."""
        return next((s for s in self.sittings if s.name == name), None)

    def estimate(self, group: Group, sitting: Sitting, mark: str) -> Estimate | None:
        """The mean of a mark over a group."""
        return self.bootstrap.mean(group.marks_of(sitting, self.cases, mark))


def tables(results: Results) -> Iterator[Table]:
    """The whole report, group by group."""
    for group in results.groups:
        yield _quality(results, group)
    for title, name, other in results.against:
        first, second = results.sitting(name), results.sitting(other)
        if first and second:
            yield _differences(results, title, first, second)
    yield _soundness(results)
    if results.agreements:
        rows = tuple((a.asked, str(a.same), str(a.of), f"{a.same / max(a.of, 1):.3f}") for a in results.agreements)
        yield Table("Same question, same answer: keepsight", ("asked", "same", "of", "share"), rows)
    yield _latency(results)


def _quality(results: Results, group: Group) -> Table:
    rows = []
    for sitting in results.sittings:
        estimates = [results.estimate(group, sitting, mark) for mark in group.marks]
        if any(estimates):
            answered = max(e.cases for e in estimates if e)
            rows.append((sitting.name, str(answered), *(_value(e) for e in estimates)))
    columns = ("cropper", "cases", *(_heading(mark) for mark in group.marks))
    return Table(group.title, columns, tuple(rows), _INTERVALS)


def _differences(results: Results, title: str, first: Sitting, second: Sitting) -> Table:
    shown = {mark for group in results.groups for mark in group.marks}
    marks = tuple(mark for mark in _COMPARED if mark in shown)
    rows = []
    for group in results.groups:
        if second.name == "oracle" and Kind.PLAIN in group.kinds:
            continue  # what nobody was told is no loss
        pairs = [
            results.bootstrap.difference(*(group.marks_of(s, results.cases, mark) for s in (first, second)))
            if mark in group.marks
            else None
            for mark in marks
        ]
        if any(pairs):
            rows.append((group.title, *(_change(pair) for pair in pairs)))
    note = f"{first.name} less {second.name}, case by case. {_INTERVALS}"
    return Table(title, ("cases", *(_heading(mark) for mark in marks)), tuple(rows), note)


def _soundness(results: Results) -> Table:
    rows = []
    for sitting in results.sittings:
        scores = [a.scores for a in sitting.answers if a.scores]
        inside, ratio = sum(s.inside for s in scores), sum(s.ratio_ok for s in scores)
        shares = (f"{count / max(len(scores), 1):.3f}" for count in (inside, ratio))
        rows.append((sitting.name, str(len(scores)), *shares, str(len(sitting.errors))))
    return Table("Soundness, all cases", ("cropper", "answers", "inside", "ratio_ok", "errors"), tuple(rows))


def _latency(results: Results) -> Table:
    rows = []
    for sitting in results.sittings:
        if sitting.seconds:
            p50, p95 = np.percentile(np.array(sitting.seconds) * 1000, (50, 95))
            rows.append((sitting.name, str(len(sitting.seconds)), f"{p50:.2f}", f"{p95:.2f}"))
    note = (
        "Milliseconds a call. keepsight and reference-geometry: from the words to the box, detections known; "
        "keepsight-http: the whole answer; blind croppers: reading and decoding the photo included."
    )
    return Table("Latency", ("cropper", "calls", "p50", "p95"), tuple(rows), note)


def _heading(mark: str) -> str:
    return f"{mark} (less is better)" if mark in SMALLER_IS_BETTER else mark


def _value(estimate: Estimate | None) -> str:
    return f"{estimate.mean:.3f} [{estimate.low:.3f} {estimate.high:.3f}]" if estimate else "-"


def _change(estimate: Estimate | None) -> str:
    return f"{estimate.mean:+.3f} [{estimate.low:+.3f} {estimate.high:+.3f}]" if estimate else "-"
