"""Adjustments that look at the picture first."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import Image

from keepsight.pixels.effects.channels import (
    as_bytes,
    by_bands,
    coloured,
    curve,
    lightness,
    mixed,
    opaque_part,
    with_alpha_of,
)
from keepsight.pixels.effects.colour import vibrance
from keepsight.pixels.effects.tone import sigmoid

_STEPS = np.arange(256, dtype=np.float32)
_CLIPPED = 0.005
"""Share of pixels at each end that may become black or white."""
_STRETCHED = 4.0
"""Most by which a range is stretched: a picture of fog stays one."""
_LIFT = 1.2
"""Share of itself that fill light adds to black."""
_MIDDLE = 118.0
"""Lightness of middle grey in sRGB: 18 % of the light."""


def auto_brightness(image: Image.Image, blend: int) -> Image.Image:
    """Bring the median lightness halfway to middle grey by gamma, 0.5 to 2; blend 0..100."""
    return mixed(image, curve(image, _to_middle(image, 0.5)), blend / 100)


def auto_contrast(image: Image.Image, blend: int) -> Image.Image:
    """Stretch lightness to the whole range, all channels alike; blend 0..100."""
    return mixed(image, curve(image, _stretch(_histogram(lightness(image), image))), blend / 100)


def auto_color(image: Image.Image, blend: int) -> Image.Image:
    """Stretch each channel to the whole range by itself; blend 0..100."""
    if image.mode == "L":
        return auto_contrast(image, blend)
    bands = opaque_part(image).split()
    stretched = [_mapped(band, _stretch(_histogram(band, image))) for band in bands]
    return mixed(image, with_alpha_of(Image.merge("RGB", stretched), image), blend / 100)


def improve(image: Image.Image, mode: str, blend: int) -> Image.Image:
    """Contrast, brightness and colour together; indoor also balances white and lifts shadows; blend 0..100."""
    better = image
    if mode == "indoor":
        better = fill_light(_balanced(better), 40, 0)
    better = mixed(better, auto_contrast(better, 100), 0.6)
    better = curve(better, _to_middle(better, 0.5, darken=False))
    better = curve(better, sigmoid(10))
    if image.mode != "L":
        better = vibrance(better, 20)
    return mixed(image, better, blend / 100)


def fill_light(image: Image.Image, blend: int, bias: int) -> Image.Image:
    """Lift shadows by a curve that falls to nothing at a quarter to three quarters of the range, by bias -100..100.

    The lift is by the lightness of a pixel, so that its hue stays; blend 0..100.
    """
    end = (0.5 + bias / 400) * 255
    shadow = np.clip(1 - _STEPS / end, 0, 1) ** 1.5
    gain = 1 + _LIFT * shadow

    def lifted(band: Image.Image, _: int) -> Image.Image:
        colours = np.asarray(band, dtype=np.float32)
        factor = gain[np.asarray(lightness(band))]
        return Image.fromarray(as_bytes(colours * (factor if colours.ndim == 2 else factor[..., None])))

    return mixed(image, with_alpha_of(by_bands(opaque_part(image), lifted), image), blend / 100)


def _balanced(image: Image.Image) -> Image.Image:
    """Scale the channels half of the way to equal means: the world is grey on average."""
    if image.mode == "L":
        return image
    bands = opaque_part(coloured(image)).split()
    means = [max(1.0, _mean(_histogram(band, image))) for band in bands]
    grey = sum(means) / 3
    gains = [np.clip((grey / mean) ** 0.5, 0.8, 1.25) for mean in means]
    scaled = [_mapped(band, _STEPS * gain) for band, gain in zip(bands, gains, strict=True)]
    return with_alpha_of(Image.merge("RGB", scaled), image)


def _to_middle(image: Image.Image, share: float, darken: bool = True) -> npt.NDArray[np.floating]:
    """A gamma curve that takes the median lightness a share of the way to middle grey."""
    counts = np.cumsum(_histogram(lightness(image), image))
    median = float(np.clip(np.searchsorted(counts, counts[-1] / 2), 8, 247))
    power = np.log(_MIDDLE / 255) / np.log(median / 255)
    return 255 * (_STEPS / 255) ** float(np.clip(power**share, 0.5, 2 if darken else 1))


def _stretch(counts: npt.NDArray[np.floating]) -> npt.NDArray[np.floating]:
    """A straight line that takes the range of a histogram to 0..255; one of a single value stays."""
    sums = np.cumsum(counts)
    low = float(np.searchsorted(sums, sums[-1] * _CLIPPED, side="right"))
    high = float(np.searchsorted(sums, sums[-1] * (1 - _CLIPPED)))
    if high <= low:
        return _STEPS
    gain = min(255 / (high - low), _STRETCHED)
    # A range that may not be stretched to both ends keeps its place between them.
    offset = low * (255 - gain * (high - low)) / (255 - (high - low)) if high - low < 255 else 0.0
    return (_STEPS - low) * gain + offset


def _histogram(band: Image.Image, image: Image.Image) -> npt.NDArray[np.floating]:
    """How often each value of a band occurs where the image is not transparent."""
    visible = image.getchannel("A").point([0] + [255] * 255) if image.mode == "RGBA" else None
    counts = np.array(band.histogram(visible), dtype=np.float64)
    return counts if counts.any() else np.array(band.histogram(), dtype=np.float64)


def _mean(counts: npt.NDArray[np.floating]) -> float:
    return float(counts @ _STEPS / counts.sum())


def _mapped(band: Image.Image, values: npt.NDArray[np.floating]) -> Image.Image:
    return band.point(np.clip(np.rint(values), 0, 255).astype(int).tolist())
