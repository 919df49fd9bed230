"""`e_`: what each effect does to pixels."""

from keepsight.pixels.effects.apply import apply_effect, within
from keepsight.pixels.effects.qualifiers import Qualifiers
from keepsight.pixels.effects.transparency import opacity

__all__ = ["Qualifiers", "apply_effect", "opacity", "within"]
