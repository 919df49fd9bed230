"""Keepsight: an image origin that speaks Cloudinary's delivery URLs and keeps what matters in every crop.

The engine alone, without a server:

    from keepsight import Box, Size, Target, Weighted, crop_box, parse_plan

    (step,) = parse_plan("c_thumb,g_auto:cat,w_300,h_300").steps
    cat = Target(Box(820, 410, 1430, 1180))
    crop_box(step, Size(3000, 2000), Weighted(keep=(cat,), avoid=(), importance=None))

Every name here is typed and changes only with the major version. Each is imported when it is first used, so that
`import keepsight` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from keepsight.crop import Anchor, Box, CropBox, Fixed, Point, Size, Target, Tight, Weighted, crop_box
    from keepsight.errors import BadRequest
    from keepsight.transformation.plan import Plan, Resize
    from keepsight.transformation.plan_text import plan_text
    from keepsight.transformation.text import parse_plan
    from keepsight.transformation.values import Compass, Mode

__version__ = "0.1.0"

__all__ = [
    "Anchor",
    "BadRequest",
    "Box",
    "Compass",
    "CropBox",
    "Fixed",
    "Mode",
    "Plan",
    "Point",
    "Resize",
    "Size",
    "Target",
    "Tight",
    "Weighted",
    "crop_box",
    "parse_plan",
    "plan_text",
]

_ELSEWHERE = {
    "BadRequest": "keepsight.errors",
    "Compass": "keepsight.transformation.values",
    "Mode": "keepsight.transformation.values",
    "Plan": "keepsight.transformation.plan",
    "Resize": "keepsight.transformation.plan",
    "parse_plan": "keepsight.transformation.text",
    "plan_text": "keepsight.transformation.plan_text",
}
"""Where the names lie that are not of the crop engine."""


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'keepsight' has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(_ELSEWHERE.get(name, "keepsight.crop")), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
