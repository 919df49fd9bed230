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
    moves = np.asarray(field, np.float32)
    strength = moves[..., 3] / 255
    x = np.arange(image.width, dtype=np.float32) + 0.5 + across * strength * _signed(moves[..., 0])
    y = np.arange(image.height, dtype=np.float32)[:, None] + 0.5 + down * strength * _signed(moves[..., 1])
    moved = sample(image, np.clip(x, 0.5, image.width - 0.5), np.clip(y, 0.5, image.height - 0.5))
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
    x = np.arange(layer.width, dtype=np.float32) + 0.5 + reach * across
    y = np.arange(layer.height, dtype=np.float32)[:, None] + 0.5 + reach * down
    bent = sample(layer, x, y)
    kept = 1 - 0.25 * share * np.clip(np.abs(fade), 0, 1)
    bent.putalpha(Image.fromarray(np.rint(np.asarray(bent.getchannel("A")) * kept).astype(np.uint8)))
    return bent


def _signed(channel: Floats) -> Floats:
    """0..255 as -1..1; 128, the middle grey of every program, is exactly 0."""
    return np.maximum((channel - 128) / 127, np.float32(-1))


def _smooth(noise: np.random.Generator, size: tuple[int, int]) -> Floats:
    knots = Image.fromarray(noise.normal(size=(_KNOTS, _KNOTS)).astype(np.float32))
    return np.asarray(knots.resize(size, Image.Resampling.BICUBIC))
