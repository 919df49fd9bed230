"""Large originals for the speed benchmarks, made of whatever photographs there are."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageOps

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")
_OPTIONS: dict[str, dict[str, Any]] = {
    "jpg": {"quality": 88},
    "png": {"compress_level": 6},
    "webp": {"quality": 85, "method": 2},
    "avif": {"quality": 75, "speed": 8},
}
_GRAIN = 6.0
"""Standard deviation of the noise that an enlarged photograph gets: without it a file would be half as large as those
of cameras, and cheaper to decode."""


def find_photographs(path: Path, most: int) -> list[Path]:
    """A file, or the first `most` photographs under a folder by name. Raises SystemExit where there are none."""
    if path.is_file():
        return [path]
    found = sorted(p for p in path.rglob("*") if p.suffix.lower() in SUFFIXES)[:most]
    if not found:
        raise SystemExit(f"no photographs in {path}; expected files that end in {', '.join(SUFFIXES)}")
    return found


def write_originals(photo: Path, stem: Path, size: tuple[int, int], formats: Sequence[str]) -> None:
    """Write the photograph, cut and scaled to `size` and with grain, as `stem.<format>` for each format."""
    with Image.open(photo) as opened:
        image = ImageOps.fit(ImageOps.exif_transpose(opened).convert("RGB"), size, Image.Resampling.BICUBIC)
    grain = np.random.default_rng(7).normal(0, _GRAIN, (size[1], size[0], 3))
    image = Image.fromarray(np.clip(np.asarray(image, np.float64) + grain, 0, 255).astype(np.uint8))
    for format_ in formats:
        image.save(stem.with_name(f"{stem.name}.{format_}"), **_OPTIONS[format_])
