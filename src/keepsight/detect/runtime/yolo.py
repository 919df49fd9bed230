"""YOLO networks in the role of a Detector, whatever runs them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image

from keepsight.detect.body import POINTS
from keepsight.detect.detector import Detection, Identity
from keepsight.detect.runtime.head import Floats, candidates_of, suppressed
from keepsight.detect.runtime.keypoints import keypoints_of
from keepsight.detect.runtime.letterbox import Letterbox
from keepsight.detect.sharpness import with_sharpness
from keepsight.errors import ModelError


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
    answer: Callable[[Floats], Floats]
    """Runs the network on (1, 3, height, width), RGB, 0..1; what `candidates_of` reads. Safe for threads."""
    poses: bool = False
    """Whether each person comes with the key points of COCO."""

    def detect(self, image: Image.Image, *, zoom: float = 1.0) -> tuple[Detection, ...]:
        """See Detector. Detections come down to the card's floor; the registry applies the thresholds."""
        letterbox, output = self.look(image, zoom)
        rows = self._candidates(output)
        rows = rows if self.end_to_end else suppressed(rows)
        found = []
        for x0, y0, x1, y1, confidence, index, *more in rows.tolist():
            region = letterbox.region(x0, y0, x1, y1)
            if region is not None:
                points = keypoints_of(more, letterbox) if self.poses else ()
                found.append(Detection(self.labels[int(index)], min(1.0, confidence), region, keypoints=points))
        return with_sharpness(image, tuple(found))

    def look(self, image: Image.Image, zoom: float = 1.0) -> tuple[Letterbox, Floats]:
        """What the network says about a picture, and how the picture lay in it. Raises ModelError."""
        letterbox = self.shape.letterbox(image.size, zoom)
        pixels = np.ascontiguousarray(letterbox.apply(image).transpose(2, 0, 1)[np.newaxis])
        try:
            return letterbox, self.answer(np.multiply(pixels, np.float32(1 / 255), dtype=np.float32))
        except Exception as error:  # every runtime has its own, and they share no base
            raise ModelError(f"{self.identity.name} failed on a picture ({type(error).__name__})") from error

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


def tried(detector: YoloDetector) -> YoloDetector:
    """The detector, run once: what does not fit shows now, not in a request. Raises ModelError."""
    detector.detect(Image.new("RGB", (64, 16)))
    return detector
