"""What every candidate has to be."""

from __future__ import annotations

from typing import Protocol

from benchmarks.crop_quality.boxes import Box
from benchmarks.crop_quality.cases import Case


class Cropper(Protocol):
    """Answers a task with a crop. It may look at the photo and at the words of the task, never at its boxes."""

    @property
    def name(self) -> str:
        """As the tables call it."""

    @property
    def blind(self) -> bool:
        """Whether it can be told nothing but the ratio: then one answer serves every task of a photo and ratio."""

    def crop(self, case: Case) -> Box | None:
        """The crop in pixels of the upright photo, or None for a kind of task that it has no answer to.

        Raises whatever goes wrong: the examination counts it.
        """


class Unavailable(Exception):
    """The candidate is not installed here; the message says what it needs."""
