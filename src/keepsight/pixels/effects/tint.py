"""Light and dark mapped onto a row of colours."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from keepsight.pixels.effects.channels import as_bytes, coloured, lightness, mixed, with_alpha_of
from keepsight.transformation.effects import Stop


def tint(image: Image.Image, equalize: bool, amount: float, stops: tuple[Stop, ...]) -> Image.Image:
    """Map lightness onto the stops, black before the first and white after the last; amount 0..100."""
    grey = lightness(image)
    if equalize:
        visible = image.getchannel("A").point([0] + [255] * 255) if image.mode == "RGBA" else None
        grey = ImageOps.equalize(grey, visible if visible and visible.getextrema()[1] else None)
    tinted = mapped(grey, stops)
    return mixed(coloured(image), with_alpha_of(tinted, image), amount / 100)


def mapped(grey: Image.Image, stops: tuple[Stop, ...]) -> Image.Image:
    """An L image as RGB by a gradient of colours."""
    table = gradient(stops)
    return Image.merge("RGB", [grey.point(table[:, band].tolist()) for band in range(3)])


def gradient(stops: tuple[Stop, ...]) -> npt.NDArray[np.uint8]:
    """256 colours, a (256, 3) array."""
    places = [stop.position for stop in stops]
    colours = [(stop.colour.red, stop.colour.green, stop.colour.blue) for stop in stops]
    if places[0] > 0:
        places, colours = [0.0, *places], [(0, 0, 0), *colours]
    if places[-1] < 100:
        places, colours = [*places, 100.0], [*colours, (255, 255, 255)]
    at = np.linspace(0, 100, 256)
    return as_bytes(np.stack([np.interp(at, places, band) for band in zip(*colours, strict=True)], axis=1))
