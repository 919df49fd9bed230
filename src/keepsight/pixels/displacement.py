"""Layers that move pixels, and layers that are moved."""

from __future__ import annotations

import zlib

import numpy as np
from PIL import Image

from keepsight.pixels.effects.channels import Floats
from keepsight.pixels.effects.warp import sample

_KNOTS = 6
"""Points along each side between which a disturbance runs smoothly."""


def displaced(image: Image.Image, field: Image.Image, across: int, down: int) -> Image.Image:
    """Move pixels of an L, RGB or RGBA image by an RGBA field of its size; the mode stays, grey becomes RGB.

    Every pixel comes from as far right as red is above 128, up to `across` pixels at 255, and as far down as green
    is; from the left and from above below 128, and where the field is transparent from where it is. What would come
    from outside comes from the nearest edge.
    """
    moves = np.asarray(field)

    def places(top: int, bottom: int) -> tuple[Floats, Floats]:
        rows = moves[top:bottom].astype(np.float32)
        strength = rows[..., 3] / 255
        x, y = _centres(image.width, top, bottom)
        x, y = x + across * strength * _signed(rows[..., 0]), y + down * strength * _signed(rows[..., 1])
        return np.clip(x, 0.5, image.width - 0.5), np.clip(y, 0.5, image.height - 0.5)

    moved = sample(image, image.size, places)
    return moved if image.mode == "RGBA" else moved.convert("RGB")


def disturbed(layer: Image.Image, base: Image.Image, level: int) -> Image.Image:
    """Bend a layer a little and make it uneven, differently on every picture and the same on each; RGBA.

    Who has many pictures with one mark can take the mean of what is under it and subtract; a mark that is nowhere
    the same leaves a trace. At `level` 100 points move by about 3 % of the shorter side, and opacity sinks by up to
    a quarter.
    """
    noise = np.random.default_rng(zlib.crc32(base.convert("RGB").resize((16, 16)).tobytes()))
    share = level / 100
    reach = share * 0.03 * min(layer.size)
    across, down, fade = (_smooth(noise, layer.size) for _ in range(3))

    def places(top: int, bottom: int) -> tuple[Floats, Floats]:
        x, y = _centres(layer.width, top, bottom)
        return x + reach * across[top:bottom], y + reach * down[top:bottom]

    bent = sample(layer, layer.size, places)
    kept = 1 - 0.25 * share * np.clip(np.abs(fade), 0, 1)
    bent.putalpha(Image.fromarray(np.rint(np.asarray(bent.getchannel("A")) * kept).astype(np.uint8)))
    return bent


def _centres(width: int, top: int, bottom: int) -> tuple[Floats, Floats]:
    """Middles of the pixels of some rows: x of every column, and y of every row."""
    return np.arange(width, dtype=np.float32) + 0.5, np.arange(top, bottom, dtype=np.float32)[:, None] + 0.5


def _signed(channel: Floats) -> Floats:
    """0..255 as -1..1; 128, the middle grey of every program, is exactly 0."""
    return np.maximum((channel - 128) / 127, np.float32(-1))


def _smooth(noise: np.random.Generator, size: tuple[int, int]) -> Floats:
    knots = Image.fromarray(noise.normal(size=(_KNOTS, _KNOTS)).astype(np.float32))
    return np.asarray(knots.resize(size, Image.Resampling.BICUBIC))
