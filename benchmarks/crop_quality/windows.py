"""How large the window of a task is, in source pixels, when its boxes are known.

The rules of Cloudinary's modes, as docs/crop-quality.md words them.

Exact fractions, rounded once: the same task has the same window on every machine.
"""

from __future__ import annotations

import math
from fractions import Fraction

from benchmarks.crop_quality.boxes import Box, Size
from benchmarks.crop_quality.tasks import Mode, Ratio

NOISE = 1e-6
"""Edges are sums of decimals in binary: what is off an integer by less is that integer, in pixels."""


def largest(photo: Size, ratio: Fraction) -> Size:
    """The largest window of a ratio inside a photo; the side that follows is rounded half up."""
    if Fraction(photo.width, photo.height) >= ratio:
        return Size(max(1, _half_up(photo.height * ratio)), photo.height)
    return Size(photo.width, max(1, _half_up(photo.width / ratio)))


def window_size(mode: Mode, photo: Size, ratio: Ratio, subject: Box | None) -> Size:
    """The window of a mode around its subject: the largest (`fill`, and without a subject), or the closest."""
    if mode is Mode.CROP:
        return largest(photo, ratio.exact) if subject is None else _closest(photo, ratio.exact, subject)
    request = ratio.request
    if mode is Mode.FILL or subject is None:
        return largest(photo, Fraction(request.width, request.height))
    return _thumbnail(photo, request, subject)


def whole_pixels(low: float, high: float, line: int) -> tuple[int, int]:
    """The whole pixels of the line `0..line` that cover a stretch of it; at least one."""
    start = min(math.floor(low + NOISE), line - 1)
    return start, min(max(math.ceil(high - NOISE), start + 1), line)


def _outer(photo: Size, subject: Box) -> Size:
    clipped = subject.clip(photo)
    left, right = whole_pixels(clipped.left, clipped.right, photo.width)
    top, bottom = whole_pixels(clipped.top, clipped.bottom, photo.height)
    return Size(right - left, bottom - top)


def _closest(photo: Size, ratio: Fraction, subject: Box) -> Size:
    """The smallest window of the ratio around the subject; the largest one where the photo cannot hold that."""
    whole = _outer(photo, subject)
    if Fraction(whole.width, whole.height) >= ratio:
        window = Size(whole.width, math.ceil(whole.width / ratio))
    else:
        window = Size(math.ceil(whole.height * ratio), whole.height)
    most = largest(photo, ratio)
    return window if window.width <= most.width and window.height <= most.height else most


def _thumbnail(photo: Size, request: Size, subject: Box) -> Size:
    """The smallest scale that holds the subject and enlarges nothing, as far as the photo reaches."""
    whole = _outer(photo, subject)
    most = min(Fraction(photo.width, request.width), Fraction(photo.height, request.height))
    scale = max(Fraction(whole.width, request.width), Fraction(whole.height, request.height), Fraction(1))
    scale = min(scale, most)
    return Size(
        max(1, min(photo.width, math.ceil(request.width * scale))),
        max(1, min(photo.height, math.ceil(request.height * scale))),
    )


def _half_up(value: Fraction) -> int:
    return math.floor(value + Fraction(1, 2))
