"""DETR-like networks in ONNX Runtime: each answers with a few hundred finished boxes, which need no suppression.

Three forms of answer are read:

- `labels`, `boxes`, `scores` of D-FINE, RT-DETR and DEIM (`tools/deployment/export_onnx.py` of their authors): boxes
  as corners in px of the `orig_target_sizes`, width before height, that the network is given beside the picture;
- `dets`, `labels` of RF-DETR (`rfdetr/deploy/export.py`): boxes as centre and size in shares of the input, and logits;
- `pred_boxes`, `logits`, the same by the names that exports from the library Transformers have.

The picture is stretched over the whole input, as all of their authors do when they measure (`Resize` to a square in
D-FINE's `dataloader.yml`, `SquareResize` in RF-DETR), in RGB from 0 to 1; for RF-DETR the mean and deviation of
ImageNet are taken off besides. Confidence is the sigmoid of a logit, every class of a box for itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from keepsight.detect.card import Card
from keepsight.detect.detector import Detection, Identity
from keepsight.detect.labels import labels_of
from keepsight.detect.onnx_file import refuse_references
from keepsight.detect.runtime.device import Device
from keepsight.detect.runtime.head import MAX_DETECTIONS, Floats, suppressed
from keepsight.detect.runtime.letterbox import Letterbox
from keepsight.detect.runtime.session import DTYPES, open_session, run
from keepsight.detect.runtime.spares import Spares
from keepsight.detect.sharpness import with_sharpness
from keepsight.detect.vocabulary import Vocabulary, as_token
from keepsight.errors import ModelError

MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Of ImageNet, in RGB."""
SIZES_INPUT = "orig_target_sizes"
FINISHED = ("labels", "boxes", "scores")
RFDETR = ("dets", "labels")
BOXES, LOGITS = ("dets", "pred_boxes", "boxes"), ("labels", "logits", "pred_logits")
"""Names of the outputs of the other two forms."""
SAME_THING = 0.8
"""Overlap above which two boxes of a class are one thing. Higher than that of YOLO networks: duplicates are rare here,
and what stands close together is told apart."""
COCO_IDS = (
    *(*range(1, 12), *range(13, 26), 27, 28, *range(31, 45), *range(46, 66), 67, 70, *range(72, 83)),
    *range(84, 91),
)
"""The 80 classes of COCO as its annotations number them, with gaps; RF-DETR has a logit for each of 0 to 90."""

_INPUTS: Spares[Floats] = Spares(lambda: np.empty(3 * 640 * 640, np.float32))


