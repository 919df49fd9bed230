"""What models see in a picture, as `info` of an answer has it, and the tags that follow.

Labels are words of URLs: `wine_glass` is a tag that `g_auto:wine_glass` crops to. Boxes are x, y, width, height in
pixels of the upright original.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from keepsight.crop.box import Size
from keepsight.detect.analyst import Analyst, Picture
from keepsight.detect.card import Card
from keepsight.detect.detector import Detection
from keepsight.detect.registry import Registry
from keepsight.detect.vocabulary import Vocabulary
from keepsight.errors import BadRequest, ModelError

SCHEMA_VERSION = 1
Json = dict[str, Any]
Least = float | Literal["default"] | None
"""A confidence above which a detection counts; that of each model otherwise."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What one model saw."""

    card: Card
    vocabulary: Vocabulary
    detections: tuple[Detection, ...] | None
    """In descending confidence; None when it failed."""

    def counting(self, least: Least) -> tuple[Detection, ...]:
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
    asked = analyst.registry.model(model)
    try:
        return Looked(asked.card, asked.vocabulary, analyst.described(model, digest, picture))
    except ModelError:
        return Looked(asked.card, asked.vocabulary, None)


def object_detection(looked: Sequence[Looked], size: Size, least: Least) -> Json:
    """The value of `info.detection`; what a threshold lets in is told though the model asks for more."""
    failed = [each for each in looked if each.detections is None]
    data = {each.card.name: model_answer(each, size, least) for each in looked if each.detections is not None}
    answer: Json = {"status": "failed" if failed else "complete", "data": data}
    if failed:
        answer["message"] = f"{', '.join(each.card.name for each in failed)} could not look at this picture"
    return {"object_detection": answer}


def model_answer(looked: Looked, size: Size, least: Least = None) -> Json:
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


def categorization(looked: Sequence[Looked], least: Least) -> Json:
    """The value of `info.categorization`: labels by model, each with its best confidence."""
    answer: Json = {}
    for each in looked:
        if each.detections is None:
            answer[each.card.name] = {"status": "failed"}
            continue
        best: dict[str, float] = {}
        for seen in (*each.counting(None), *each.counting(least)):
            best[seen.label] = max(seen.confidence, best.get(seen.label, 0.0))
        surest = sorted(best.items(), key=lambda pair: -pair[1])
        data = [{"tag": tag, "confidence": round(confidence, 4)} for tag, confidence in surest]
        answer[each.card.name] = {"status": "complete", "data": data}
    return answer


def tags(looked: Sequence[Looked], least: Least) -> tuple[str, ...]:
    """Labels to tag with, the surest first."""
    seen = [detection for each in looked for detection in each.counting(least)]
    return tuple(dict.fromkeys(each.label for each in sorted(seen, key=lambda one: -one.confidence)))


def _instance(seen: Detection, looked: Looked, size: Size) -> Json:
    box = seen.region
    sides = (box.x * size.width, box.y * size.height, box.width * size.width, box.height * size.height)
    answer: Json = {
        "categories": [name for name, members in looked.vocabulary.categories.items() if seen.label in members],
        "confidence": round(seen.confidence, 5),
        "bounding-box": [round(side, 2) for side in sides],
    }
    if seen.attributes:
        answer["attributes"] = {
            key: [[value, None] for name, value in seen.attributes if name == key] for key, _ in seen.attributes
        }
    return answer


def _named(word: str, registry: Registry) -> str:
    cards = [state.card for state in registry.models if state.card is not None and state.card.task == "detect"]
    names = dict.fromkeys(card.name for card in cards)
    versioned = re.fullmatch(r"(.+)_v(\d{1,4})", word)
    name = (versioned[1] if versioned else word).replace("_", "-")
    known = next((each for each in names if each.replace("_", "-") == name), None)
    if known is None:
        raise BadRequest(
            f"Invalid detection {word[:80]!r}: there is no such model (expected one of {', '.join(names)})"
        )
    offered = [card for card in cards if card.name == known]
    asked = known
    if versioned:
        meant = next((card for card in offered if int(versioned[2]) in card.versions), None)
        if meant is None:
            versions = sorted(version for card in offered for version in card.versions)
            said = ", ".join(f"{known}_v{version}" for version in versions)
            raise BadRequest(f"Invalid detection {word!r}: no such version (expected {said})")
        asked = known if len(offered) == 1 else f"{known}_v{meant.version}"
    if refused := registry.model(asked).refused:
        raise BadRequest(f"Invalid detection {word!r}: {asked} is refused on this server: {refused}")
    if not registry.model(asked).installed:
        raise BadRequest(f"Invalid detection {word!r}: the weights of {asked} are not installed on this server")
    return asked
