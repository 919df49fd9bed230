"""Who was asked what, and what they saw."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from keepsight.delivery.sight import OriginalSight
from keepsight.detect.analyst import Analyst, Found
from keepsight.detect.detector import Detection
from keepsight.detect.query import Candidate, Query
from keepsight.errors import ModelError
from keepsight.focus.focus import Seen
from keepsight.focus.sight import pixels


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a gravity, and how each model that knows it answered."""

    name: str
    answers: tuple[tuple[str, str], ...]
    """Model and what it said, in the order in which models are asked; empty for a word that none knows."""
    nearest: tuple[str, ...]


def words_of(sight: OriginalSight, digest: str, analyst: Analyst) -> tuple[Word, ...]:
    """Every word that was looked for, in order. What the models saw comes from memory."""
    return tuple(
        Word(query.word, tuple(_answers(query, found, sight, digest, analyst)), query.nearest)
        for query, found in sight.answers.items()
    )


def bystanders(sight: OriginalSight, digest: str, analyst: Analyst, decided: Iterable[Seen]) -> tuple[Seen, ...]:
    """What was seen surely enough by the models that were asked, without `decided`; the surest first."""
    counted = {(s.model, s.detection) for s in decided}
    models = [c.model for query, found in sight.answers.items() for c in _asked(query, found, analyst)]
    seen = [
        (model, detection)
        for model in dict.fromkeys(models)
        for detection in _look(model, sight, digest, analyst) or ()
        if detection.confidence >= analyst.registry.model(model).card.confidence
    ]
    for found in (sight.seen_faces, sight.seen_anything):
        seen += [(found.model or "", d) for d in found.detections] if found else []
    left = [Seen(d, pixels(d, sight.size), m, 0.0) for m, d in dict.fromkeys(seen) if (m, d) not in counted]
    return tuple(sorted(left, key=lambda s: -s.detection.confidence))


def _answers(
    query: Query, found: Found, sight: OriginalSight, digest: str, analyst: Analyst
) -> Iterator[tuple[str, str]]:
    asked = _asked(query, found, analyst)
    for candidate in query.candidates:
        model = analyst.registry.model(candidate.model)
        if not model.installed:
            yield candidate.model, f"is refused: {model.refused}" if model.refused else "is not installed"
        elif candidate not in asked:
            yield candidate.model, "was not asked any more"
        elif (seen := _look(candidate.model, sight, digest, analyst)) is None:
            yield candidate.model, "failed"
        else:
            fitting = [d for d in seen if candidate.labels is None or d.label in candidate.labels]
            yield candidate.model, _said(candidate, fitting, model.card.confidence, found)


def _said(candidate: Candidate, seen: list[Detection], confidence: float, found: Found) -> str:
    if candidate.model == found.model:
        listed = ", ".join(f"{d.label} {d.confidence:.2f}" for d in found.detections)
        unsure = f", none reaches its {confidence:g}" if found.weak else ""
        return f"found {listed}{unsure}"
    if not seen:
        return "saw none"
    return f"was not sure enough: {seen[0].confidence:.2f} at best, it has to reach {confidence:g}"


def _asked(query: Query, found: Found, analyst: Analyst) -> list[Candidate]:
    """Those who had to look: up to the first who was sure, or all of them. Who is not installed cannot."""
    able = [c for c in query.candidates if analyst.registry.model(c.model).installed]
    at = next((i for i, c in enumerate(able) if c.model == found.model and not found.weak), len(able))
    return able[: at + 1]


def _look(model: str, sight: OriginalSight, digest: str, analyst: Analyst) -> tuple[Detection, ...] | None:
    """What a model saw, None if it failed."""
    try:
        return analyst.look(model, digest, sight.preview)
    except ModelError:
        return None
