"""Colour blindness: what it sees, and help against it."""

from __future__ import annotations

import numpy as np
from PIL import Image

from keepsight.pixels.effects import lab
from keepsight.pixels.effects.channels import (
    Floats,
    as_bytes,
    by_bands,
    colour_map,
    coloured,
    opaque_part,
    with_alpha_of,
)

_FULL = {
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
    # One kind of cone left, or none: the eye sees one channel. The blue cone's share, and that of the rods.
    "cone_monochromacy": ((0.01775, 0.10945, 0.87280),) * 3,
    "rod_monochromacy": ((0.212656, 0.715158, 0.072186),) * 3,
}
"""Matrices over light: Machado, Oliveira and Fernandes 2009, severity 1."""
_WEAK = 0.6
"""Share of the full condition that the milder -anomalies show."""
_PERIOD = 8


def simulate_colorblind(image: Image.Image, condition: str) -> Image.Image:
    """The picture as seen with the condition; a grey one looks the same."""
    if image.mode == "L":
        return image
    full = _FULL[condition.replace("anomaly", "anopia")]
    share = _WEAK if condition.endswith("anomaly") else 1
    rows = np.eye(3, dtype=np.float32) * (1 - share) + np.array(full, dtype=np.float32) * share
    return colour_map(image, lambda colours: lab.from_linear(lab.to_linear(colours) @ rows.T))


def assist_colorblind(image: Image.Image, strength: int | str) -> Image.Image:
    """Upright stripes over reds and level ones over greens, 1..100; `xray` shows purple for red, yellow for green."""
    if image.mode == "L":
        return image
    return colour_map(image, _told_apart) if strength == "xray" else _striped(image, int(strength))


def _told_apart(colours: Floats) -> Floats:
    """Red to purple and green to yellow, by how red or green a colour is; greys stay."""
    red, green, blue = colours.T
    redness, greenness = _red_and_green(colours)
    return np.stack(
        (red - 0.35 * redness + 0.95 * greenness, green, blue + 0.8 * redness - 0.3 * greenness), axis=1
    ).clip(0, 1)


def _striped(image: Image.Image, strength: int) -> Image.Image:
    across, down = _stripes(image.width), _stripes(image.height)

    def striped(band: Image.Image, top: int) -> Image.Image:
        colours = np.asarray(band, dtype=np.float32) / 255
        redness, greenness = (part.reshape(colours.shape[:2]) for part in _red_and_green(colours.reshape(-1, 3)))
        stripes = redness * across[None, :] + greenness * down[top : top + band.height, None]
        return Image.fromarray(as_bytes((colours + strength / 100 * stripes[..., None]) * 255))

    return with_alpha_of(by_bands(coloured(opaque_part(image)), striped), image)


def _stripes(length: int) -> Floats:
    """1 and -1 in turns along a side."""
    return np.where(np.arange(length) % _PERIOD < _PERIOD // 2, 1, -1).astype(np.float32)


def _red_and_green(colours: Floats) -> tuple[Floats, Floats]:
    """How much redder than green each colour is, and how much greener than red; 0..1."""
    difference = colours[:, 0] - colours[:, 1]
    return np.maximum(difference, 0), np.maximum(-difference, 0)
