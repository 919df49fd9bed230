"""`fl_getinfo`: what was decided, as JSON.

The documented part is `input`, `g_auto_info`, `resize` and `output`; `focus` is Keepsight's own: the rule, what was
kept and avoided with its boxes in pixels of the original, what was missing, and where an importance map had a say the
share of it inside the window. The documented `landmarks` are not
given: no detector here finds them yet.
"""

from __future__ import annotations

import json
from typing import Any

from keepsight.delivery.story import Decided, Layout
from keepsight.focus.focus import Seen
from keepsight.pixels.header import Header
from keepsight.transformation.gravity import Auto


def getinfo(header: Header, layout: Layout, output_format: str, output_bytes: int) -> bytes:
    """The JSON body for one rendered image."""
    info: dict[str, Any] = {"input": {"width": header.width, "height": header.height, "bytes": header.bytes}}
    automatic = [d for d in layout.decided if isinstance(d.step.gravity, Auto)]
    if automatic:
        info["g_auto_info"] = [_window(d) for d in automatic]
    if layout.decided:
        info["resize"] = [entry for d in layout.decided for entry in (_window(d), _factors(d))]
        info["focus"] = [_focus(d) for d in layout.decided]
    info["output"] = {
        "format": {"jpeg": "jpg"}.get(output_format, output_format),
        "bytes": output_bytes,
        "width": layout.size.width,
        "height": layout.size.height,
    }
    return json.dumps(info).encode()


def _window(decided: Decided) -> dict[str, int]:
    box = decided.box
    return {"x": box.x, "y": box.y, "width": box.width, "height": box.height}


def _factors(decided: Decided) -> dict[str, float]:
    _, _, width, height = decided.box.content
    return {"x_factor": width / decided.box.width, "y_factor": height / decided.box.height}


def _focus(decided: Decided) -> dict[str, Any]:
    focus, importance_kept = decided.focus, decided.importance_kept
    shares = {} if importance_kept is None else {"importance_kept": round(importance_kept, 4)}
    return {
        "rule": focus.rule,
        "reason": focus.reason,
        "kept": [_seen(s) for s in focus.kept],
        "avoided": [_seen(s) for s in focus.avoided],
        "unavailable": list(focus.unavailable),
        **shares,
    }


def _seen(seen: Seen) -> dict[str, Any]:
    box = seen.box
    return {
        "name": seen.detection.label,
        "confidence": round(seen.detection.confidence, 4),
        "model": seen.model,
        "bounding-box": [round(v, 2) for v in (box.left, box.top, box.width, box.height)],
        "weight": round(seen.weight, 4),
    }
