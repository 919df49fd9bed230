"""Oil paint and cartoon."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageFilter

from keepsight.pixels.effects.channels import as_bytes, coloured, lightness, opaque_part, with_alpha_of
from keepsight.pixels.effects.colour import saturation
from keepsight.pixels.effects.morphology import dilate, disk
from keepsight.pixels.effects.tone import sigmoid

_MOST_PIXELS = 2_000_000
"""Larger pictures are painted at this size and enlarged: a second at most, and strokes have no finer detail."""


def oil_paint(image: Image.Image, strength: int) -> Image.Image:
    """Every pixel takes the colour of the most even neighbourhood that it lies on the edge of; 0..100.

    The filter of Kuwahara, once over narrow and once over broad strokes.
    """
    if not strength:
        return image
    radius = 1 + round(strength / 12)
    return _bounded(image, lambda small, scale: _smoothed(small, (radius / 2 * scale, radius * scale)))


def cartoonify(image: Image.Image, line: int, reduction: int | str | None) -> Image.Image:
    """Even areas of few, strong colours and dark lines around them; both 0..100, or reduction `bw`."""
    steps = line if reduction is None else reduction
    return _bounded(image, lambda small, scale: _cartoon(small, line, steps, scale))


def _bounded(image: Image.Image, paint: Callable[[Image.Image, float], Image.Image]) -> Image.Image:
    """Paint colours at no more than _MOST_PIXELS; `paint` is told by how much its picture is smaller."""
    colours = opaque_part(image)
    scale = min(1.0, (_MOST_PIXELS / (image.width * image.height)) ** 0.5)
    if scale == 1:
        return with_alpha_of(paint(colours, 1.0), image)
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    painted = paint(colours.resize(size, Image.Resampling.BOX), scale)
    return with_alpha_of(painted.resize(image.size, Image.Resampling.BICUBIC), image)


def _smoothed(image: Image.Image, radii: tuple[float, ...]) -> Image.Image:
    for radius in radii:
        image = _kuwahara(image, max(1, round(radius)))
    return image


def _kuwahara(image: Image.Image, radius: int) -> Image.Image:
    """Of the four squares that meet at a pixel, the mean of the one whose lightness varies least."""
    means = image.filter(ImageFilter.BoxBlur(radius))
    grey = np.asarray(lightness(image), dtype=np.int16)
    off = np.abs(grey - np.asarray(lightness(means), dtype=np.int16)).astype(np.uint8)
    unrest = np.asarray(Image.fromarray(off).filter(ImageFilter.BoxBlur(radius)))
    wide, high = image.size
    padded, edge = np.pad(unrest, radius, mode="edge"), 2 * radius
    quarters = ((0, 0), (0, edge), (edge, 0), (edge, edge))
    corners = [padded[y : y + high, x : x + wide] for y, x in quarters]
    choice = np.argmin(corners, axis=0)
    mean = np.asarray(means)
    mean = np.pad(mean, ((radius, radius), (radius, radius), *((0, 0),) * (mean.ndim - 2)), mode="edge")
    painted = np.empty(np.asarray(image).shape, dtype=np.uint8)
    for at, (y, x) in enumerate(quarters):
        chosen = choice == at
        painted[chosen] = mean[y : y + high, x : x + wide][chosen]
    return Image.fromarray(painted)


def _cartoon(image: Image.Image, line: int, reduction: int | str, scale: float) -> Image.Image:
    black_and_white = reduction == "bw"
    amount = 60 if isinstance(reduction, str) else reduction
    even = _smoothed(image if black_and_white else coloured(image), (3 * scale, 2 * scale))
    if black_and_white:
        drawn = even.convert("L").point(sigmoid(100).astype(int).tolist()).point(_posterised(4))
    else:
        drawn = _flattened(saturation(even, round(amount * 0.8)), round(16 - amount * 0.11))
    if not line:
        return drawn
    ink = Image.fromarray(255 - _lines(even, line, scale))
    return Image.composite(drawn, Image.new(drawn.mode, drawn.size), ink)


def _lines(image: Image.Image, line: int, scale: float) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    """Where ink goes, 0..255: edges of lightness, widened by `line` 0..100."""
    grey = image.convert("L").filter(ImageFilter.GaussianBlur(1.0))
    values = np.asarray(grey, dtype=np.float32)
    down, across = (np.gradient(values, axis=axis) if values.shape[axis] > 1 else 0 * values for axis in (0, 1))
    slope = np.hypot(down, across)
    ink = as_bytes((slope - 6) * (25 + line / 4))
    thick = line / 40 * scale
    wide = dilate(ink, disk(thick)) if thick >= 0.5 else ink
    return np.asarray(Image.fromarray(wide).filter(ImageFilter.GaussianBlur(0.6)))


def _flattened(image: Image.Image, steps: int) -> Image.Image:
    """Lightness in so many steps; hue and saturation stay, as steps in each channel would make colours of greys."""
    levels = np.array(_posterised(steps), dtype=np.float32) / np.maximum(np.arange(256), 1)
    factor = levels[np.asarray(lightness(image))]
    return Image.fromarray(as_bytes(np.asarray(image, dtype=np.float32) * factor[..., None]))


def _posterised(steps: int) -> list[int]:
    """256 values in so many even steps, black and white among them."""
    return [round(round(value / 255 * (steps - 1)) * 255 / (steps - 1)) for value in range(256)]
