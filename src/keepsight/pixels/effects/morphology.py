"""The lightest, the darkest or the mean of the pixels around, over shapes of any form."""

from __future__ import annotations

import numpy as np
from PIL import Image

from keepsight.pixels.effects.channels import Bytes, as_bytes

Kernel = tuple[tuple[int, int, int], ...]
"""Runs of pixels around the middle: row, first and last column."""


def morphology(image: Image.Image, method: str, iterations: int, kernel: str, radius: float) -> Image.Image:
    """Dilate, erode or convolve all channels, alpha among them, by a shape of this radius in pixels; 1..5 times."""
    runs = shaped(kernel, radius)
    weighted = image.convert("RGBa") if image.mode == "RGBA" else image
    planes = [np.asarray(band) for band in weighted.split()]
    for _ in range(iterations):
        planes = [_apply(plane, method, runs) for plane in planes]
    merged = Image.merge(weighted.mode, [Image.fromarray(plane) for plane in planes])
    return merged.convert(image.mode)


def dilate(plane: Bytes, kernel: Kernel) -> Bytes:
    """The largest value under the kernel around every pixel; outside lies nothing.

    One maximum over a run of any length costs two, by runs of powers of two; so a disk of radius 100 over a million
    pixels takes a tenth of a second.
    """
    reach = max(max(abs(first), abs(last)) for _, first, last in kernel)
    high, wide = plane.shape
    # Doubled windows: the entry at power k is the maximum of 2**k pixels from its place on.
    windows = [np.pad(plane, ((0, 0), (reach, reach)))]
    longest = max(last - first + 1 for _, first, last in kernel)
    while 2 ** len(windows) <= longest:
        before, step = windows[-1], 2 ** (len(windows) - 1)
        windows.append(np.maximum(before[:, :-step], before[:, step:]))
    found = np.zeros_like(plane)
    runs: dict[tuple[int, int], Bytes] = {}
    for row, first, last in kernel:
        if abs(row) >= high:
            continue
        if (first, last) not in runs:
            power = (last - first + 1).bit_length() - 1
            start, end = reach + first, reach + last + 1 - 2**power
            window = windows[power]
            runs = {(first, last): np.maximum(window[:, start : start + wide], window[:, end : end + wide])}
        rows = runs[first, last]
        target = found[max(0, -row) : high - max(0, row)]
        np.maximum(target, rows[max(0, row) : high + min(0, row)], out=target)
    return found


def erode(plane: Bytes, kernel: Kernel) -> Bytes:
    """The smallest value under the kernel around every pixel; what lies outside does not count."""
    return np.asarray(255 - dilate(255 - plane, kernel))


def disk(radius: float) -> Kernel:
    """All pixels whose middle lies within the radius."""
    return shaped("disk", radius)


def shaped(kernel: str, radius: float) -> Kernel:
    """The runs of a named shape; rows of equal extent follow one another."""
    reach = int(radius)
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    far = np.hypot(x, y)
    inside = {
        "octagon": np.abs(x) + np.abs(y) <= 1.5 * reach,
        "diamond": np.abs(x) + np.abs(y) <= reach,
        "square": np.full(x.shape, True),
        "disk": far <= radius,
        "plus": (x == 0) | (y == 0),
        "cross": np.abs(x) == np.abs(y),
        "ring": (far <= radius) & (far > radius - 1.5),
    }[kernel]
    runs = []
    for row, line in zip(range(-reach, reach + 1), inside, strict=True):
        edges = np.flatnonzero(np.diff(np.pad(line.astype(np.int8), 1)))
        runs += [(row, int(start) - reach, int(end) - 1 - reach) for start, end in edges.reshape(-1, 2)]
    return tuple(sorted(runs, key=lambda run: (run[1], run[2])))


def _apply(plane: Bytes, method: str, kernel: Kernel) -> Bytes:
    match method:
        case "dilate":
            return dilate(plane, kernel)
        case "erode":
            return erode(plane, kernel)
        case _:
            return _mean(plane, kernel)


def _mean(plane: Bytes, kernel: Kernel) -> Bytes:
    """The mean under the kernel; what lies past the edge is like the edge."""
    reach = max(max(abs(row), abs(first), abs(last)) for row, first, last in kernel)
    high, wide = plane.shape
    sums = np.cumsum(np.pad(plane, reach, mode="edge"), axis=1, dtype=np.int32)
    sums = np.pad(sums, ((0, 0), (1, 0)))
    total = np.zeros(plane.shape, dtype=np.int32)
    for row, first, last in kernel:
        rows = sums[reach + row : reach + row + high]
        total += rows[:, reach + last + 1 : reach + last + 1 + wide] - rows[:, reach + first : reach + first + wide]
    return as_bytes(total / sum(last - first + 1 for _, first, last in kernel))
