"""Hue and saturation, as HSL and HSB know them, over arrays of colours."""

from __future__ import annotations

import numpy as np

from keepsight.pixels.effects.channels import Floats


def hue_of(colours: Floats) -> Floats:
    """Hue of an (n, 3) array of red, green and blue, in sixths of the circle: 0 red, 2 green, 4 blue."""
    red, green, blue = colours.T
    most, spread = colours.max(axis=1), np.ptp(colours, axis=1)
    safe = np.where(spread > 0, spread, 1)
    hue = np.where(
        most == red,
        (green - blue) / safe % 6,
        np.where(most == green, (blue - red) / safe + 2, (red - green) / safe + 4),
    )
    return np.where(spread > 0, hue, 0).astype(np.float32)


def turned(colours: Floats, sixths: float) -> Floats:
    """Turn the hue and keep lightness and saturation of HSL."""
    least, spread = colours.min(axis=1), np.ptp(colours, axis=1)
    result: Floats = least[:, None] + spread[:, None] * _pure(hue_of(colours) + sixths)
    return result


def lightened(colours: Floats, factor: float) -> Floats:
    """Scale the lightness of HSL, at most to white; hue and saturation stay."""
    most, least = colours.max(axis=1), colours.min(axis=1)
    lightness, spread = (most + least) / 2, most - least
    room = 1 - np.abs(2 * lightness - 1)
    saturation = np.divide(spread, room, out=np.zeros_like(spread), where=room > 1e-6)
    new = np.clip(lightness * factor, 0, 1)
    spread = (1 - np.abs(2 * new - 1)) * saturation
    result: Floats = (new - spread / 2)[:, None] + spread[:, None] * _pure(hue_of(colours))
    return result


def brightened(colours: Floats, factor: float) -> Floats:
    """Scale the brightness of HSB, at most to 1; hue and saturation stay."""
    most = colours.max(axis=1, keepdims=True)
    result: Floats = colours * np.minimum(factor, 1 / np.maximum(most, 1e-6))
    return result


def _pure(hue: Floats) -> Floats:
    """The fully saturated colour of each hue, an (n, 3) array 0..1."""
    offsets = np.array((5, 3, 1), dtype=np.float32)
    place = (hue[:, None] + offsets) % 6
    result: Floats = (1 - np.clip(np.minimum(place, 4 - place), 0, 1)).astype(np.float32)
    return result
