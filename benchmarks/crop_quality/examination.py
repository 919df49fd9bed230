"""Every candidate sits before every case; nothing that goes wrong is forgotten."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.crop_quality.boxes import Box
from benchmarks.crop_quality.cases import Case
from benchmarks.crop_quality.croppers.cropper import Cropper
from benchmarks.crop_quality.metrics import Scores, score
from benchmarks.crop_quality.words import gravity


@dataclass(frozen=True, slots=True)
class Answer:
    """What a cropper did with one case. Without a crop it had no answer to this kind, or failed."""

    crop: Box | None = None
    scores: Scores | None = None
    error: str | None = None


@dataclass(frozen=True)
class Sitting:
    """All answers of one cropper."""

    name: str
    answers: tuple[Answer, ...]
    """One per case, in the order of the cases."""
    seconds: tuple[float, ...]
    """Duration of single calls. Of croppers that are told what to keep, only calls whose detections were known from
    an earlier case; of the others every call, decoding included."""

    @property
    def errors(self) -> tuple[str, ...]:
        """What went wrong, case by case."""
        return tuple(f"{a.error}" for a in self.answers if a.error)


def examine(cropper: Cropper, cases: Sequence[Case]) -> Sitting:
    """Let one cropper answer all cases."""
    answers: list[Answer] = []
    seconds: list[float] = []
    known: dict[object, tuple[Box | None, str | None]] = {}
    seen: set[object] = set()
    for case in cases:
        task = case.task
        one_for_all = (task.photo, task.ratio) if cropper.blind else None
        if one_for_all in known:
            crop, error = known[one_for_all]
        else:
            began = time.perf_counter()
            crop, error = _crop(cropper, case)
            lasted = time.perf_counter() - began
            looked_before = (task.photo, gravity(task)) in seen
            seen.add((task.photo, gravity(task)))
            if (cropper.blind or looked_before) and crop is not None:
                seconds.append(lasted)
            if one_for_all:
                known[one_for_all] = crop, error
        answers.append(Answer(crop, score(case, crop) if crop else None, error))
    return Sitting(cropper.name, tuple(answers), tuple(seconds))


def _crop(cropper: Cropper, case: Case) -> tuple[Box | None, str | None]:
    try:
        return cropper.crop(case), None
    except Exception as error:
        return None, f"{case.task.photo.file}: {error!r}"
