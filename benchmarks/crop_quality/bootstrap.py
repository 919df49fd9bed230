"""Means with 95 % intervals, by resampling photos: tasks of one photo are no independent evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

ROUNDS = 2000

Marks = NDArray[np.float64]
"""One mark per case, NaN where it is not defined or does not belong to the group."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over cases and the interval in which 95 % of the resampled means lie."""

    mean: float
    low: float
    high: float
    cases: int


class Bootstrap:
    """The same resampled sets of photos for every question, so that differences are paired."""

    def __init__(self, photo_of_case: Sequence[int], seed: int = 0, rounds: int = ROUNDS) -> None:
        """`photo_of_case` numbers the photo of each case from 0."""
        self._photo = np.asarray(photo_of_case, dtype=np.intp)
        self._photos = int(self._photo.max()) + 1 if len(self._photo) else 1
        chance = np.full(self._photos, 1 / self._photos)
        # How often each photo is drawn in each round: all that a mean needs to know of a resampling.
        self._draws = np.random.default_rng(seed).multinomial(self._photos, chance, rounds).astype(np.float64)

    def mean(self, marks: Marks) -> Estimate | None:
        """The mean of the defined marks; None where there are none."""
        defined = ~np.isnan(marks)
        if not defined.any():
            return None
        sums = np.bincount(self._photo[defined], marks[defined], self._photos)
        counts = np.bincount(self._photo[defined], minlength=self._photos)
        drawn = self._draws @ counts
        means = (self._draws @ sums)[drawn > 0] / drawn[drawn > 0]
        low, high = np.percentile(means, (2.5, 97.5))
        return Estimate(float(sums.sum() / counts.sum()), float(low), float(high), int(counts.sum()))

    def difference(self, marks: Marks, others: Marks) -> Estimate | None:
        """The mean of `marks - others` over the cases in which both are defined."""
        return self.mean(marks - others)
