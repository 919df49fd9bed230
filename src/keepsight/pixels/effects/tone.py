"""Light and dark: brightness, contrast, gamma, channels, negative."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageChops

from keepsight.pixels.effects import hsx
from keepsight.pixels.effects.channels import (
    Floats,
    colour_map,
    coloured,
    curve,
    opaque_part,
    with_alpha_of,
)

_STEPS = np.arange(256, dtype=np.float32)
_STEEPNESS = 10
"""Steepness of the sigmoid at level 100; ImageMagick's users call 3 typical and 10 and above strong."""


def brightness(image: Image.Image, level: int) -> Image.Image:
    """Scale the lightness of HSL by 1 + level / 100, as ImageMagick's `-modulate` does; -99..100."""
    factor = 1 + level / 100
    if image.mode == "L":
        return curve(image, _STEPS * factor)
    return colour_map(image, lambda colours: hsx.lightened(colours, factor)) if level else image


def brightness_hsb(image: Image.Image, level: int) -> Image.Image:
    """Scale the brightness of HSB by 1 + level / 100; -99..100."""
    factor = 1 + level / 100
    if image.mode == "L":
        return curve(image, _STEPS * factor)
    return colour_map(image, lambda colours: hsx.brightened(colours, factor)) if level else image


def contrast(image: Image.Image, level: int, type_: str) -> Image.Image:
    """Sigmoidal about the middle, -100..100; or linear as CSS has it, 1..200 with 100 the picture itself."""
    if type_ == "linear":
        return curve(image, (_STEPS - 127.5) * level / 100 + 127.5)
    return curve(image, sigmoid(level)) if level else image


def sigmoid(level: float) -> Floats:
    """256 values of an S curve through black, middle and white; below 0 its inverse."""
    steepness = max(abs(level) / 100 * _STEEPNESS, 1e-3)
    low, high = _logistic(-steepness / 2), _logistic(steepness / 2)
    values = _STEPS / 255
    if level > 0:
        result: Floats = (_logistic(steepness * (values - 0.5)) - low) / (high - low) * 255
        return result
    share = values * (high - low) + low
    return (0.5 + np.log(share / (1 - share)) / steepness) * 255


def gamma(image: Image.Image, level: int) -> Image.Image:
    """Raise to the power of 1 / (1 + level / 100); -50..150."""
    return curve(image, 255 * (_STEPS / 255) ** (1 / (1 + level / 100)))


def channel(image: Image.Image, level: int, which: int) -> Image.Image:
    """Scale red, green or blue (0, 1, 2) by 1 + level / 100; -100..100."""
    if not level:
        return image
    bands = list(coloured(opaque_part(image)).split())
    bands[which] = bands[which].point((np.clip(np.rint(_STEPS * (1 + level / 100)), 0, 255)).astype(int).tolist())
    return with_alpha_of(Image.merge("RGB", bands), image)


def negate(image: Image.Image) -> Image.Image:
    """255 minus every colour channel."""
    return with_alpha_of(ImageChops.invert(opaque_part(image)), image)


def _logistic(values: float | Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-np.asarray(values, dtype=np.float64))))
