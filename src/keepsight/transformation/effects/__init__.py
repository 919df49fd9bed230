"""`e_`: one declaration per effect, and the typed values that come of it."""

from keepsight.transformation.effects.declaration import Declaration
from keepsight.transformation.effects.effect import Arc, Effect, Kind, Quad, Stop
from keepsight.transformation.effects.language import EFFECTS, EXPECTED, effect_text, parse_effect
from keepsight.transformation.effects.not_offered import NOT_OFFERED

__all__ = [
    "EFFECTS",
    "EXPECTED",
    "NOT_OFFERED",
    "Arc",
    "Declaration",
    "Effect",
    "Kind",
    "Quad",
    "Stop",
    "effect_text",
    "parse_effect",
]
