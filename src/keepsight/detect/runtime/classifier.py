"""Networks that tell what a thing is like, from its part of the picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image, ImageOps

from keepsight.detect.attributes import attributes_of
from keepsight.detect.card import Card
from keepsight.detect.checkpoint import class_names, load_network
from keepsight.detect.detector import Identity, Region
from keepsight.detect.libraries import import_ultralytics
from keepsight.detect.onnx_file import describe
from keepsight.detect.runtime.choice import Source
from keepsight.detect.runtime.device import on_cuda
from keepsight.detect.runtime.head import Floats
from keepsight.detect.runtime.session import open_session
from keepsight.errors import ModelError

SMALLEST = 8
"""Px of a side; of something smaller nothing can be told."""


@dataclass(frozen=True)
class Classifier:
    """A classification network of Ultralytics; its class names are attributes, `key: value`."""

    identity: Identity
    names: tuple[str, ...]
    floor: float
    side: int
    """Px of its square input."""
    answer: Callable[[Floats], Floats]
    """Runs the network on (1, 3, side, side), RGB, 0..1: a confidence per name. Safe for threads."""

    def attributes(self, image: Image.Image, region: Region) -> tuple[tuple[str, str], ...]:
        """What the thing in `region` of an upright RGB picture is like: the surest value of each key.

        Raises ModelError when the network fails, or answers with something that is no number.
        """
        left, top = region.x * image.width, region.y * image.height
        box = (left, top, left + region.width * image.width, top + region.height * image.height)
        if min(box[2] - box[0], box[3] - box[1]) < SMALLEST:
            return ()
        # As Ultralytics prepares pictures for it: the shorter side fitted, the middle cut out.
        crop = image.crop(tuple(round(side) for side in box)).convert("RGB")  # type: ignore[arg-type]  # four of them
        crop = ImageOps.fit(crop, (self.side, self.side), Image.Resampling.BILINEAR)
        values = np.asarray(crop, dtype=np.float32).transpose(2, 0, 1)[np.newaxis] / np.float32(255)
        try:
            confidences = self.answer(np.ascontiguousarray(values))
        except Exception as error:  # every runtime has its own, and they share no base
            raise ModelError(f"{self.identity.name} failed on a picture ({type(error).__name__})") from error
        if confidences.shape != (len(self.names),):
            raise ModelError(
                f"the file names {len(self.names)} attributes, but its head tells {confidences.shape[-1]}"
            )
        if not np.isfinite(confidences).all():
            raise ModelError("the network answers with something that is no number")
        return attributes_of(self.names, confidences.tolist(), self.floor)


def load_classifier(card: Card, source: Source) -> Classifier:
    """The network of a card whose task is `classify`, tried once. Raises ModelError."""
    identity, content = Identity(card.name, card.version, source.weights.sha256), source.file.read()
    match source.runtime:
        case "torch":
            classifier = _in_torch(identity, card, content, source)
        case "onnx":
            classifier = _in_onnx(identity, card, content, source)
        case _:
            raise ModelError(f"classifiers run in torch and ONNX Runtime, not in {source.runtime}")
    classifier.attributes(Image.new("RGB", (64, 48)), Region(0, 0, 1, 1))
    return classifier


def _in_torch(identity: Identity, card: Card, content: bytes, source: Source) -> Classifier:
    torch = import_ultralytics()
    place = "cuda" if on_cuda(source.device, offered=torch.cuda.is_available(), library="torch") else "cpu"
    try:
        network = load_network(content).eval().fuse(verbose=False).requires_grad_(False).to(place)
    except (RuntimeError, AttributeError, TypeError) as error:
        raise ModelError(f"the network cannot be set up ({type(error).__name__})") from error

    def answer(batch: Floats) -> Floats:
        torch.set_num_threads(1)  # OpenMP remembers it per thread that calls
        with torch.inference_mode():
            said = network(torch.from_numpy(batch).to(place))
            said = said[0] if isinstance(said, tuple) else said
            result: Floats = said[0].float().cpu().numpy()
            return result

    return Classifier(identity, class_names(content), card.floor, card.input_size, answer)


def _in_onnx(identity: Identity, card: Card, content: bytes, source: Source) -> Classifier:
    network = describe(content, ("classify",))
    session: Any = open_session(content, source.device)
    entry = session.get_inputs()[0]
    side = entry.shape[-1] if isinstance(entry.shape[-1], int) else card.input_size

    def answer(batch: Floats) -> Floats:
        return np.asarray(session.run(None, {entry.name: batch})[0][0], dtype=np.float32)

    return Classifier(identity, network.names, card.floor, side, answer)