@dataclass(frozen=True)
class DetrDetector:
    """A DETR-like network in the role of a Detector. It takes pictures of one size, so that `zoom` changes nothing."""

    identity: Identity
    labels: tuple[str, ...]
    """Empty for an index that is no class."""
    floor: float
    input_size: tuple[int, int]
    """Width and height of the network's input, px."""
    normalise: bool
    """Whether the network expects the mean and deviation of ImageNet to be taken off."""
    answer: Any
    """Runs the network on (1, 3, height, width); gives its outputs by name. Safe for threads."""

    def detect(self, image: Image.Image, *, zoom: float = 1.0) -> tuple[Detection, ...]:
        """See Detector. Detections come down to the card's floor; the registry applies the thresholds."""
        stretched = Letterbox.stretch(self.input_size)
        try:
            with _INPUTS.borrow() as memory:
                batch = stretched.batch(image, memory)
                if self.normalise:
                    for plane, mean, deviation in zip(batch[0], MEAN, DEVIATION, strict=True):
                        np.subtract(plane, np.float32(mean), out=plane)
                        np.divide(plane, np.float32(deviation), out=plane)
                said = self.answer(batch)
            rows = suppressed(self._rows(said), SAME_THING)
        except ModelError as error:
            raise ModelError(f"{self.identity.name}: {error}") from error
        except Exception as error:  # ONNX Runtime's errors share no base
            raise ModelError(f"{self.identity.name} failed on a picture ({type(error).__name__})") from error
        found = []
        for x0, y0, x1, y1, confidence, index in rows.tolist():
            region = stretched.region(x0, y0, x1, y1)
            if region is not None:
                found.append(Detection(self.labels[int(index)], min(1.0, confidence), region))
        return with_sharpness(image, tuple(found))

    def _rows(self, said: Mapping[str, Floats]) -> Floats:
        """Rows of corners in px of the input, confidence and class, in descending confidence. Raises ModelError."""
        rows = self._finished(said) if set(FINISHED) <= set(said) else self._from_logits(*boxes_and_logits(said))
        rows = rows[np.argsort(-rows[:, 4], kind="stable")][:MAX_DETECTIONS]
        if not np.isfinite(rows).all():
            raise ModelError("the network answers with something that is no number")
        if len(rows) and not 0 <= rows[:, 5].min() <= rows[:, 5].max() < len(self.labels):
            raise ModelError("the network answers with a class that has no name")
        named = np.array([bool(label) for label in self.labels])
        kept: Floats = rows[named[rows[:, 5].astype(np.intp)]]
        return kept

    def _finished(self, said: Mapping[str, Floats]) -> Floats:
        labels, boxes, scores = (said[name] for name in FINISHED)
        if scores.ndim != 2 or labels.shape != scores.shape or boxes.shape != (*scores.shape, 4):
            shapes = ", ".join(f"{name} {said[name].shape}" for name in FINISHED)
            raise ModelError(f"the network answers in shapes that are not those of a detector ({shapes})")
        rows: Floats = np.column_stack((boxes[0], scores[0], labels[0])).astype(np.float32)
        kept: Floats = rows[~(rows[:, 4] <= self.floor)]  # what is no number stays, to be noticed
        return kept

    def _from_logits(self, boxes: Floats, logits: Floats) -> Floats:
        """From centre and size in shares of the input, (queries, 4), and (queries, classes)."""
        if logits.shape[1] not in {len(self.labels), len(self.labels) + 1}:
            raise ModelError(
                f"the network tells {logits.shape[1]} classes apart, and its card names {len(self.labels)}"
            )
        confidence = sigmoid(logits[:, : len(self.labels)])  # what may follow stands for nothing at all
        queries, classes = np.nonzero(~(confidence <= self.floor))
        x, y, width, height = (boxes[queries] * np.tile(self.input_size, 2)).T
        corners = (x - width / 2, y - height / 2, x + width / 2, y + height / 2)
        rows: Floats = np.column_stack((*corners, confidence[queries, classes], classes)).astype(np.float32)
        return rows


def sigmoid(logits: Floats) -> Floats:
    """1 / (1 + e^-x), without overflow for very sure ones."""
    result: Floats = np.float32(0.5) * (np.tanh(logits / 2) + 1)
    return result


def boxes_and_logits(said: Mapping[str, Floats]) -> tuple[Floats, Floats]:
    """The boxes, (queries, 4), and the logits, (queries, classes), of one picture; by name, else by shape.

    Raises ModelError when there are no such outputs.
    """
    boxes = next((said[name] for name in BOXES if name in said), None)
    logits = next((said[name] for name in LOGITS if name in said), None)
    if boxes is None or logits is None:
        flat = [each for each in said.values() if each.ndim == 3]
        boxes = next((each for each in flat if each.shape[2] == 4), None)
        logits = next((each for each in flat if each is not boxes), None)
    if (
        boxes is None
        or logits is None
        or boxes.ndim != 3
        or logits.ndim != 3
        or boxes.shape[2] != 4
        or boxes.shape[:2] != logits.shape[:2]
        or boxes.shape[0] < 1
    ):
        shapes = ", ".join(f"{name} {each.shape}" for name, each in said.items())
        raise ModelError(f"the network answers in shapes that are not those of a detector ({shapes})")
    return boxes[0], logits[0]


