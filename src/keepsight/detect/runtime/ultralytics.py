"""YOLO networks: torch through Ultralytics' graph, without its predictor.

The predictor imports torchvision, whose published builds do not load beside a CPU torch; the graph and NMS do not.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from keepsight.detect.body import POINTS
from keepsight.detect.card import Card
from keepsight.detect.checkpoint import class_names, load_network
from keepsight.detect.detector import Detection, Detector, Identity
from keepsight.detect.labels import labels_of
from keepsight.detect.libraries import import_ultralytics
from keepsight.detect.runtime.keypoints import keypoints_of
from keepsight.detect.runtime.letterbox import Letterbox
from keepsight.detect.runtime.spares import Spares
from keepsight.detect.sharpness import with_sharpness
from keepsight.detect.vocabulary import Vocabulary
from keepsight.errors import ModelError

IOU = 0.7
"""Overlap from which NMS takes two boxes of a class for one thing; what Ultralytics predicts with."""
MAX_DETECTIONS = 300


@dataclass(frozen=True)
class UltralyticsDetector:
    """A YOLO network in the role of a Detector."""

    identity: Identity
    labels: tuple[str, ...]
    floor: float
    input_size: int
    stride: int
    """Px. The sides of the network's input are multiples of it."""
    networks: Spares[Any]
    poses: bool = False
    """Whether each person comes with the key points of COCO."""

    def detect(self, image: Image.Image) -> tuple[Detection, ...]:
        """See Detector. Detections come down to the card's floor; the registry applies the thresholds."""
        letterbox = Letterbox.fit(image.size, self.input_size, self.stride)
        rows = self._rows(letterbox.apply(image))
        found = []
        for x0, y0, x1, y1, confidence, index, *more in rows:
            region = letterbox.region(x0, y0, x1, y1)
            if region is not None:
                points = keypoints_of(more, letterbox) if self.poses else ()
                found.append(Detection(self.labels[int(index)], min(1.0, confidence), region, keypoints=points))
        found.sort(key=lambda detection: -detection.confidence)
        return with_sharpness(image, tuple(found))

    def _rows(self, pixels: NDArray[np.uint8]) -> list[list[float]]:
        """What the network sees, as rows of x0, y0, x1, y1 in input px, confidence, class index, key points if any."""
        torch, nms = import_ultralytics()
        # OpenMP remembers the number of threads per thread that calls it.
        torch.set_num_threads(1)
        try:
            with self.networks.borrow() as network, torch.inference_mode():
                batch = torch.from_numpy(pixels).permute(2, 0, 1).unsqueeze(0).float() / 255
                output = network(batch)
                while isinstance(output, (tuple, list)):  # (predictions, what training needs), nested for masks
                    output = output[0]
                if not bool(torch.isfinite(output).all()):
                    raise ModelError(f"{self.identity.name} answered with something that is no number")
                end_to_end = bool(network.model[-1].end2end)
                (boxes,) = nms(
                    output, self.floor, IOU, max_det=MAX_DETECTIONS, nc=len(self.labels), end2end=end_to_end
                )
                if self.poses and boxes.shape[1] != 6 + 3 * len(POINTS):
                    raise ModelError(f"{self.identity.name} gives no {len(POINTS)} key points")
                rows: list[list[float]] = boxes.tolist() if self.poses else boxes[:, :6].tolist()
                if any(row[5] >= len(self.labels) for row in rows):
                    raise ModelError(f"{self.identity.name} answered with a class that has no name")
                return rows
        except (RuntimeError, ValueError, IndexError, AttributeError, TypeError) as error:
            raise ModelError(f"{self.identity.name} failed on a picture ({type(error).__name__})") from error


def load_ultralytics(identity: Identity, card: Card, content: bytes, vocabulary: Vocabulary) -> Detector:
    """A detector from the bytes of a `.pt` file.

    Raises ModelError when Ultralytics is not installed, or the file is damaged, hostile, or knows other classes than
    the card promises.
    """
    labels = labels_of(class_names(content), vocabulary, card.spellings)
    network = load_network(content).eval()
    try:
        network = network.fuse(verbose=False)
        network.requires_grad_(False)
        stride = int(max(network.stride))
        weights = {id(tensor): tensor for tensor in (*network.parameters(), *network.buffers())}
    except (RuntimeError, ValueError, AttributeError, IndexError, TypeError) as error:
        raise ModelError(f"the network cannot be set up ({type(error).__name__}: {error})") from error
    # The head caches the anchors of the last input shape in itself, so a network serves one thread at a time.
    # Copies share their weights; the first stays unused, so that it is never copied in the middle of a run.
    networks = Spares[Any](lambda: deepcopy(network, dict(weights)))
    detector = UltralyticsDetector(
        identity, labels, card.floor, card.input_size, stride, networks, card.task == "pose"
    )
    detector.detect(Image.new("RGB", (64, 64)))  # a network for another task shows now, not in a request
    return detector
