"""Grain, vignette and dots."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageChops

from keepsight.pixels.effects.channels import Bytes, Floats, as_bytes, by_bands, opaque_part, with_alpha_of

_SPREAD = 1.275
"""Standard deviation for each unit of noise, 0..255: at 100 half the range."""
_CLEAR = 0.35
"""Share of the way to the corners, squared, that a vignette leaves alone."""


def noise(image: Image.Image, level: int) -> Image.Image:
    """Add Gaussian noise to every channel, 0..100; two pictures of one size get the same."""
    if not level:
        return image
    random = np.random.default_rng(image.size)

    def grained(band: Image.Image, _: int) -> Image.Image:
        colours = np.asarray(band, dtype=np.float32)
        grain = random.standard_normal(colours.shape, dtype=np.float32)
        return Image.fromarray(as_bytes(colours + grain * (level * _SPREAD)))

    return with_alpha_of(by_bands(opaque_part(image), grained), image)


def vignette(image: Image.Image, level: int) -> Image.Image:
    """Darken towards the corners, 0..100; black in the corners at 100, the middle untouched."""
    across, down = _from_middle(image.width), _from_middle(image.height)

    def shaded(band: Image.Image, top: int) -> Image.Image:
        rows = down[top : top + band.height]
        far = np.clip(((across[None, :] + rows[:, None]) / 2 - _CLEAR) / (1 - _CLEAR), 0, 1)
        smooth = far * far * (3 - 2 * far)
        shade = Image.fromarray(as_bytes(255 * (1 - level / 100 * smooth)))
        return ImageChops.multiply(band, Image.merge("RGB", (shade,) * 3) if band.mode == "RGB" else shade)

    return with_alpha_of(by_bands(opaque_part(image), shaded), image)


def ordered_dither(image: Image.Image, type_: int) -> Image.Image:
    """Every channel none or all, by a pattern of thresholds; 0..18, see the declaration."""
    colours = np.asarray(opaque_part(image))
    tile = _thresholds(type_)
    rows, columns = -(-image.height // len(tile)), -(-image.width // len(tile[0]))
    thresholds = np.tile(tile, (rows, columns))[: image.height, : image.width]
    dots = colours > (thresholds if colours.ndim == 2 else thresholds[..., None])
    return with_alpha_of(Image.fromarray(dots.astype(np.uint8) * 255), image)


def _from_middle(length: int) -> npt.NDArray[np.floating]:
    """Squared distance of each pixel from the middle of a side; the outermost pixels have 1."""
    if length == 1:
        return np.zeros(1, dtype=np.float32)
    return np.linspace(-1, 1, length, dtype=np.float32) ** 2


def _thresholds(type_: int) -> Bytes:
    order: Floats
    match type_:
        case 0:
            order = np.zeros((1, 1))
        case 1:
            order = np.array(((0, 1), (1, 0)))
        case 2 | 4 | 5:
            order = _bayer({2: 1, 4: 2, 5: 3}[type_])
        case 3:
            order = np.array(((0, 5, 2), (7, 4, 8), (3, 6, 1)))
        case 6 | 7 | 8:
            order = _halftone({6: 4, 7: 6, 8: 8}[type_], angled=True)
        case 9 | 10 | 11 | 12:
            order = _halftone({9: 4, 10: 6, 11: 8, 12: 16}[type_], angled=False)
        case _:
            side = 5 + (type_ - 13) // 2
            order = _circle(side) if type_ % 2 else _circle(side).max() - _circle(side)
    _, group, counts = np.unique(order, return_inverse=True, return_counts=True)
    # By the share of pixels that come before: patterns whose pixels come in groups keep the tone as well.
    shares = (np.cumsum(counts) - counts / 2) / order.size
    return as_bytes(shares[group].reshape(order.shape) * 255 - 0.5)


def _bayer(power: int) -> npt.NDArray[np.floating]:
    """Bayer's matrix of side 2 to the power."""
    order = np.zeros((1, 1))
    for _ in range(power):
        order = np.block([[4 * order, 4 * order + 2], [4 * order + 3, 4 * order + 1]])
    return order


def _halftone(side: int, angled: bool) -> npt.NDArray[np.floating]:
    """Dots that grow from the middle of each cell; angled ones stand at 45 degrees, two to a square."""
    place = (np.arange(side) + 0.5) / side * 2 * np.pi
    x, y = np.meshgrid(place, place)
    wave = np.cos(x) * np.cos(y) if angled else np.cos(x) + np.cos(y)
    # Equal heights grow one after the other around the dot, so that there are as many steps as pixels.
    return wave + 1e-4 * np.arctan2(y - np.pi, x - np.pi)


def _circle(side: int) -> npt.NDArray[np.floating]:
    """Rings around the middle of each cell; the darker the tone, the further out they reach."""
    place = np.arange(side) - (side - 1) / 2
    result: Floats = -np.hypot(place[None, :], place[:, None])
    return result
