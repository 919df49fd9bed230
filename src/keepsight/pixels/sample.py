"""A small stand-in for a picture, on which encoders can be tried at a bounded cost."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PIL import Image

_WHOLE = 90_000
"""Pixels up to which a picture stands for itself."""
_TILE = 64
"""Pixels of a side of a tile: a multiple of the blocks of JPEG and WebP, and the smallest superblock of AVIF."""
_TILES = 16
_LONGEST = _TILE * _TILES
"""Pixels of a side that are looked at in a picture too narrow for tiles."""


def sample(image: Image.Image) -> Image.Image:
    """The image itself, or 256x256 pixels of it; see `sampler`."""
    return sampler(image)(image)


def sampler(image: Image.Image) -> Callable[[Image.Image], Image.Image]:
    """What takes the sample of this image from it, and the same places from others of its size.

    A sample is sixteen tiles, from the smoothest to the busiest in equal steps. They are ranked by how much
    neighbouring pixels differ, so that every kind of content has the share in the sample that it has in the picture.
    """
    if image.width * image.height <= _WHOLE or min(image.size) < _TILE:
        box = (0, 0, min(_LONGEST, image.width), min(_LONGEST, image.height))
        return lambda other: other if box[2:] == other.size else other.crop(box)
    columns, rows = image.width // _TILE, image.height // _TILE
    left, top = (image.width - columns * _TILE) // 2, (image.height - rows * _TILE) // 2
    grey = np.asarray(image.convert("L").crop((left, top, left + columns * _TILE, top + rows * _TILE)), dtype=np.int16)
    change = np.abs(np.diff(grey, axis=1, append=grey[:, -1:])).reshape(rows, _TILE, columns, _TILE)
    order = np.argsort(change.sum(axis=(1, 3), dtype=np.int64), axis=None, kind="stable")
    ranks = ((2 * place + 1) * len(order) // (2 * _TILES) for place in range(_TILES))
    places = [divmod(int(order[rank]), columns) for rank in ranks]
    boxes = [(left + column * _TILE, top + row * _TILE) for row, column in places]

    def take(other: Image.Image) -> Image.Image:
        sheet = Image.new(other.mode, (_TILE * 4, _TILE * 4))
        for place, (x, y) in enumerate(boxes):
            tile = other.crop((x, y, x + _TILE, y + _TILE))
            sheet.paste(tile, (place % 4 * _TILE, place // 4 * _TILE))
        return sheet

    return take
