"""Keepsight with a perfect detector: it is shown the annotated boxes. What it still loses, its geometry loses."""

from __future__ import annotations

from benchmarks.crop_quality.boxes import Box
from benchmarks.crop_quality.cases import Case
from benchmarks.crop_quality.croppers.keepsight_inside import Keepsight, PhotoSight
from benchmarks.crop_quality.photos import Photo
from benchmarks.crop_quality.tasks import counted
from benchmarks.crop_quality.words import plural, singular
from keepsight.detect.analyst import Analyst, Found
from keepsight.detect.detector import Detection, Region
from keepsight.detect.query import Candidate, Query

_MODEL = "annotation"


class KeepsightTrueBoxes:
    """Objects come from the annotation, at confidence 1 and as sharp as the photo; faces and importance do not."""

    name = "keepsight-true-boxes"
    blind = False

    def __init__(self, keepsight: Keepsight) -> None:
        self._keepsight = keepsight

    def crop(self, case: Case) -> Box:
        """The box that the product would cut if it saw like the annotators."""
        sight = _TrueSight(case.task.photo, self._keepsight.analyst)
        return self._keepsight.lay(case.task, sight)


class _TrueSight(PhotoSight):
    """A photo with its annotation. As in the tasks, what is too small to count is not there."""

    def __init__(self, photo: Photo, analyst: Analyst) -> None:
        super().__init__(photo, analyst)
        self._photo = photo

    def understand(self, word: str) -> Query:
        names = {thing.name for thing in self._photo.things}
        for name in names:
            if word in (singular(name), plural(name)):
                labels = frozenset({singular(name)})
                return Query(word, (Candidate(_MODEL, labels, plural=word != singular(name)),))
        return super().understand(word)

    def find(self, query: Query) -> Found:
        labels = {label for c in query.candidates if c.model == _MODEL for label in c.labels or ()}
        plurals = any(c.plural for c in query.candidates if c.model == _MODEL)
        return Found(self._seen(labels), _MODEL, plurals)

    def anything(self) -> Found:
        return Found(self._seen({singular(thing.name) for thing in self._photo.things}), _MODEL, plural=True)

    def _seen(self, labels: set[str]) -> tuple[Detection, ...]:
        names = sorted({thing.name for thing in self._photo.things if singular(thing.name) in labels})
        size = self._photo.size
        return tuple(
            Detection(
                singular(name),
                1.0,
                Region(b.left / size.width, b.top / size.height, b.width / size.width, b.height / size.height),
            )
            for name in names
            for b in counted(self._photo, name)
        )
