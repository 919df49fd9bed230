"""YOLO networks in the role of a Detector, whatever runs them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image

from keepsight.detect.body import POINTS
from keepsight.detect.card import Card
from keepsight.detect.detector import Detection, Identity, Region
from keepsight.detect.mask import Mask
from keepsight.detect.runtime.head import Floats, candidates_of, suppressed
from keepsight.detect.runtime.keypoints import keypoints_of
from keepsight.detect.runtime.letterbox import Letterbox
from keepsight.detect.runtime.masks import mask_of
from keepsight.detect.runtime.spares import Spares
from keepsight.detect.sharpness import with_sharpness
from keepsight.errors import ModelError

_INPUTS: Spares[Floats] = Spares(lambda: np.empty(3 * 640 * 640, np.float32))
"""Memory for pictures of the usual size: fresh memory has to be cleared by the kernel, 2 ms of a look's 50."""


@dataclass(frozen=True)
class InputShape:
    """What sizes of picture a network takes."""

    long_side: int
    """Px, of the picture inside the input, where the network takes any size."""
    stride: int
    """Px. The sides of an input of any size are multiples of it."""
    fixed: tuple[int, int] | None = None
    """Width and height in px, for a network that takes no other."""

    def letterbox(self, size: tuple[int, int], zoom: float = 1.0) -> Letterbox:
        """How a picture of `size` goes into the network; `zoom` multiplies the long side of an input of any size."""
        if self.fixed:
            return Letterbox.within(size, self.fixed)
        return Letterbox.fit(size, round(zoom * self.long_side), self.stride)


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """What a network says about one picture."""

    boxes: Floats
    """What `candidates_of` reads."""
    prototypes: Floats | None = None
    """(masks, height, width) over the whole input, of networks for masks."""


@dataclass(frozen=True)
class YoloDetector:
    """A YOLO network in the role of a Detector."""

    identity: Identity
    labels: tuple[str, ...]
    floor: float
    shape: InputShape
    end_to_end: bool
    """Whether the network answers with finished boxes, which need no suppression."""
    more: int | None
    """Values per box after the classes; None: not known."""
    answer: Callable[[Floats, float], Answer]
    """Runs the network on (1, 3, height, width), RGB, 0..1; safe for threads. Places not above the confidence that is
    the second argument may be left out."""
    poses: bool = False
    """Whether each person comes with the key points of COCO."""
    masks: bool = False
    """Whether each thing comes with a mask, where the network gives prototypes."""

    def detect(self, image: Image.Image, *, zoom: float = 1.0) -> tuple[Detection, ...]:
        """See Detector. Detections come down to the card's floor; the registry applies the thresholds."""
        letterbox, answer = self.look(image, self.floor, zoom)
        rows = self._candidates(answer.boxes)
        rows = rows if self.end_to_end else suppressed(rows)
        found = []
        for x0, y0, x1, y1, confidence, index, *more in rows.tolist():
            region, label = letterbox.region(x0, y0, x1, y1), self.labels[int(index)]
            if region is not None and label:
                points = keypoints_of(more, letterbox) if self.poses else ()
                mask = self._mask(more, answer, region, letterbox)
                found.append(Detection(label, min(1.0, confidence), region, keypoints=points, mask=mask))
        return with_sharpness(image, tuple(found))

    def look(self, image: Image.Image, floor: float, zoom: float = 1.0) -> tuple[Letterbox, Answer]:
        """What the network says about a picture, and how the picture lay in it; see `answer`. Raises ModelError."""
        letterbox = self.shape.letterbox(image.size, zoom)
        try:
            with _INPUTS.borrow() as memory:
                return letterbox, self.answer(letterbox.batch(image, memory), floor)
        except ModelError:
            raise
        except Exception as error:  # every runtime has its own, and they share no base
            raise ModelError(f"{self.identity.name} failed on a picture ({type(error).__name__})") from error

    def _mask(self, more: list[float], answer: Answer, region: Region, letterbox: Letterbox) -> Mask | None:
        if not self.masks or answer.prototypes is None:
            return None
        if len(more) != len(answer.prototypes) or not np.isfinite(more).all():
            raise ModelError(f"{self.identity.name}: the network gives no masks that fit its boxes")
        return mask_of(more, answer.prototypes, region, letterbox)

    def _candidates(self, output: Floats) -> Floats:
        try:
            classes = len(self.labels)
            rows = candidates_of(output, classes, self.floor, end_to_end=self.end_to_end, more=self.more)
            if self.poses and rows.shape[1] != 6 + 3 * len(POINTS):
                raise ModelError(f"the network gives no {len(POINTS)} key points")
            if self.poses and not np.isfinite(rows).all():
                raise ModelError("the network answers with something that is no number")
            return rows
        except ModelError as error:
            raise ModelError(f"{self.identity.name}: {error}") from error


@dataclass(frozen=True)
class Network:
    """A network that is ready to run; the fields are those of YoloDetector."""

    shape: InputShape
    end_to_end: bool
    more: int | None
    answer: Callable[[Floats, float], Answer]


def assembled(identity: Identity, card: Card, labels: tuple[str, ...], network: Network) -> YoloDetector:
    """The detector that a card describes, run once: what does not fit shows now, not in a request.

    Raises ModelError.
    """
    detector = YoloDetector(
        identity,
        labels,
        card.floor,
        network.shape,
        network.end_to_end,
        network.more,
        network.answer,
        poses=card.task == "pose",
        masks="mask" in card.capabilities,
    )
    trial = Image.new("RGB", (64, 16))
    detector.detect(trial)
    if card.task == "segment" and detector.look(trial, card.floor)[1].prototypes is None:
        raise ModelError("the network gives no masks")
    return detector
