"""What models see in a picture, as `info` of an answer has it, and the tags that follow.

Labels are words of URLs: `wine_glass` is a tag that `g_auto:wine_glass` crops to. Boxes are x, y, width, height in
pixels of the upright original.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from PIL import Image

from keepsight.crop.box import Size
from keepsight.detect.analyst import Analyst, Picture
from keepsight.detect.card import Card
from keepsight.detect.detector import Detection
from keepsight.detect.registry import Registry
from keepsight.errors import BadRequest, ModelError

SCHEMA_VERSION = 1
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Looked:
    """What one model saw."""

    card: Card
    detections: tuple[Detection, ...] | None
    """In descending confidence; None when it failed."""

    def counting(self, least: float | Literal["default"] | None) -> tuple[Detection, ...]:
        """Those that make tags: more confident than `least`, or as confident as the model asks for by itself."""
        seen = self.detections or ()
        if isinstance(least, float):
            return tuple(each for each in seen if each.confidence > least)
        return tuple(each for each in seen if each.confidence >= self.card.confidence)


def models_named(words: Sequence[str], registry: Registry) -> tuple[str, ...]:
    """The names of the models that `coco`, `cld-fashion_v2` … ask for; `cld_fashion` of the Analyze API is read, too.

    Raises BadRequest for one that there is not, that finds no objects, that is not installed, and for a version that
    it does not answer for.
    """
    return tuple(dict.fromkeys(_named(word, registry) for word in words))


def look(model: str, analyst: Analyst, digest: str, picture: Picture) -> Looked:
    """What a model sees in the original `digest`. Never raises ModelError: a failure is part of the answer."""
    card = analyst.registry.model(model).card
    try:
        return Looked(card, analyst.look(model, digest, picture))
    except ModelError:
        return Looked(card, None)


def object_detection(looked: Sequence[Looked], size: Size, least: float | Literal["default"] | None) -> Json:
    """The value of `info.detection`; what a threshold lets in is told though the model asks for more."""
    failed = [each for each in looked if each.detections is None]
    data = {each.card.name: model_answer(each, size, least) for each in looked if each.detections is not None}
    answer: Json = {"status": "failed" if failed else "complete", "data": data}
    if failed:
        answer["message"] = f"{', '.join(each.card.name for each in failed)} could not look at this picture"
    return {"object_detection": answer}


def model_answer(looked: Looked, size: Size, least: float | Literal["default"] | None = None) -> Json:
    """One model's part of it."""
    told = {*looked.counting(None), *looked.counting(least)}
    tags: dict[str, list[Json]] = {}
    for each in looked.detections or ():
        if each in told:
            tags.setdefault(each.label, []).append(_instance(each, looked, size))
    return {
        "model_name": looked.card.name,
        "model_version": looked.card.version,
        "schema_version": SCHEMA_VERSION,
        "tags": tags,
    }


def categorization(looked: Sequence[Looked], least: float | Literal["default"] | None) -> Json:
    """The value of `info.categorization`: labels by model, each with its best confidence."""
    answer: Json = {}
    for each in looked:
        if each.detections is None:
            answer[each.card.name] = {"status": "failed"}
            continue
        best: dict[str, float] = {}
        for seen in (*each.counting(None), *each.counting(least)):
            best[seen.label] = max(seen.confidence, best.get(seen.label, 0.0))
        data = [{"tag": tag, "confidence": round(confidence, 4)} for tag, confidence in best.items()]
        answer[each.card.name] = {"status": "complete", "data": sorted(data, key=lambda one: -float(str(one["confidence"])))}
    return answer


def tags(looked: Sequence[Looked], least: float | Literal["default"]) -> tuple[str, ...]:
    """Labels to tag with, the surest first."""
    seen = [detection for each in looked for detection in each.counting(least)]
    return tuple(dict.fromkeys(each.label for each in sorted(seen, key=lambda one: -one.confidence)))


def upright_preview(image: Image.Image) -> Picture:
    """A picture that is there already, for `look`."""
    return lambda: image


def _instance(seen: Detection, looked: Looked, size: Size) -> Json:
    box = seen.region
    sides = (box.x * size.width, box.y * size.height, box.width * size.width, box.height * size.height)
    return {
        "categories": _categories(looked, seen.label),
        "confidence": round(seen.confidence, 5),
        "bounding-box": [round(side, 2) for side in sides],
    }


def _categories(looked: Looked, label: str) -> list[str]:
    raise NotImplementedError
