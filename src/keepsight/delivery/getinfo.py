"""`fl_getinfo`: what was decided, as JSON.

The documented part is `input`, `g_auto_info`, `resize` and `output`; `focus` is Keepsight's own: the rule, what was
kept and avoided with its boxes in pixels of the original, what was missing, and where an importance map had a say the
share of it inside the window. A thing has its `mask` where the model that saw it gives one, bits in base64 (see
`detect.mask.Mask`), and its `attributes` where a classifier for them is installed. The documented `landmarks` are not
given: no detector here finds them yet.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable
from typing import Any

from keepsight.delivery.story import Decided, Layout
from keepsight.focus.focus import Seen
from keepsight.pixels.header import Header
from keepsight.transformation.gravity import Auto

Describe = Callable[[Seen], tuple[tuple[str, str], ...]]
"""The attributes of a thing that was seen, pairs of a key and a value; empty where nobody can tell."""


def getinfo(
    header: Header, layout: Layout, output_format: str, output_bytes: int, describe: Describe = lambda _: ()
) -> bytes:
    """The JSON body for one rendered image; the warnings of `layout` are those of its `X-Cld-Warning`."""
    info: dict[str, Any] = {"input": {"width": header.width, "height": header.height, "bytes": header.bytes}}
    automatic = [d for d in layout.decided if isinstance(d.step.gravity, Auto)]
    if automatic:
        info["g_auto_info"] = [_window(d) for d in automatic]
    if layout.decided:
        info["resize"] = [entry for d in layout.decided for entry in (_window(d), _factors(d))]
        info["focus"] = [_focus(d, describe) for d in layout.decided]
    info["output"] = {
        "format": {"jpeg": "jpg"}.get(output_format, output_format),
        "bytes": output_bytes,
        "width": layout.size.width,
        "height": layout.size.height,
    }
    if layout.warnings:
        info["warnings"] = list(layout.warnings)
    return json.dumps(info).encode()


def _window(decided: Decided) -> dict[str, int]:
    box = decided.box
    return {"x": box.x, "y": box.y, "width": box.width, "height": box.height}


def _factors(decided: Decided) -> dict[str, float]:
    _, _, width, height = decided.box.content
    return {"x_factor": width / decided.box.width, "y_factor": height / decided.box.height}


def _focus(decided: Decided, describe: Describe) -> dict[str, Any]:
    focus, importance_kept = decided.focus, decided.importance_kept
    shares = {} if importance_kept is None else {"importance_kept": round(importance_kept, 4)}
    return {
        "rule": focus.rule,
        "reason": focus.reason,
        "kept": [_seen(s, describe) for s in focus.kept],
        "avoided": [_seen(s, describe) for s in focus.avoided],
        "unavailable": list(focus.unavailable),
        **shares,
    }


def _seen(seen: Seen, describe: Describe) -> dict[str, Any]:
    box, mask = seen.box, seen.detection.mask
    more: dict[str, Any] = {}
    if attributes := describe(seen):
        more["attributes"] = [list(pair) for pair in attributes]
    if mask is not None:
        more["mask"] = {"width": mask.width, "height": mask.height, "bits": b64encode(mask.bits).decode()}
    return {
        "name": seen.detection.label,
        "confidence": round(seen.detection.confidence, 4),
        "model": seen.model,
        "bounding-box": [round(v, 2) for v in (box.left, box.top, box.width, box.height)],
        "weight": round(seen.weight, 4),
        **more,
    }
