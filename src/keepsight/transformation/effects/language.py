"""The value of `e_` into an effect, and back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches
from types import MappingProxyType

from keepsight.transformation.effects.colouring import COLOURING
from keepsight.transformation.effects.declaration import Declaration
from keepsight.transformation.effects.effect import Effect
from keepsight.transformation.effects.not_offered import NOT_OFFERED, refusal
from keepsight.transformation.effects.shaping import LAYERING, PLAYING, SHAPING
from keepsight.transformation.effects.texturing import TEXTURING
from keepsight.transformation.effects.tones import TONES

EFFECTS: Mapping[str, Declaration] = MappingProxyType(
    {d.name: d for d in (*COLOURING, *TONES, *TEXTURING, *SHAPING, *LAYERING, *PLAYING)}
)
"""Every effect that is offered, by name, in the order of the documents."""

EXPECTED = "an effect such as sepia, blur:300 or outline:inner:15, see the list in the documentation"

# A colour may be written as rgb:ff0000, with the colon that otherwise parts arguments.
_PARTS = re.compile(r":(?!(?<=:rgb:)|(?<=_rgb:))")


def parse_effect(text: str) -> Effect:
    """Parse the value of `e_`, percent-decoded, such as `blur:300` or `contrast:level_150;type_linear`.

    Raises ValueError with the reason: unknown, not offered, or an argument that is out of range or not understood.
    """
    name, *texts = _PARTS.split(text)
    if name in EFFECTS:
        return EFFECTS[name].parse(texts)
    if reason := refusal(name):
        raise ValueError(f"{name} is not offered by this server: it is {reason}")
    near = get_close_matches(name, (*EFFECTS, *NOT_OFFERED), 1)
    raise ValueError(f"{name!r} is no effect; " + (f"did you mean {near[0]}?" if near else f"expected {EXPECTED}"))


def effect_text(effect: Effect) -> str:
    """The canonical spelling, every argument written out; `parse_effect` reads it back as the same effect."""
    return EFFECTS[effect.name].print(effect.arguments)
