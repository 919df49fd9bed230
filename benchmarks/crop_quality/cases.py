"""A task with its answer key: the best window, and what the best can reach."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from benchmarks.crop_quality.boxes import Box, Size, hull, union_area, window_at
from benchmarks.crop_quality.places import Weighed, around, automatic, least_shown, showing_most
from benchmarks.crop_quality.tasks import Kind, Task
from benchmarks.crop_quality.windows import largest, window_size

WHOLE = 0.99
"""From this share on a target counts as whole: boxes are drawn by hand."""


@dataclass(frozen=True, eq=False)
class Case:
    """One row of the examination."""

    task: Task
    window: Size
    """Of the ideal crop, in source pixels."""
    ideal: Box
    """The crop of somebody who knows the boxes."""
    area: float
    """Union of the task's boxes, in square pixels."""
    reachable: float
    """Share of that area, 0..1, which the ideal crop shows; for `avoid` the least that any window shows."""
    fits: bool
    """Whether the window can hold the targets whole; within 1 px, as sides are rounded."""
    hard: bool
    """Whether the centre crop cuts targets that would fit: the cases that tell croppers apart."""


def make_cases(tasks: Iterable[Task]) -> tuple[Case, ...]:
    """The answer keys of all tasks."""
    return tuple(_avoiding(task) if task.kind is Kind.AVOID else _showing(task) for task in tasks)


def centre_crop(task: Task) -> Box:
    """The largest window of the exact ratio, in the middle of the photo, whatever the mode."""
    photo = task.photo.size
    return around(photo, largest(photo, task.ratio.exact), Box(0, 0, photo.width, photo.height))


def _showing(task: Task) -> Case:
    photo, subject = task.photo.size, hull(task.boxes)
    window = window_size(task.mode, photo, task.ratio, subject)
    ideal = showing_most(photo, window, task.boxes)
    area = union_area(task.boxes, window_at(0, 0, photo))
    fits = subject.width <= window.width + 1 and subject.height <= window.height + 1
    hard = fits and union_area(task.boxes, centre_crop(task)) / area < WHOLE
    return Case(task, window, ideal, area, union_area(task.boxes, ideal) / area, fits, hard)


def _avoiding(task: Task) -> Case:
    photo = task.photo.size
    window = window_size(task.mode, photo, task.ratio, None)
    ideal = automatic(photo, window, avoid=[Weighed(box) for box in task.boxes])
    area = union_area(task.boxes, window_at(0, 0, photo))
    return Case(task, window, ideal, area, least_shown(photo, window, task.boxes) / area, fits=False, hard=False)
