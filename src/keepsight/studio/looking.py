"""What models see in a photo, for the page."""

from __future__ import annotations

from typing import Any

from keepsight.api import detection
from keepsight.api.looking import Preview
from keepsight.detect.detector import Detection
from keepsight.errors import BadRequest, Unavailable
from keepsight.program import command
from keepsight.studio.darkroom import Darkroom, Subject
from keepsight.studio.telling import is_passing, mask_of
from keepsight.studio.wishes import DetectWish

Json = dict[str, Any]
MOST_BOXES = 20
TASKS = ("detect", "faces", "segment", "pose")
"""Of models that a photo can be shown to."""


def detect(wish: DetectWish, darkroom: Darkroom) -> Json:
    """What one model sees: up to MOST_BOXES boxes, and the whole answer as the APIs give it. Raises RequestError."""
    analyst = darkroom.analyst
    names = [state.exact for state in analyst.registry.models if state.card and state.card.task in TASKS]
    if wish.model not in names:
        raise BadRequest(f"Invalid model {wish.model[:80]!r} (expected one of {', '.join(names)})")
    if refused := analyst.registry.model(wish.model).refused:
        raise BadRequest(f"{wish.model} is refused: {refused}")
    if not analyst.registry.model(wish.model).installed:
        raise BadRequest(f"The weights of {wish.model} are not installed: {command('models', 'pull', wish.model)}")
    original = darkroom.read(Subject.of(wish.photo))
    looked = detection.look(wish.model, analyst, original.digest, Preview(original))
    if looked.detections is None:
        raise Unavailable(f"{wish.model} could not look at this photo; the log of the server says more")
    size = original.size
    counting = looked.counting(None)
    return {
        "model": wish.model,
        "width": size.width,
        "height": size.height,
        "total": len(counting),
        "confidence": looked.card.confidence,
        "boxes": [_box(each, size.width, size.height) for each in counting[:MOST_BOXES]],
        "json": {"info": {"detection": detection.object_detection((looked,), size, None)}},
    }


def suggestions(photo: str, darkroom: Darkroom) -> Json:
    """Words for what is in a photo, the surest first, each once; and the number of faces. Raises RequestError."""
    analyst = darkroom.analyst
    original = darkroom.read(Subject.of(photo))
    preview = Preview(original)
    found = analyst.anything(original.digest, preview)
    faces = analyst.faces(original.digest, preview)
    best: dict[str, Json] = {}
    for each in found.detections:
        word = best.setdefault(each.label, {"word": each.label, "confidence": round(each.confidence, 3), "count": 0})
        word["count"] += 1
    return {
        "words": list(best.values()),
        "faces": len(faces.detections),
        "model": found.model,
        "passing": is_passing((*found.unavailable, *faces.unavailable)),
        "width": original.size.width,
        "height": original.size.height,
    }


def _box(seen: Detection, width: int, height: int) -> Json:
    region = seen.region
    return {
        "name": seen.label,
        "confidence": round(seen.confidence, 4),
        "box": [
            round(region.x * width, 2),
            round(region.y * height, 2),
            round(region.width * width, 2),
            round(region.height * height, 2),
        ],
        "attributes": [list(pair) for pair in seen.attributes],
        "mask": mask_of(seen),
    }