def load_detr(
    identity: Identity, card: Card, content: bytes, vocabulary: Vocabulary, device: Device = "auto"
) -> DetrDetector:
    """A detector from the bytes of an `.onnx` file, on CUDA when `device` allows it and ONNX Runtime offers it.

    It runs once: what does not fit shows now, not in a request. Raises ModelError when ONNX Runtime is not installed
    or does not offer the device that is demanded, or the file is damaged, refers to others, or is none of the forms.
    """
    refuse_references(content)  # before the runtime, which would follow them
    session = open_session(content, device)
    entries = {each.name: each for each in session.get_inputs()}
    sizes = entries.pop(SIZES_INPUT, None)
    if len(entries) != 1 or (sizes is not None and sizes.type not in _SIZES):
        raise ModelError(f"the network takes {', '.join(entries) or 'nothing'}, not one picture")
    (entry,) = entries.values()
    if entry.type not in DTYPES:
        raise ModelError("the network does not take a picture of real numbers")
    width, height = size = _input_size(entry.shape, card.input_size)
    outputs = [each.name for each in session.get_outputs()]
    finished = set(FINISHED) <= set(outputs)
    if finished != (sizes is not None):
        raise ModelError(f"the network answers with {', '.join(outputs)}, which is no form that is known here")
    given: dict[str, NDArray[Any]] = {}
    if sizes is not None:
        given[SIZES_INPUT] = np.array([[width, height]], dtype=_SIZES[sizes.type])

    def answer(batch: Floats) -> dict[str, Floats]:
        fed = {entry.name: batch.astype(DTYPES[entry.type], copy=False)} | given
        said = run(session, outputs, fed, card.input_size**2)
        return {name: np.asarray(each, dtype=np.float32) for name, each in zip(outputs, said, strict=True)}

    normalise = set(RFDETR) <= set(outputs) if card.normalise is None else card.normalise == "imagenet"
    trial = np.zeros((1, 3, height, width), np.float32)
    try:
        classes = None if finished else boxes_and_logits(answer(trial))[1].shape[1]
    except ModelError:
        raise
    except Exception as error:  # ONNX Runtime's errors share no base
        raise ModelError(f"the network fails on a picture of {width} x {height} ({type(error).__name__})") from error
    detector = DetrDetector(identity, _labels(card, vocabulary, classes), card.floor, size, normalise, answer)
    detector.detect(Image.new("RGB", (64, 16)))
    return detector


_SIZES: dict[str, Any] = {"tensor(int64)": np.int64, "tensor(int32)": np.int32, "tensor(float)": np.float32}


def _input_size(sides: Sequence[object], usual: int) -> tuple[int, int]:
    """Width and height of an input (batch, 3, height, width); sides that are free are `usual`. Raises ModelError."""
    given = [side if isinstance(side, int) and side > 0 else None for side in sides]
    if len(given) != 4 or given[0] not in {1, None} or given[1] not in {3, None}:
        raise ModelError(f"the network takes an input of the shape {list(sides)}, not one picture in three colours")
    return given[3] or usual, given[2] or usual


def _labels(card: Card, vocabulary: Vocabulary, classes: int | None) -> tuple[str, ...]:
    """The label of each class index, empty for an index that is no class; `classes` is how many the network tells."""
    if not card.names:
        known = vocabulary.names
        if card.vocabulary == "coco" and classes is not None and classes == COCO_IDS[-1] + 1:
            named = dict(zip(COCO_IDS, known, strict=True))
            return tuple(named.get(index, "") for index in range(classes))
        return known
    if card.vocabulary is None:
        return tuple(as_token(name) for name in card.names)
    named = dict(zip(filter(None, card.names), _known(card, vocabulary), strict=True))
    return tuple(named.get(name, "") for name in card.names)


def _known(card: Card, vocabulary: Vocabulary) -> tuple[str, ...]:
    return labels_of([name for name in card.names if name], vocabulary, card.spellings, own_names=card.own_names)
