"""Answers where something is in a picture: models in order, thresholds, and honesty about who was not asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PIL import Image

from keepsight.detect.analysis import AnalysisCache, TooSlow, Turn
from keepsight.detect.attributes import told
from keepsight.detect.derived import DerivedModel
from keepsight.detect.detector import Detection
from keepsight.detect.inferences import Inferences, QueueFull
from keepsight.detect.model import Model
from keepsight.detect.query import Candidate, Query
from keepsight.detect.registry import Registry
from keepsight.detect.second_look import RUNS, look_again
from keepsight.errors import ModelError
from keepsight.telemetry.inference import looking

Picture = Callable[[], Image.Image]
"""Gives the upright RGB picture, of any size; called only when a network has to look. The second call, which comes
from another thread, gives what the first one made."""


@dataclass(frozen=True, slots=True)
class Found:
    """Where the content of a word is."""

    detections: tuple[Detection, ...]
    """In descending confidence; empty when nothing was found."""
    model: str | None = None
    """The model that found them."""
    plural: bool = False
    """Whether that model takes the word as a plural: all instances are meant."""
    weak: bool = False
    """True when only the weak threshold of the model was reached, or only its second look found them."""
    unavailable: tuple[str, ...] = ()
    """Models whose absence may have changed the answer: the answer must not be kept. Each may say why in brackets:
    `coco (too slow)`."""
    passing: bool = False
    """Whether they are unavailable for the moment only, and not because they are missing or broken."""


class Analyst:
    """The models and the memory of what they saw. Safe to use from several threads; calls block while one looks."""

    def __init__(
        self,
        registry: Registry,
        cache: AnalysisCache,
        queue: Inferences | None = None,
        *,
        deadline: float | None = None,
    ) -> None:
        """Networks run in the workers of `queue`; without one in the thread that asks, for as long as it takes.

        `deadline`, in seconds, stands in for that of every card.
        """
        self.registry = registry
        self.cache = cache
        self._queue = queue
        self._deadline = deadline

    @property
    def queue(self) -> Inferences | None:
        """Where looks wait, if there is one."""
        return self._queue

    def close(self) -> None:
        """Take no more questions."""
        if self._queue is not None:
            self._queue.close()
        self.cache.close()

    def find(self, query: Query, digest: str, picture: Picture) -> Found:
        """Ask the models of `query` in order until one finds the content in the original `digest`.

        All are asked at their own confidence first; only when none reaches it, the weak ones count, in the same
        order, and when there are none of those either, whoever has a second look takes it.
        `unavailable` names a model that failed, and one that is not installed if the word names it or if nobody else
        could be asked in full: a derived model without one of its sources is asked, but not in full. Raises what
        `picture` raises.
        """
        missing: list[str] = []
        failed: list[str] = []
        asked: list[tuple[Candidate, tuple[Detection, ...]]] = []
        in_full = False
        found: Found | None = None
        for candidate in query.candidates:
            model = self.registry.model(candidate.model)
            if not model.installed:
                missing.append(_absent(candidate.model, model))
                continue
            absent = model.missing
            missing += absent
            try:
                seen = self.look(candidate.model, digest, picture)
            except ModelError as error:
                failed.append(_without(candidate.model, error))
                continue
            fitting = _fitting(candidate, seen)
            asked.append((candidate, fitting))
            in_full = in_full or not absent
            if strong := tuple(each for each in fitting if each.confidence >= model.card.confidence):
                found = Found(strong, self._name(candidate), candidate.plural)
                in_full = True
                break
        weak = (Found(fitting, self._name(who), who.plural, weak=True) for who, fitting in asked if fitting)
        found = found or next(weak, None) or self._find_again([who for who, _ in asked], digest, picture, failed)
        unavailable = (*failed, *(missing if query.named or not in_full else ()))
        return Found(found.detections, found.model, found.plural, found.weak, unavailable)

    def _find_again(self, candidates: Sequence[Candidate], digest: str, picture: Picture, failed: list[str]) -> Found:
        """What the first second look finds that finds anything; models that fail are added to `failed`."""
        for candidate in candidates:
            confidence = self.registry.model(candidate.model).card.second_look
            if confidence is None:
                continue
            try:
                seen = self.look_again(candidate.model, confidence, digest, picture)
            except ModelError as error:
                failed.append(_without(candidate.model, error))
                continue
            if fitting := _fitting(candidate, seen):
                return Found(fitting, self._name(candidate), candidate.plural, weak=True)
        return Found(())

    def faces(self, digest: str, picture: Picture) -> Found:
        """Every face in the original `digest`; `plural` is left to the caller."""
        name = self.registry.faces
        if name is None or not self.registry.model(name).installed:  # nobody has to look at the picture for that
            absent = "faces" if name is None else _absent(name, self.registry.model(name))
            return Found((), unavailable=(absent,))
        try:
            return Found(self.look(name, digest, picture), name)
        except ModelError as error:
            return Found((), unavailable=(_without(name, error),), passing=isinstance(error, TooSlow | QueueFull))

    @property
    def generalist(self) -> Model | None:
        """The installed model that is asked first for any object, if there is one."""
        names = (candidate.model for candidate in self.registry.resolve("objects").candidates)
        return next((m for m in map(self.registry.model, names) if m.installed), None)

    def anything(self, digest: str, picture: Picture) -> Found:
        """What the generalist sees at its own confidence, of any class.

        Nobody asked for it by name, so it is unavailable only when it is too slow or too busy just now.
        """
        model = self.generalist
        if model is None:
            return Found(())
        try:
            seen = self.look(model.card.name, digest, picture)
        except (TooSlow, QueueFull) as error:
            return Found((), unavailable=(_without(model.card.name, error),), passing=True)
        except ModelError:
            return Found(())
        name = model.called if model.card.starter else model.card.name
        return Found(tuple(d for d in seen if d.confidence >= model.card.confidence), name)

    def look(self, model: str, digest: str, picture: Picture) -> tuple[Detection, ...]:
        """Everything one model sees, down to the lowest confidence that can count; from memory if it looked before.

        A derived model is computed from what its sources see, each looked up in the same memory: two models with one
        source cost one inference. One that fails is not replaced by the others.

        Raises KeyError for an unknown model, ModelError when it is missing, broken or fails on this picture.
        """
        asked = self.registry.model(model)
        if isinstance(asked, DerivedModel) and asked.derives and asked.sources:
            return self.cache.detections(digest, asked.key, lambda: self._derive(asked, digest, picture), runs=0)
        turn = self._turn(asked, picture)
        look = looking(asked.called, asked.detector, lambda detector: detector.detect(picture()))
        return self.cache.detections(digest, asked.key, look, turn=turn)

    def look_again(self, model: str, confidence: float, digest: str, picture: Picture) -> tuple[Detection, ...]:
        """What the second look of a model sees from `confidence` on; from memory if it took one before."""
        asked = self.registry.model(model)
        return self.cache.detections(
            digest,
            f"{asked.key}/second",
            looking(asked.called, asked.detector, lambda detector: look_again(detector, picture(), confidence)),
            runs=RUNS,
            turn=self._turn(asked, picture),
        )

    def described(self, model: str, digest: str, picture: Picture) -> tuple[Detection, ...]:
        """Everything one model sees, with attributes where a classifier for them is installed; from memory, too.

        Of use to whoever wants to know, not to crops, which do not pay for it. Raises as `look` does.
        """
        asked = self.registry.model(model)
        seen, teller = self.look(model, digest, picture), asked.teller
        if teller is None or not seen:
            return seen
        return self.cache.detections(
            digest,
            f"{asked.key}/attributes",
            looking(teller.called, teller.classifier, lambda classifier: told(classifier, picture(), seen)),
            turn=self._turn(teller, picture),
        )

    def _name(self, candidate: Candidate) -> str:
        """What the model that answers is called: as it was asked for, or by the name of what stands in for it."""
        model = self.registry.model(candidate.model)
        return model.called if model.card.starter else candidate.model

    def _turn(self, model: Model, picture: Picture) -> Turn | None:
        """A place in the queue, where there is one, with the time that the model has."""
        if self._queue is None:
            return None
        return Turn(self._queue, model.card.deadline if self._deadline is None else self._deadline, picture)

    def _derive(self, model: DerivedModel, digest: str, picture: Picture) -> tuple[Detection, ...]:
        seen = {source.card.name: self.look(source.card.name, digest, picture) for source in model.sources}
        return model.derive(seen, picture())


def _absent(name: str, model: Model) -> str:
    """How a model that is not installed is named among those that are unavailable."""
    return f"{name} (refused by models.licences)" if model.refused else name


def _without(model: str, error: ModelError) -> str:
    """The model for `unavailable`, with the reason where it lies in the moment and not in the model."""
    match error:
        case TooSlow():
            return f"{model} (too slow)"
        case QueueFull():
            return f"{model} (too busy)"
    return model


def _fitting(candidate: Candidate, seen: tuple[Detection, ...]) -> tuple[Detection, ...]:
    """The detections that the candidate means."""
    return tuple(each for each in seen if candidate.labels is None or each.label in candidate.labels)
