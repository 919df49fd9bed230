"""How sharp a region is against its picture: S of the prominence formula.

S = v / (v + v_img), where v is the mean squared Laplacian of luma inside the box and v_img over the whole picture, on
a copy of at most 512 px. 0.5 is as sharp as the picture, towards 1 sharper, towards 0 blurred.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from keepsight.detect.detector import Detection, Region

LONG_SIDE = 512
"""Px of the copy: keeps the measure alike for every resolution of the same picture, and cheap."""


def with_sharpness(image: Image.Image, detections: tuple[Detection, ...]) -> tuple[Detection, ...]:
    """The detections with their `sharpness` measured on the picture they were found in."""
    if not detections:
        return ()
    energy = _squared_laplacian(image)
    whole = float(energy.mean())
    if whole == 0:
        return detections
    means = (_mean(energy, detection.region) for detection in detections)
    return tuple(replace(detection, sharpness=v / (v + whole)) for detection, v in zip(detections, means, strict=True))


def _squared_laplacian(image: Image.Image) -> NDArray[np.float32]:
    """Shape (height, width), of luma in 0..255; the border repeats its neighbours."""
    scale = min(1.0, LONG_SIDE / max(image.size))
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    luma = np.asarray(image.convert("L").resize(size, Image.Resampling.BOX, reducing_gap=2.0), dtype=np.int16)
    p = np.pad(luma, 1, mode="edge")
    laplacian = p[:-2, 1:-1] + p[2:, 1:-1]  # of -1020..1020: whole numbers of two bytes take half the time of floats
    laplacian += p[1:-1, :-2]
    laplacian += p[1:-1, 2:]
    luma *= 4
    laplacian -= luma
    energy: NDArray[np.float32] = laplacian.astype(np.float32)
    energy *= energy
    return energy


def _mean(energy: NDArray[np.float32], region: Region) -> float:
    # Summed anew for each box: an integral image costs as much as the sums of fifty boxes.
    height, width = energy.shape
    x0, y0 = min(int(region.x * width), width - 1), min(int(region.y * height), height - 1)
    x1 = max(x0 + 1, min(width, round((region.x + region.width) * width)))
    y1 = max(y0 + 1, min(height, round((region.y + region.height) * height)))
    return float(energy[y0:y1, x0:x1].mean())
