"""A model without a network of its own: it is computed from what other models see."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from PIL import Image

from keepsight.detect.body import RULES
from keepsight.detect.card import Card
from keepsight.detect.derivation import derive
from keepsight.detect.detector import Detection, Detector, Identity
from keepsight.detect.model import Model, ModelState
from keepsight.detect.moment import once_a_moment
from keepsight.detect.sharpness import with_sharpness
from keepsight.errors import ModelError


class DerivedModel(Model):
    """A card with sources. Weights of its own that lie in its folder take precedence: then it is a model like others.

    It is installed as soon as one of its sources is, and answers with what that one lets it tell.
    """

    @property
    def derives(self) -> bool:
        """Whether it is computed from its sources, because no weights of its own are installed."""
        return not super().installed

    @property
    @once_a_moment
    def sources(self) -> tuple[Model, ...]:
        """The sources that are installed, in the order of the card."""
        known = (self._models[name] for name in self.card.sources if name in self._models)
        return tuple(model for model in known if model.installed and not isinstance(model, DerivedModel))

    @property
    @once_a_moment
    def installed(self) -> bool:
        """Whether its own weights or those of a source are there, good or bad."""
        return super().installed or bool(self.sources)

    @property
    def missing(self) -> tuple[str, ...]:
        """The sources that are not installed; the model itself when none is."""
        if not self.derives:
            return ()
        there = {model.card.name for model in self.sources}
        return tuple(name for name in self.card.sources if name not in there) if there else (self.called,)

    @property
    @once_a_moment
    def key(self) -> str:
        """See Model; changes whenever the key of a source does, also when a source is installed or removed."""
        if not self.derives or not self.sources:
            return super().key
        return f"{self._derived_identity()}+{self._settings}{self._told_by}"

    @property
    def state(self) -> ModelState:
        """How the model is doing; broken when a source is, or is no model that can be one."""
        fault = self._fault_of_sources()
        if not self.derives or not (self.sources or fault):
            return super().state
        ready = all(model.state.state == "ready" for model in self.sources)
        return ModelState(
            self.card.name,
            self.card.version,
            self.private,
            "broken" if fault else "ready" if ready else "loadable",
            self.card,
            identity=self._derived_identity(),
            fault=fault,
            sources=tuple(model.card.name for model in self.sources),
            missing=self.missing,
        )

    def load(self) -> Detector:
        """A detector that runs the sources on the spot; requests go through the analyst, which remembers them.

        Raises ModelError when no source is installed or one cannot be loaded.
        """
        if not self.derives:
            return cast("Detector", super().load())
        if not self.sources:
            raise ModelError(f"{self.card.name} needs {' or '.join(self.card.sources)}, and none is installed")
        sources = {model.card.name: model.detector() for model in self.sources}
        return DerivedDetector(self._derived_identity(), self.vocabulary.names, self.card, sources)

    def derive(self, seen: Mapping[str, tuple[Detection, ...]], image: Image.Image) -> tuple[Detection, ...]:
        """Its detections in `image`, from those of its sources by name."""
        return with_sharpness(image, derive(self.card, seen, image.size))

    def _derived_identity(self) -> Identity:
        keys = (self._models[name].key if name in self._models else f"{name}:missing" for name in self.card.sources)
        digest = hashlib.sha256("\n".join((f"rules {RULES}", *keys)).encode()).hexdigest()
        return Identity(self.card.name, self.card.version, digest)

    def _fault_of_sources(self) -> str | None:
        if not self.derives:
            return None
        for name in self.card.sources:
            if name not in self._models:
                return f"there is no model called {name!r} to be computed from"
            if isinstance(self._models[name], DerivedModel) or self._models[name].card.task not in {"detect", "pose"}:
                return f"the model {name!r} cannot be a source: it does not detect anything itself"
        broken = (model.state for model in self.sources)
        return next((f"{state.name}: {state.fault}" for state in broken if state.fault), None)


@dataclass(frozen=True)
class DerivedDetector:
    """The sources of a derived model and its rules in the role of a Detector."""

    identity: Identity
    labels: tuple[str, ...]
    card: Card
    sources: Mapping[str, Detector]

    def detect(self, image: Image.Image, *, zoom: float = 1.0) -> tuple[Detection, ...]:
        """See Detector."""
        seen = {name: detector.detect(image, zoom=zoom) for name, detector in self.sources.items()}
        return with_sharpness(image, derive(self.card, seen, image.size))
