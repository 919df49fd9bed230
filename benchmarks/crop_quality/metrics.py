"""The marks of one crop; docs/crop-quality.md explains them."""

from __future__ import annotations

from dataclasses import dataclass, fields

from benchmarks.crop_quality.boxes import Box, hull, intersection_over_union, union_area
from benchmarks.crop_quality.cases import WHOLE, Case
from benchmarks.crop_quality.tasks import Kind, Mode

CLEAN = 0.02
"""Up to this share of what is to be avoided a crop counts as clean."""
AVOIDABLE = 0.005
"""A clean crop is asked for only where the best window shows at most this share."""


@dataclass(frozen=True, slots=True)
class Scores:
    """0..1 each. None: the mark is not defined for this task."""

    recall: float | None = None
    """Share of the targets' union area that the crop shows."""
    recall_of_best: float | None = None
    """`recall` over what the ideal crop shows."""
    whole_if_fits: float | None = None
    """1 if the targets are whole (99 %), asked where the ideal window can hold them."""
    tight: float | None = None
    """Ideal area over the crop's area, 0 where the targets are cut; asked of `thumb` and `crop` where they fit."""
    iou_ideal: float | None = None
    """Intersection over union with the ideal crop."""
    bde: float | None = None
    """Boundary displacement error: mean distance of the four edges from the ideal ones, in sides of the photo."""
    avoided_shown: float | None = None
    """Share of the area to avoid that the crop shows."""
    avoid_regret: float | None = None
    """`avoided_shown` less the least that any window of the size can show."""
    avoid_clean: float | None = None
    """1 if at most 2 % is shown, asked where nothing (0.5 %) is possible."""
    inside: float = 0.0
    """1 if the crop lies inside the photo, within 1 px."""
    ratio_ok: float = 0.0
    """1 if a side is within 1.5 px of what the other and the ratio give (1.5 times the ratio along the longer one)."""


NAMES = tuple(field.name for field in fields(Scores))
SMALLER_IS_BETTER = frozenset({"bde", "avoided_shown", "avoid_regret"})


def score(case: Case, crop: Box) -> Scores:
    """Mark one crop."""
    inside, ratio_ok = float(_inside(case, crop)), float(_ratio_ok(case, crop))
    task = case.task
    shown = union_area(task.boxes, crop) / case.area
    if task.kind is Kind.AVOID:
        return Scores(
            avoided_shown=shown,
            avoid_regret=shown - case.reachable,
            avoid_clean=float(shown <= CLEAN) if case.reachable <= AVOIDABLE else None,
            inside=inside,
            ratio_ok=ratio_ok,
        )
    whole = shown >= WHOLE
    close_up = case.fits and task.mode is not Mode.FILL
    tightness = min(1.0, case.window.width * case.window.height / max(crop.area, 1.0)) if whole else 0.0
    return Scores(
        recall=shown,
        recall_of_best=min(1.0, shown / max(case.reachable, 1e-6)),
        whole_if_fits=float(whole) if case.fits else None,
        tight=tightness if close_up else None,
        iou_ideal=intersection_over_union(crop, case.ideal),
        bde=_displacement(case, crop),
        inside=inside,
        ratio_ok=ratio_ok,
    )


def _inside(case: Case, crop: Box) -> bool:
    photo = case.task.photo.size
    grown = Box(-1, -1, photo.width + 1, photo.height + 1)
    return crop.width >= 1 and crop.height >= 1 and hull((crop, grown)) == grown


def _ratio_ok(case: Case, crop: Box) -> bool:
    ratio = float(case.task.ratio.exact)
    by_height = abs(crop.width - crop.height * ratio) <= 1.5 * max(1.0, ratio)
    return by_height or abs(crop.height - crop.width / ratio) <= 1.5 * max(1.0, 1 / ratio)


def _displacement(case: Case, crop: Box) -> float:
    photo, ideal = case.task.photo.size, case.ideal
    across = abs(crop.left - ideal.left) + abs(crop.right - ideal.right)
    down = abs(crop.top - ideal.top) + abs(crop.bottom - ideal.bottom)
    return across / photo.width / 4 + down / photo.height / 4
