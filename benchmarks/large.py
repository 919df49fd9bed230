"""Large photos for the speed benchmarks: small real ones enlarged, with the grain that a camera leaves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

_GRAIN = 6.0
"""Standard deviation of the noise, 0..255: 3000x2000 pixels then take the .2 bytes each that a camera writes."""


def enlarged(path: Path, size: tuple[int, int]) -> Image.Image:
    """The middle of a photo at `size`, RGB; the same every time."""
    with Image.open(path) as photo:
        image = ImageOps.fit(ImageOps.exif_transpose(photo).convert("RGB"), size, Image.Resampling.BICUBIC)
    rows, columns = size[1], size[0]
    # One noise for all channels, as most of a camera's is; generated in strips, which keeps the memory small.
    random = np.random.default_rng(7)
    pixels = np.asarray(image).copy()
    for top in range(0, rows, 256):
        strip = pixels[top : top + 256]
        grain = random.normal(0, _GRAIN, (len(strip), columns, 1))
        pixels[top : top + 256] = np.clip(strip + grain, 0, 255).astype(np.uint8)
    return Image.fromarray(pixels)


def distinct(jpeg: bytes, number: int) -> bytes:
    """The same picture in other bytes: with a comment that holds the number (JPEG, ISO 10918-1 B.2.4.5)."""
    text = str(number).encode()
    return jpeg[:2] + b"\xff\xfe" + (len(text) + 2).to_bytes(2, "big") + text + jpeg[2:]
