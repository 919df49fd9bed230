"""One model of the registry: its card, its words, and its network once somebody needs it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Literal, cast

from keepsight.detect.attributes import Teller
from keepsight.detect.card import Capability, Card
from keepsight.detect.checkpoint import class_names
from keepsight.detect.detector import Detector, Identity
from keepsight.detect.moment import once_a_moment
from keepsight.detect.onnx_file import describe
from keepsight.detect.runtime import (
    Choice,
    Device,
    Runtime,
    Source,
    choose,
    load_classifier,
    load_detector,
    load_saliency,
)
from keepsight.detect.saliency import Saliency
from keepsight.detect.vocabulary import EMPTY, Vocabulary
from keepsight.detect.weights import Weights, find_weights
from keepsight.errors import ModelError

STARTER = "_starter"
"""Behind the name of a model: the network that came along."""
SETTINGS_THAT_SHOW = {
    "confidence",
    "weak_confidence",
    "second_look",
    "input_size",
    "runtime",
    "own_names",
    "capabilities",
    "vocabulary",
    "categories",
    "spellings",
    "sources",
    "renames",
}
"""Fields of a card that change what a request gets."""
SETTINGS_OF_DETR = {"names", "normalise"}
"""More of them, of cards with the runtime `detr`."""


@dataclass(frozen=True, slots=True)
class ModelState:
    """How a model is doing, for `keepsight doctor` and `keepsight models list`."""

    name: str
    version: int
    private: bool
    state: Literal["ready", "loadable", "missing", "broken", "refused"]
    """ready: loaded. loadable: installed, nobody needed it yet. missing: not installed. broken: see `fault`. refused:
    see there."""
    card: Card | None = None
    """None when the card itself is broken."""
    file: str | None = None
    """Name of the installed weights."""
    runtime: Runtime | None = None
    """What runs it here; None when nothing does."""
    recognised: bool | None = None
    """Whether the installed file is the one the card means; None when nobody can tell."""
    identity: Identity | None = None
    fault: str | None = None
    sources: tuple[str, ...] = ()
    """The installed models that a derived one is computed from."""
    missing: tuple[str, ...] = ()
    """The sources of a derived one that are not installed: what they would tell is not found."""
    refused: str = ""
    """Why the settings do not allow it; empty where they do."""

    @property
    def starter(self) -> bool:
        """Whether it is one that came along, until another of its name is installed."""
        return self.card is not None and self.card.starter

    @property
    def exact(self) -> str:
        """The name that the registry knows this very version by."""
        if self.starter:
            return f"{self.name}{STARTER}"
        return f"{self.name}_v{self.version}"


class Model:
    """A card with a folder. Safe to use from several threads; never raises before it is asked to detect."""

    def __init__(  # noqa: PLR0913 - the last five are settings, by name only
        self,
        card: Card,
        folder: Path,
        models: Mapping[str, Model] | None = None,
        *,
        private: bool = False,
        runtime: Choice = "auto",
        device: Device = "auto",
        called: str = "",
        refused: str = "",
    ) -> None:
        """`models` holds what the card refers to by name, at the latest when the model is first asked.

        It is `called` by the name of its card, or with a version where there are several. One that is `refused`, for
        the reason that is given, does nothing.
        """
        self.card = card
        self.refused = refused
        self.called = called or (f"{card.name}{STARTER}" if card.starter else card.name)
        self._models = {} if models is None else models
        self._device = device
        self.folder = folder
        self.private = private
        self._runtime = runtime
        self._lock = Lock()
        self._loaded: tuple[Source, Detector | Saliency | Teller] | None = None
        self._failure: tuple[Source, str] | None = None
        shown = SETTINGS_THAT_SHOW | (SETTINGS_OF_DETR if card.runtime == "detr" else set())
        self._settings = hashlib.sha256(card.model_dump_json(include=shown).encode()).hexdigest()[:8]
        self._fault_of_words: str | None = None
        self.vocabulary = self._read_vocabulary()
        """The words of the model. Of a private model without readable weights: none, until the next start."""

    @property
    @once_a_moment
    def installed(self) -> bool:
        """Whether a weights file is there, good or bad, and allowed."""
        try:
            return not self.refused and find_weights(self.card, self.folder) is not None
        except ModelError:
            return True

    @property
    def missing(self) -> tuple[str, ...]:
        """The models that would have to be installed for complete answers."""
        return () if self.installed else (self.called,)

    @property
    @once_a_moment
    def key(self) -> str:
        """Identity and settings in one string, for cache keys: whatever changes the answers changes it.

        `name:missing` without weights, `name:refused` where the settings do not allow it. Names the runtime, too: its
        boxes are those of every other to within a tolerance, but two thumbs of one picture must not differ by a pixel
        because one was made before an update.
        Reads the file at most once per change and never loads the network.
        """
        if self.refused:
            return f"{self.called}:refused"
        try:
            weights = find_weights(self.card, self.folder)
            if weights is None:
                return f"{self.called}:missing"
            source = choose(self.card, weights, self._runtime, self._device)
        except ModelError:
            return f"{self.called}:unreadable"
        place = "" if source.device == "cpu" else "+cuda"
        return f"{self._identity(weights)}+{self._settings}+{source.runtime}{place}{self._told_by}"

    @property
    def _told_by(self) -> str:
        teller = self.teller
        return f"+{teller.key}" if teller else ""

    @property
    def state(self) -> ModelState:
        """How the model is doing right now."""
        name, version = self.card.name, self.card.version
        if self.refused:
            return ModelState(name, version, self.private, "refused", self.card, refused=self.refused)
        try:
            weights = find_weights(self.card, self.folder)
        except ModelError as error:
            return ModelState(name, version, self.private, "broken", self.card, fault=str(error))
        if weights is None:
            return ModelState(name, version, self.private, "missing", self.card)
        loaded, failure = self._loaded, self._failure
        source, fault = None, self._fault_of_words
        try:
            source = choose(self.card, weights, self._runtime, self._device)
            fault = failure[1] if failure and failure[0] == source else fault
        except ModelError as error:
            fault = str(error)
        ready = loaded is not None and loaded[0] == source
        return ModelState(
            name,
            version,
            self.private,
            "broken" if fault else "ready" if ready else "loadable",
            self.card,
            weights.path.name,
            source.runtime if source else None,
            weights.recognised,
            self._identity(weights),
            fault,
        )

    def detector(self) -> Detector:
        """The network of a model that detects something. Raises ModelError as `load` does, or when it does not."""
        if self.card.task in {"saliency", "classify"}:
            raise ModelError(f"{self.card.name} has the task {self.card.task!r}: it gives no detections")
        return cast("Detector", self.load())

    def saliency(self) -> Saliency:
        """The network of a model that gives a map. Raises ModelError as `load` does, or when it gives none."""
        if self.card.task != "saliency":
            raise ModelError(f"{self.card.name} gives detections, no map of what stands out")
        return cast("Saliency", self.load())

    def classifier(self) -> Teller:
        """The network of a model that tells attributes. Raises ModelError as `load` does, or when it tells none."""
        if self.card.task != "classify":
            raise ModelError(f"{self.card.name} has the task {self.card.task!r}: it tells no attributes")
        return cast("Teller", self.load())

    @property
    def teller(self) -> Model | None:
        """The model that tells the attributes of what this one finds, if there is one that is installed."""
        name = self.card.attributes_by
        model = self._models[name] if name is not None and name in self._models else None
        return model if model is not None and model.installed else None

    @property
    def capabilities(self) -> tuple[Capability, ...]:
        """What the card says it can do, without what the installed weights cannot."""
        lacking = {"attributes"} if self.card.attributes_by and not self.teller else set[Capability]()
        try:
            weights = find_weights(self.card, self.folder)
        except ModelError:
            weights = None
        for file in self.card.files:
            if weights is not None and file.name == weights.path.name:
                lacking.update(file.lacks)
        return tuple(each for each in self.card.capabilities if each not in lacking)

    def load(self) -> Detector | Saliency | Teller:
        """The network, loaded on first use and again when the file has changed.

        A failure is remembered with the file that caused it, so that it costs once. Raises ModelError when the
        weights are missing, refused or cannot be loaded.
        """
        if self.refused:
            raise ModelError(f"{self.card.name} is refused: {self.refused}")
        weights = find_weights(self.card, self.folder)
        if weights is None:
            names = " or ".join(file.name for file in self.card.files)
            raise ModelError(f"the weights of {self.card.name} are not installed: no {names} in the weights folder")
        source = choose(self.card, weights, self._runtime, self._device)
        with self._lock:
            if self._loaded is not None and self._loaded[0] == source:
                return self._loaded[1]
            if self._failure is not None and self._failure[0] == source:
                raise ModelError(self._failure[1])
            try:
                match self.card.task:
                    case "saliency":
                        self._loaded = (source, load_saliency(self.card, source))
                    case "classify":
                        self._loaded = (source, load_classifier(self.card, source))
                    case _:
                        self._loaded = (source, load_detector(self.card, source, self.vocabulary))
            except ModelError as error:
                self._failure = (source, f"{source.file.path.name}: {error}")
                raise ModelError(self._failure[1]) from error
            return self._loaded[1]

    def _identity(self, weights: Weights) -> Identity:
        return Identity(self.card.name, self.card.version, weights.sha256)

    def _read_vocabulary(self) -> Vocabulary:
        if self.card.vocabulary is not None:
            return Vocabulary.named(self.card.vocabulary)
        if self.card.task in {"faces", "saliency", "classify"}:  # serve no words
            return EMPTY
        try:
            if self.card.names:
                return _words_of_names(self.card)
            weights = find_weights(self.card, self.folder)
            return EMPTY if weights is None else _words_of(weights, self.card)
        except ModelError as error:
            self._fault_of_words = str(error)
            return EMPTY


def _words_of_names(card: Card) -> Vocabulary:
    try:
        return Vocabulary.of_classes([name for name in card.names if name], card.categories)
    except ValueError as error:
        raise ModelError(f"names: {error}") from error


def _words_of(weights: Weights, card: Card) -> Vocabulary:
    try:
        content = weights.read()
        names = describe(content).names if weights.path.suffix == ".onnx" else class_names(content)
        return Vocabulary.of_classes(names, card.categories)
    except (ModelError, ValueError) as error:
        raise ModelError(f"{weights.path.name}: {error}") from error
