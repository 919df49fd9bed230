"""CIE L*a*b* of sRGB colours, D65; over arrays."""

from __future__ import annotations

import numpy as np

from keepsight.pixels.effects.channels import Floats

_TO_XYZ = np.array(
    ((0.4124564, 0.3575761, 0.1804375), (0.2126729, 0.7151522, 0.0721750), (0.0193339, 0.1191920, 0.9503041)),
    dtype=np.float32,
)
"""IEC 61966-2-1; the rows give X, Y and Z, which are 0.95047, 1 and 1.08883 for white."""
_FROM_XYZ = np.linalg.inv(_TO_XYZ.astype(np.float64)).astype(np.float32)
_WHITE = _TO_XYZ.sum(axis=1)
_EDGE = 6 / 29


def to_linear(colours: Floats) -> Floats:
    """Light of sRGB values, 0..1 both."""
    return np.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4).astype(np.float32)


def from_linear(light: Floats) -> Floats:
    """sRGB values of light, 0..1 both; what lies outside is clipped."""
    light = np.clip(light, 0, 1)
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055).astype(np.float32)


def to_lab(colours: Floats) -> Floats:
    """An (n, 3) array of sRGB, 0..1, into L* 0..100, a* and b*."""
    parts = to_linear(colours) @ _TO_XYZ.T / _WHITE
    roots = np.where(parts > _EDGE**3, np.cbrt(parts), parts / (3 * _EDGE**2) + 4 / 29)
    x, y, z = roots.T
    return np.stack((116 * y - 16, 500 * (x - y), 200 * (y - z)), axis=1).astype(np.float32)


def from_lab(lab: Floats) -> Floats:
    """The way back; colours that sRGB does not have are clipped channel by channel."""
    lightness, a, b = lab.T
    y = (lightness + 16) / 116
    roots = np.stack((y + a / 500, y, y - b / 200), axis=1)
    parts = np.where(roots > _EDGE, roots**3, 3 * _EDGE**2 * (roots - 4 / 29))
    return from_linear((parts * _WHITE @ _FROM_XYZ.T).astype(np.float32))
