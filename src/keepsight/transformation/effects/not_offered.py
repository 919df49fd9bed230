"""Effects of the language that this server refuses, each with the reason."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_ADD_ON = "a paid add-on of Cloudinary"
_GENERATIVE = "generative, by a model that this server does not have"
_MODEL = "done by a trained network that this server does not have"
_VIDEO = "for video"
_SOLID = "for 3D models"

NOT_OFFERED: Mapping[str, str] = MappingProxyType(
    {
        "adv_redeye": _ADD_ON,
        "background_removal": _MODEL,
        "bgremoval": "a keyer, which this server does not have; make_transparent removes a background of one colour",
        "lightroom": _ADD_ON,
        "style_transfer": _ADD_ON,
        "viesus_correct": _ADD_ON,
        "auto_enhance": f"{_MODEL}; improve needs none",
        "dropshadow": "a shadow thrown on the ground, which this server does not compute; shadow casts a flat one",
        "enhance": f"{_MODEL}; improve needs none",
        "extract": _MODEL,
        "redeye": "a repair of eyes, which this server has no detector for",
        "theme": "a recoloured page, for which this server cannot tell text from photographs",
        "upscale": _MODEL,
        "gen_background_replace": _GENERATIVE,
        "gen_fill": _GENERATIVE,
        "gen_recolor": f"{_GENERATIVE}; replace_color needs none",
        "gen_remove": _GENERATIVE,
        "gen_replace": _GENERATIVE,
        "gen_restore": _GENERATIVE,
        "vectorize": "tracing a picture into curves, which this server does not do",
        "accelerate": _VIDEO,
        "boomerang": _VIDEO,
        "deshake": _VIDEO,
        "fade": f"{_VIDEO}; gradient_fade fades a still picture",
        "preview": _VIDEO,
        "progressbar": _VIDEO,
        "reverse": _VIDEO,
        "transition": _VIDEO,
        "volume": _VIDEO,
        "zoompan": _VIDEO,
        "camera": _SOLID,
        "light": _SOLID,
        "swap_image": _SOLID,
    }
)
"""Name to reason, as the end of "… is not offered by this server: it is …"."""


def refusal(name: str) -> str | None:
    """Why an effect is not offered; None for one that is offered, or unknown."""
    if name in NOT_OFFERED:
        return NOT_OFFERED[name]
    return _GENERATIVE if name.startswith("gen_") else None
