"""Which colours a picture is made of: the largest ones exactly, and their shares under common names."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from PIL import Image

from keepsight.pixels.effects.lab import to_lab

MOST = 32
"""Colours that are told apart."""
_SIDE = 200
"""Longer side of the copy that is counted, in pixels."""
_LEAST = 0.1
"""Per cent below which a colour is left out."""

_COMMON = {
    "red": ("#d50000", "#ff1a1a", "#a01010"),
    "orange": ("#ff8c00", "#e8761a", "#ffab5e"),
    "yellow": ("#ffe600", "#fff176", "#d9c400"),
    "green": ("#008000", "#3cb043", "#7ccd5f", "#1f4d1f", "#808000"),
    "teal": ("#008080", "#20b2aa", "#00ced1"),
    "blue": ("#0000ff", "#1e62d0", "#6fa8dc", "#10207a"),
    "purple": ("#800080", "#6a3fa0", "#b39ddb"),
    "pink": ("#ffc0cb", "#ff69b4", "#e75480"),
    "white": ("#ffffff", "#f2f2f2"),
    "gray": ("#808080", "#b0b0b0", "#505050"),
    "black": ("#000000", "#1c1c1c"),
    "brown": ("#8b4513", "#5c3a21", "#a9825a"),
}
NAMED: Mapping[str, Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "google": _COMMON,
        "cloudinary": _COMMON
        | {
            "lime": ("#bfff00", "#32cd32"),
            "olive": ("#808000", "#6b6b2e"),
            "cyan": ("#00ffff", "#80f0f0"),
            "lightblue": ("#add8e6", "#6fa8dc"),
        },
    }
)
"""Names and their examples, by the lists of names that Cloudinary's answers have; what each of its names covers is not
published, so a colour has the name of the example that looks most like it (nearest in CIE L*a*b*)."""

Shares = list[tuple[str, float]]
"""Colours with per cent, 0..100, the largest first."""


def colours(image: Image.Image) -> Shares:
    """The colours of an RGB picture as `#RRGGBB`, at most 32, with their shares."""
    small = image.copy()
    small.thumbnail((_SIDE, _SIDE))
    flat = small.quantize(MOST, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    palette = flat.getpalette() or []
    total = flat.width * flat.height
    counted: dict[str, float] = {}
    for index, count in enumerate(flat.histogram()[: len(palette) // 3]):
        red, green, blue = palette[3 * index : 3 * index + 3]
        name = f"#{red:02X}{green:02X}{blue:02X}"
        counted[name] = counted.get(name, 0.0) + 100 * count / total
    return _sorted(counted, _LEAST)


def predominant(found: Shares) -> dict[str, Shares]:
    """The shares of `colours` added up under common names, for each list of names."""
    return {palette: _named(found, examples) for palette, examples in NAMED.items()}


def _named(found: Shares, examples: Mapping[str, tuple[str, ...]]) -> Shares:
    names = [name for name, shades in examples.items() for _ in shades]
    known = _lab([shade for shades in examples.values() for shade in shades])
    counted: dict[str, float] = {}
    for (_, share), lab in zip(found, _lab([colour for colour, _ in found]), strict=True):
        nearest = names[int(np.argmin(((known - lab) ** 2).sum(axis=1)))]
        counted[nearest] = counted.get(nearest, 0.0) + share
    return _sorted(counted, 0.0)


def _lab(shades: list[str]) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    rgb = [[int(shade[at : at + 2], 16) / 255 for at in (1, 3, 5)] for shade in shades]
    return to_lab(np.array(rgb, dtype=np.float32).reshape(-1, 3))


def _sorted(counted: Mapping[str, float], least: float) -> Shares:
    shares = [(name, round(share, 1)) for name, share in counted.items() if share >= least]
    return sorted(shares, key=lambda pair: (-pair[1], pair[0]))
