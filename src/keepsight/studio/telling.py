"""A picture that was made, and why, as the page draws it. Boxes are x, y, width, height in pixels of the original."""

from __future__ import annotations

import io
from base64 import b64encode
from collections.abc import Iterable
from typing import Any

import numpy as np
from PIL import Image

from keepsight.crop.box import Box
from keepsight.delivery.attention import deciding_map
from keepsight.detect.detector import Detection
from keepsight.focus.focus import Seen
from keepsight.focus.importance import Map
from keepsight.studio.darkroom import Shown
from keepsight.studio.reason import sentences

Json = dict[str, Any]
_MOST_BYSTANDERS = 40


def told(shown: Shown) -> Json:
    """Everything about one picture; `picture` is a data URI of the very bytes that delivery would send."""
    made = shown.made
    layout, header, derived = made.layout, made.header, made.derived
    importance = deciding_map(layout, made.sight)
    return {
        "original": {
            "width": header.width,
            "height": header.height,
            "bytes": header.bytes,
            "format": str(header.format),
        },
        "result": {
            "width": layout.size.width,
            "height": layout.size.height,
            "bytes": len(derived.body),
            "format": str(made.format),
        },
        "picture": data_uri(derived.body, derived.content_type),
        "window": _box(layout.visible),
        "kept": [_seen(s) for d in layout.decided for s in d.focus.kept],
        "avoided": [_seen(s) for d in layout.decided for s in d.focus.avoided],
        "bystanders": [_seen(s) for s in shown.bystanders[:_MOST_BYSTANDERS]],
        "importance": None if importance is None else heat(importance),
        "words": [
            {"word": w.name, "answers": [{"model": m, "said": said} for m, said in w.answers], "nearest": w.nearest}
            for w in shown.words
        ],
        "reason": sentences(layout),
        "passing": is_passing(layout.unavailable),
        "x_focus": layout.reason,
        "milliseconds": {name: round(seconds * 1000, 1) for name, seconds in shown.durations.items()},
    }


def heat(importance: Map) -> str:
    """The map as a PNG of opacity, from none where it is least important to full at its 95th percentile."""
    low, high = (float(v) for v in np.percentile(importance, (0, 95)))
    share = np.clip((importance - low) / max(high - low, 1e-12), 0, 1)
    opacity = Image.fromarray(np.round(share * 255).astype(np.uint8))
    image = Image.merge("LA", (Image.new("L", opacity.size, 255), opacity))
    with io.BytesIO() as file:
        image.save(file, "PNG")
        return data_uri(file.getvalue(), "image/png")


def is_passing(unavailable: Iterable[str]) -> bool:
    """Whether a model that could not be asked may answer a moment later: it is busy, or still being loaded."""
    return any(name.endswith(")") for name in unavailable)


def data_uri(body: bytes, content_type: str) -> str:
    """Bytes as an address."""
    return f"data:{content_type};base64,{b64encode(body).decode()}"


def mask_of(detection: Detection) -> Json | None:
    """Its mask, bits in base64; None without one."""
    mask = detection.mask
    if mask is None:
        return None
    return {"width": mask.width, "height": mask.height, "bits": b64encode(mask.bits).decode()}


def _seen(seen: Seen) -> Json:
    return {
        "name": seen.detection.label,
        "confidence": round(seen.detection.confidence, 4),
        "model": seen.model,
        "box": _box(seen.box),
    }


def _box(box: Box) -> list[float]:
    return [round(v, 2) for v in (box.left, box.top, box.width, box.height)]
