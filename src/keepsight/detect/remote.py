"""A model that runs on another server: GPUs in one place serve many origins."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import cast

from PIL import Image

from keepsight.detect.card import Capability, Endpoint
from keepsight.detect.detector import Detection, Detector, Identity
from keepsight.detect.model import Model, ModelState
from keepsight.detect.runtime import ServerGone, load_kserve
from keepsight.detect.vocabulary import Vocabulary
from keepsight.errors import ModelError

TRY_AGAIN = 5.0
"""Seconds after which a server that could not be set up with is tried anew; until then requests do without at once."""


@dataclass(frozen=True)
class RemoteDetector:
    """A detector whose server may go."""

    inner: Detector
    lose: Callable[[ServerGone], None]
    """Told when the server is gone: the next ones need not wait to find out."""

    @property
    def identity(self) -> Identity:
        """See Detector."""
        return self.inner.identity

    @property
    def labels(self) -> tuple[str, ...]:
        """See Detector."""
        return self.inner.labels

    def detect(self, image: Image.Image, *, zoom: float = 1.0) -> tuple[Detection, ...]:
        """See Detector."""
        try:
            return self.inner.detect(image, zoom=zoom)
        except ServerGone as error:
            self.lose(error)
            raise


class RemoteModel(Model):
    """A card with an endpoint. There is nothing to install; the server may come and go."""

    _detector: RemoteDetector | None = None
    _fault: tuple[float, str] | None = None
    """When it failed, and how."""

    @property
    def installed(self) -> bool:
        """Always: whether the server is there shows when it is asked."""
        return True

    @property
    def key(self) -> str:
        """See Model; the endpoint stands for the weights."""
        return f"{self._remote_identity()}+{self._settings}+kserve{self._told_by}"

    @property
    def state(self) -> ModelState:
        """How the model is doing; broken while the server cannot be set up with."""
        fault = self._fault
        return ModelState(
            self.card.name,
            self.card.version,
            self.private,
            "broken" if fault else "ready" if self._detector else "loadable",
            self.card,
            file=f"{self._endpoint.model} {self._endpoint.version} at {self._endpoint.address}",
            runtime="kserve",
            identity=self._remote_identity(),
            fault=fault[1] if fault else None,
        )

    @property
    def capabilities(self) -> tuple[Capability, ...]:
        """What the card says it can do."""
        lacking = {"attributes"} if self.card.attributes_by and not self.teller else set[Capability]()
        return tuple(each for each in self.card.capabilities if each not in lacking)

    def load(self) -> Detector:
        """A detector that asks the server. Raises ModelError when that cannot be set up with, just now."""
        with self._lock:
            if self._detector is not None:
                return self._detector
            if self._fault is not None and monotonic() - self._fault[0] < TRY_AGAIN:
                raise ModelError(self._fault[1])
            try:
                detector = load_kserve(self._remote_identity(), self.card, self._endpoint, self.vocabulary)
            except ModelError as error:
                self._fault = monotonic(), str(error)
                raise
            self._fault = None
            self._detector = RemoteDetector(detector, self._lose)
            return self._detector

    def _lose(self, error: ServerGone) -> None:
        with self._lock:
            self._detector, self._fault = None, (monotonic(), str(error))

    @property
    def _endpoint(self) -> Endpoint:
        return cast("Endpoint", self.card.endpoint)

    def _remote_identity(self) -> Identity:
        # Not the address: the same version gives the same boxes wherever it runs.
        named = f"{self._endpoint.model}\n{self._endpoint.version}"
        return Identity(self.card.name, self.card.version, hashlib.sha256(named.encode()).hexdigest())

    def _read_vocabulary(self) -> Vocabulary:
        if self.card.vocabulary is None and self._endpoint.names:
            try:
                return Vocabulary.of_classes(self._endpoint.names, self.card.categories)
            except ValueError as error:
                raise ModelError(f"endpoint.names: {error}") from error
        return super()._read_vocabulary()
