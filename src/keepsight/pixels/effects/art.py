"""The filters of `e_art`: looks of our own under Cloudinary's names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
from PIL import Image

from keepsight.pixels.effects.channels import LUMA, Floats, colour_map, coloured
from keepsight.pixels.effects.texture import noise, vignette
from keepsight.pixels.effects.tone import sigmoid

Tone = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Look:
    """One filter; applied in the order of its fields."""

    saturation: float = 1.0
    """Factor of the distance from grey; 0 is black and white."""
    contrast: float = 0.0
    """-100..100, sigmoidal."""
    gamma: float = 1.0
    """Above 1 brighter middle tones."""
    shadows: Tone = (0.0, 0.0, 0.0)
    """What is added to black, -1..1, fading out towards white."""
    lights: Tone = (0.0, 0.0, 0.0)
    """What is added to white, fading out towards black."""
    vignette: int = 0
    grain: int = 0


LOOKS: Mapping[str, Look] = MappingProxyType(
    {
        "al_dente": Look(1.25, 18, 1.08, (0.05, 0.02, -0.02), (0.03, 0.01, -0.08), 15),
        "athena": Look(0.85, 12, 1.05, (0.06, 0.02, 0.00), (0.04, 0.02, -0.10), 25),
        "audrey": Look(0.00, 30, 1.15, (0.03, 0.03, 0.03), (0.02, 0.02, 0.02), 20, 2),
        "aurora": Look(1.15, 10, 1.05, (0.02, 0.00, 0.14), (0.05, -0.02, 0.06), 10),
        "daguerre": Look(0.10, 25, 0.95, (0.07, 0.04, 0.01), (0.02, -0.02, -0.14), 55, 4),
        "eucalyptus": Look(0.70, 5, 1.08, (0.00, 0.07, 0.05), (-0.05, 0.02, -0.03), 10),
        "fes": Look(0.80, 15, 1.00, (0.10, 0.02, 0.04), (0.04, -0.03, -0.12), 30),
        "frost": Look(0.60, 8, 1.15, (0.02, 0.06, 0.12), (-0.05, 0.00, 0.05)),
        "hairspray": Look(1.10, -12, 1.15, (0.12, 0.05, 0.10), (0.02, -0.06, 0.00), 0, 3),
        "hokusai": Look(0.75, 25, 1.00, (-0.02, 0.04, 0.16), (0.02, 0.00, -0.10), 15),
        "incognito": Look(0.35, 35, 0.88, (0.02, 0.03, 0.06), (-0.02, 0.00, 0.00), 45, 3),
        "linen": Look(0.65, -15, 1.12, (0.12, 0.10, 0.07), (0.00, -0.02, -0.08), 0, 3),
        "peacock": Look(1.30, 15, 1.00, (-0.02, 0.08, 0.12), (0.06, 0.00, -0.06), 20),
        "primavera": Look(1.20, 5, 1.15, (0.05, 0.06, 0.00), (0.02, 0.03, -0.05)),
        "quartz": Look(0.80, 5, 1.10, (0.08, 0.04, 0.08), (0.02, -0.04, 0.01), 10),
        "red_rock": Look(1.05, 22, 0.95, (0.10, 0.00, -0.02), (0.06, -0.04, -0.14), 30),
        "refresh": Look(1.25, 10, 1.12, (0.00, 0.02, 0.03), (0.00, 0.02, 0.02)),
        "sizzle": Look(1.40, 35, 1.02, (0.04, 0.00, -0.03), (0.05, 0.01, -0.08), 20),
        "sonnet": Look(0.00, 5, 1.05, (0.09, 0.07, 0.05), (0.00, -0.02, -0.06), 30, 2),
        "ukulele": Look(1.15, -5, 1.12, (0.08, 0.05, 0.00), (0.06, 0.00, -0.16), 15),
        "zorro": Look(0.00, 60, 0.90, (0.00, 0.00, 0.00), (0.00, 0.00, 0.00), 40),
    }
)


def art(image: Image.Image, name: str) -> Image.Image:
    """Apply a filter by its name; the answer is RGB or RGBA."""
    look = LOOKS[name]
    toned = colour_map(image, lambda colours: _toned(colours, look))
    return noise(vignette(coloured(toned), look.vignette), look.grain)


def _toned(colours: Floats, look: Look) -> Floats:
    grey = (colours @ LUMA)[:, None]
    colours = grey + (colours - grey) * look.saturation
    if look.contrast:
        steps = np.arange(256) / 255
        colours = np.interp(colours, steps, sigmoid(look.contrast) / 255)
    colours = np.clip(colours, 0, 1) ** (1 / look.gamma)
    light = np.clip(colours @ LUMA, 0, 1)[:, None]
    toned: npt.NDArray[np.floating] = colours + (1 - light) * np.array(look.shadows) + light * np.array(look.lights)
    result: Floats = np.clip(toned, 0, 1).astype(np.float32)
    return result
