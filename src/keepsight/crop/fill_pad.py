"""`c_fill_pad`: fill where that cuts nothing that matters, else pad just enough."""

from __future__ import annotations

from bisect import bisect_left
from fractions import Fraction

from keepsight.crop.anchor import Anchor, Fixed, Target, Tight, Weighted
from keepsight.crop.box import Size
from keepsight.crop.compass import moved
from keepsight.crop.mass import Mass
from keepsight.crop.position import locate
from keepsight.crop.ratio import fit, max_ratio
from keepsight.crop.result import CropBox, covering
from keepsight.crop.scene import Scene, observe
from keepsight.crop.search import best_start
from keepsight.crop.sizes import requested
from keepsight.crop.thumb import auto
from keepsight.errors import BadRequest
from keepsight.transformation.plan import Resize
from keepsight.transformation.values import Compass

MASS_TO_SHOW = 0.9
"""Decided: without anything to keep, the share of the importance that must be seen before padding may stop."""


def fill_pad(step: Resize, source: Size, anchor: Anchor) -> CropBox:
    """The requested size; the window is that of `fill`, widened to show all there is to keep, and padded evenly.

    Cloudinary: automatic gravity only. A fixed place stands for a picture of which nothing is known and means a plain
    fill, a box that the coordinates of an asset give instead is all there is to keep. Raises BadRequest for a point.
    """
    anchor = _weighted(anchor)
    return _padded(step, source, anchor) or _filled(step, source, anchor)


def auto_pad(step: Resize, source: Size, anchor: Anchor, margin: Fraction) -> CropBox:
    """`c_auto_pad`: as `c_auto` where its window holds all there is to keep, else as `c_fill_pad`."""
    anchor = _weighted(anchor)
    if (padded := _padded(step, source, anchor)) is not None:
        return padded
    closer = auto(step, source, anchor, margin)
    return closer if _holds_all(closer, source, anchor) else _filled(step, source, anchor)


def _weighted(anchor: Anchor) -> Anchor:
    return Weighted((Target(anchor.box),), (), None) if isinstance(anchor, Tight) else anchor


def _holds_all(box: CropBox, source: Size, anchor: Anchor) -> bool:
    focus = observe(anchor, source).focus if isinstance(anchor, Weighted) else None
    return focus is None or (
        box.x <= focus.left
        and box.y <= focus.top
        and focus.right <= box.x + box.width
        and focus.bottom <= box.y + box.height
    )


def _filled(step: Resize, source: Size, anchor: Anchor) -> CropBox:
    canvas = requested(step, source, max_ratio)
    filling = max_ratio(source, Fraction(canvas.width, canvas.height))
    if isinstance(anchor, Weighted):
        x, y = best_start(observe(anchor, source), filling)
    else:
        x, y = locate(step, source, filling, canvas, anchor)
    return covering(x, y, filling, canvas)


def _padded(step: Resize, source: Size, anchor: Anchor) -> CropBox | None:
    """The padded answer; None where filling the canvas cuts nothing that matters."""
    if isinstance(anchor, Fixed):
        return None
    if not isinstance(anchor, Weighted):
        raise BadRequest(f"c_{step.mode} takes automatic gravity only: g_auto")
    canvas = requested(step, source, max_ratio)
    filling = max_ratio(source, Fraction(canvas.width, canvas.height))
    scene = observe(anchor, source)
    needed = _needed(scene, filling)
    window = Size(max(filling.width, needed.width), max(filling.height, needed.height))
    if window == filling:
        return None
    x, y = best_start(scene, window)
    picture = fit(window, canvas)
    left, top = moved(Compass.CENTER, canvas, picture, Fraction(0), Fraction(0))
    return CropBox(x, y, window.width, window.height, canvas, (left, top, picture.width, picture.height))


def _needed(scene: Scene, filling: Size) -> Size:
    if scene.focus is not None:
        return scene.focus.outer_size(scene.source)
    if scene.mass is not None:
        return _smallest_view(scene.mass, filling)
    return filling


def _smallest_view(mass: Mass, filling: Size) -> Size:
    """The smallest window that holds enough of the mass: `filling`, lengthened along the side it cuts."""
    source = mass.source
    if filling.width < source.width:
        widths = range(filling.width, source.width)
        i = bisect_left(widths, True, key=lambda width: mass.most(Size(width, source.height)) >= MASS_TO_SHOW)
        return Size(filling.width + i, source.height)
    heights = range(filling.height, source.height)
    i = bisect_left(heights, True, key=lambda height: mass.most(Size(source.width, height)) >= MASS_TO_SHOW)
    return Size(source.width, filling.height + i)
