"""From `w_`, `h_` and `ar_` to a size in pixels."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from keepsight.crop.box import Size
from keepsight.errors import BadRequest
from keepsight.transformation.plan import Resize
from keepsight.transformation.rounding import half_up
from keepsight.transformation.values import Length


def requested(step: Resize, source: Size, from_ratio: Callable[[Size, Fraction], Size]) -> Size:
    """The size that was asked for; `from_ratio` makes one of the source when only `ar_` is given.

    Raises BadRequest when nothing was asked for, or a value is not above 0.
    """
    sides = given_sides(step, source)
    if sides is not None:
        return sides
    if step.ratio is None:
        raise BadRequest(f"c_{step.mode} needs a size: w_, h_ or ar_")
    return from_ratio(source, step.ratio)


def given_sides(step: Resize, source: Size) -> Size | None:
    """Width and height where at least one is given, else None.

    Both given win over `ar_` (decided: Cloudinary does not say). The missing one follows `ar_`, else the ratio of the
    source (Cloudinary: 400 x 600 with `w_200` is 200 x 300), rounded half up, at least 1 px; where the ratio is to be
    ignored, it stays as long as it is.
    """
    width = None if step.width is None else _pixels(step.width, source.width, "w_")
    height = None if step.height is None else _pixels(step.height, source.height, "h_")
    if step.ignore_ratio and (width is None) != (height is None):
        return Size(width or source.width, height or source.height)
    ratio = Fraction(source.width, source.height) if step.ratio is None else step.ratio
    if width is not None:
        return Size(width, max(1, half_up(width / ratio)) if height is None else height)
    if height is not None:
        return Size(max(1, half_up(height * ratio)), height)
    return None


def _pixels(length: Length, whole: int, name: str) -> int:
    if length <= 0:
        raise BadRequest(f"{name}{length} is not a size; expected pixels from 1 up or a share above 0.0")
    return length if isinstance(length, int) else max(1, half_up(length * whole))
