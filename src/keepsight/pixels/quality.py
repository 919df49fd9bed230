"""What `q_auto` means: a level is a likeness to be reached, and trials on a sample find the number that reaches it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from io import BytesIO
from types import MappingProxyType

from PIL import Image

from keepsight.pixels.canvas import WHITE, underlay
from keepsight.pixels.encoding import Automatic
from keepsight.pixels.formats import Format
from keepsight.pixels.likeness import SMALLEST, likeness
from keepsight.pixels.sample import sample
from keepsight.transformation.values import Level

TARGETS: Mapping[Level, float] = MappingProxyType({"best": 82.5, "good": 76.0, "eco": 70.5, "low": 64.0})
"""Likeness of each level: what JPEG qualities of 90, 80, 70 and 55 reach on average (24 photographs of 400 pixels)."""
_FLATTERY = 0.8
"""Points by which a sample looks better than its picture: the worst places of a picture are seldom among sixteen."""
SENSITIVE = 2.5
"""Points by which `:sensitive` asks more."""

_NUMBERS: Mapping[Format, Mapping[Level, int]] = MappingProxyType(
    {
        Format.JPEG: MappingProxyType({"best": 90, "good": 80, "eco": 70, "low": 55}),
        Format.WEBP: MappingProxyType({"best": 90, "good": 82, "eco": 73, "low": 56}),
        Format.AVIF: MappingProxyType({"best": 80, "good": 67, "eco": 59, "low": 53}),
        Format.JXL: MappingProxyType({"best": 85, "good": 79, "eco": 70, "low": 58}),
        Format.JP2: MappingProxyType({"best": 90, "good": 80, "eco": 70, "low": 55}),
    }
)
"""The encoder quality that reaches the target for an average photograph; JPEG 2000 has no trials, and these only."""
_SLOPE: Mapping[Format, float] = MappingProxyType(
    {Format.JPEG: 0.53, Format.WEBP: 0.58, Format.AVIF: 0.68, Format.JXL: 0.75}
)
"""Points of likeness that one step of quality brings around `good`."""
_LEAST, _MOST = 20, 96
_TRIALS = 3
_NEAR = 0.7
"""Points within which a trial is good enough; a step of quality is about as large."""


def usual_quality(format_: Format, level: Level = "good") -> int:
    """Encoder quality 1..100 of a level for an average photograph; 100 for formats that have no such number."""
    return _NUMBERS[format_][level] if format_ in _NUMBERS else 100


def reached_quality(
    image: Image.Image, format_: Format, automatic: Automatic, write: Callable[[Image.Image, int], bytes]
) -> int:
    """The encoder quality 20..96 at which this L, RGB or RGBA image is as like itself as the level asks.

    `write` encodes an image at a quality. It is tried at most three times, on at most 90,000 pixels; the same image
    always gets the same answer. Transparency is judged on white.
    """
    first = usual_quality(format_, automatic.level)
    if format_ not in _SLOPE:
        return first
    original = sample(image)
    target = target_likeness(automatic) + (_FLATTERY if original.size != image.size else 0)
    if min(original.size) < SMALLEST:
        return first
    shown = underlay(original, WHITE).convert("RGB")
    tried: list[tuple[int, float]] = []
    number = first
    while len(tried) < _TRIALS and number not in (q for q, _ in tried):
        with Image.open(BytesIO(write(original, number))) as copy:
            reached = likeness(shown, underlay(copy.convert("RGBA"), WHITE).convert("RGB"))
        tried.append((number, reached))
        if abs(reached - target) <= _NEAR:
            return number
        number = _next(tried, target, _SLOPE[format_])
    return number


def target_likeness(automatic: Automatic) -> float:
    """The likeness that a level asks for."""
    return TARGETS[automatic.level] + (SENSITIVE if automatic.sensitive else 0)


def _next(tried: list[tuple[int, float]], target: float, slope: float) -> int:
    """Where the line between the trials around the target meets it, or one of usual slope through the nearest one."""
    below = max((trial for trial in tried if trial[1] < target), default=None)
    above = min((trial for trial in tried if trial[1] >= target), default=None)
    if below and above and below[0] < above[0]:
        return round(below[0] + (target - below[1]) / (above[1] - below[1]) * (above[0] - below[0]))
    number, reached = min(tried, key=lambda trial: abs(trial[1] - target))
    return min(max(round(number + (target - reached) / slope), _LEAST), _MOST)
