"""Client hints, and what `dpr_auto` and `w_auto` make of them.

`Sec-CH-Width` is in device pixels, `Sec-CH-Viewport-Width` in CSS pixels (Responsive Image Client Hints). The older
names without `Sec-CH-` mean the same and are read where the newer one is absent.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from keepsight.transformation.scalars import MAX_SIDE

DPR_HEADERS = ("Sec-CH-DPR", "DPR")
WIDTH_HEADERS = ("Sec-CH-Width", "Width", "Sec-CH-Viewport-Width", "Viewport-Width")
"""What has a say in `dpr_auto` and in `w_auto`: names for `Vary`."""
ACCEPT_CH = "Sec-CH-DPR, Sec-CH-Width, Sec-CH-Viewport-Width, DPR, Width, Viewport-Width"
"""What browsers are asked to send."""

STEP = 100
"""Width in pixels that `w_auto` rounds up to (Cloudinary, transformation reference)."""
_DPR_STEP = Fraction(1, 4)
"""Browser zoom gives ratios such as 1.100000023841858: rounded up, so that a few derived images serve them all."""
_LEAST_DPR, _MOST_DPR = Fraction(1, 10), Fraction(10)

_NUMBER = re.compile(rb"(\d{1,6}(?:\.\d{1,20})?)(?:\s*;.*)?", re.DOTALL)
_BREAKPOINTS = re.compile(r"breakpoints(?:_(\d{1,5})_(\d{1,5})(?:_(\d{1,6}))?(?:_(\d{1,3}))?)?")
_BREAKPOINTS_FROM, _BREAKPOINTS_TO, _BREAKPOINTS_MOST = 50, 1_000, 20
"""What Cloudinary's responsive breakpoints go by when nothing else is said."""


@dataclass(frozen=True, slots=True)
class Hints:
    """What a client said of itself, within bounds; None where it said nothing or nothing sensible."""

    dpr: Fraction | None = None
    """Device pixels per CSS pixel, 0.1 to 10, a multiple of 0.25 unless it lies at an end."""
    width: int | None = None
    """Device pixels that the picture is laid out in, 1 to MAX_SIDE."""
    viewport_width: int | None = None
    """CSS pixels of the window, 1 to MAX_SIDE."""


NO_HINTS = Hints()
"""A client that said nothing."""


@dataclass(frozen=True, slots=True)
class AutoWidth:
    """`w_auto[:<step>[:<fallback>]]`, or `w_auto:breakpoints[_<min>_<max>[_<bytes>[_<images>]]][:<fallback>]`.

    Breakpoints are evenly spaced widths: as many as `<images>` allows between the two ends. Cloudinary spaces them by
    the bytes of each image, which would take encoding all of them before the first is answered.
    """

    step: int = STEP
    fallback: int | None = None
    """Width without a hint; None: that of the picture."""
    least: int = 0
    """Steps are counted from here; nothing narrower is made."""
    most: int = MAX_SIDE

    def __call__(self, hints: Hints, dpr: Fraction = Fraction(1)) -> int | None:
        """The layout width that, multiplied by `dpr`, gives the device pixels that are wanted; None: no hint.

        The width of the viewport stands in for that of the picture. Rounded up to the step, so never too narrow.
        """
        if hints.width is not None:
            wanted = hints.width / dpr
        elif hints.viewport_width is not None:
            wanted = Fraction(hints.viewport_width)
        else:
            return self.fallback
        steps = max(0, math.ceil((wanted - self.least) / self.step))
        return max(1, min(self.least + steps * self.step, self.most))


def auto_width(text: str) -> AutoWidth:
    """What stands after `w_`, from `auto` on. Raises ValueError."""
    head, *rest = text.split(":")
    if head != "auto" or len(rest) > 2:
        raise ValueError
    if rest and rest[-1] == "json":
        raise ValueError("w_auto:breakpoints:json is not offered by this server")
    fallback = _pixels(rest[1]) if len(rest) == 2 else None
    if rest and (match := _BREAKPOINTS.fullmatch(rest[0])):
        least, most, _, images = (int(n) if n else None for n in match.groups())
        return _breakpoints(
            _BREAKPOINTS_FROM if least is None else least,
            _BREAKPOINTS_TO if most is None else most,
            _BREAKPOINTS_MOST if images is None else images,
            fallback,
        )
    return AutoWidth(_pixels(rest[0]) if rest else STEP, fallback)


def auto_dpr(hints: Hints) -> Fraction:
    """What `dpr_auto` means: the hint, else 1."""
    return hints.dpr if hints.dpr is not None else Fraction(1)


def parse_hints(headers: Mapping[bytes, bytes]) -> Hints:
    """The hints in the headers of a request, names in lower case. What is no number, or out of range, is no hint."""
    dpr = _number(headers, b"dpr")
    return Hints(
        dpr=min(max(_LEAST_DPR, math.ceil(dpr / _DPR_STEP) * _DPR_STEP), _MOST_DPR) if dpr else None,
        width=_side(_number(headers, b"width")),
        viewport_width=_side(_number(headers, b"viewport-width")),
    )


def _breakpoints(least: int, most: int, images: int, fallback: int | None) -> AutoWidth:
    if not 1 <= least <= most <= MAX_SIDE or images < 1:
        raise ValueError("expected breakpoints_<min>_<max>_<bytes>_<images>, with min at most max, images at least 1")
    return AutoWidth(max(1, math.ceil((most - least) / max(1, images - 1))), fallback, least, most)


def _pixels(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 5 and 1 <= int(text) <= MAX_SIDE):
        raise ValueError
    return int(text)


def _number(headers: Mapping[bytes, bytes], name: bytes) -> Fraction | None:
    for header in (b"sec-ch-" + name, name):
        if match := _NUMBER.fullmatch(headers.get(header, b"").strip()):
            return Fraction(match[1].decode("ascii"))
    return None


def _side(value: Fraction | None) -> int | None:
    return math.ceil(value) if value is not None and 0 < value <= MAX_SIDE else None
