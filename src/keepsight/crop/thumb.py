"""`c_thumb`: as close to the subject as the requested size allows. `c_auto`: half way back from there."""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import dataclass, replace
from fractions import Fraction

from keepsight.crop.anchor import Anchor, Tight, Weighted
from keepsight.crop.box import Box, Size, hull
from keepsight.crop.line import outer
from keepsight.crop.mass import Mass
from keepsight.crop.position import locate
from keepsight.crop.ratio import max_ratio
from keepsight.crop.result import CropBox, covering
from keepsight.crop.scene import Scene, observe
from keepsight.crop.search import best_start
from keepsight.crop.sizes import given_sides, requested
from keepsight.transformation.plan import Resize

GROWTH = Fraction(8, 5)
"""Decided: the next target joins the thumbnail while the window's area grows by no more than this factor."""
MASS_TO_SHOW = 0.7
"""Decided: the share of the importance that the closest window must hold when there is nothing to keep."""
_ZOOM_STEPS = 128
_BACK = 50
"""Decided: percent of the way from the closest window to the largest that `c_auto` steps back. Cloudinary says only
that it zooms in more than `c_fill` and less than `c_thumb`."""


def thumb(step: Resize, source: Size, anchor: Anchor, margin: Fraction) -> CropBox:
    """The window around the subject, plus `margin` of the subject's sides on each side, scaled to the requested size.

    Cloudinary: a thumbnail is never enlarged; where the subject is smaller than the request, more of the picture is
    shown. Decided: a source smaller than the request gives its largest window of that ratio, at its own size; without
    a subject the window is that of `fill`, and `z_` divides nothing; a ratio without a size gives the closest window
    of that ratio, at its own size.
    """
    delivered = requested(step, source, max_ratio)
    if delivered.width > source.width or delivered.height > source.height:
        window = max_ratio(source, Fraction(delivered.width, delivered.height))
        x, y = locate(step, source, window, window, anchor)
        return covering(x, y, window, window)
    if given_sides(step, source) is None:
        # Nothing was asked for but the ratio, which allows any closeness: the window is delivered as it is.
        least = Fraction(1, min(delivered.width, delivered.height))
        close = _close(step, _Frame(source, delivered, margin, least), anchor, back=0)
        window = Size(close.width, close.height)
        return covering(close.x, close.y, window, window)
    return _close(step, _Frame(source, delivered, margin), anchor, back=0)


def auto(step: Resize, source: Size, anchor: Anchor, margin: Fraction) -> CropBox:
    """As `thumb`, from further back, and always of the requested size.

    Cloudinary: the mode enlarges where the request is larger than the picture; there the window is that of `fill`.
    """
    delivered = requested(step, source, max_ratio)
    if delivered.width > source.width or delivered.height > source.height:
        window = max_ratio(source, Fraction(delivered.width, delivered.height))
        x, y = locate(step, source, window, delivered, anchor)
        return covering(x, y, window, delivered)
    return _close(step, _Frame(source, delivered, margin), anchor, back=_BACK)


def _close(step: Resize, frame: _Frame, anchor: Anchor, back: int) -> CropBox:
    if isinstance(anchor, Weighted):
        scene = _close_up(observe(anchor, frame.source), frame)
        scale = frame.stepped_back(_scene_scale(scene, frame, step.zoom), anchor.level or back)
        window = frame.window(scale)
        x, y = best_start(scene, window)
    else:
        subject = anchor.box.clip(frame.source) if isinstance(anchor, Tight) else None
        scale = frame.largest if subject is None else frame.scale(subject) / step.zoom
        window = frame.window(frame.stepped_back(scale, back) if back else scale)
        x, y = locate(step, frame.source, window, frame.delivered, anchor)
    return covering(x, y, window, frame.delivered)


@dataclass(frozen=True, slots=True)
class _Frame:
    """Windows of the delivered ratio. Their scale is the source pixels in one delivered pixel."""

    source: Size
    delivered: Size
    margin: Fraction
    least: Fraction = Fraction(1)
    """The smallest scale: 1 never enlarges what is delivered."""

    @property
    def largest(self) -> Fraction:
        """The scale at which the window touches the source's edges."""
        return min(
            Fraction(self.source.width, self.delivered.width), Fraction(self.source.height, self.delivered.height)
        )

    def scale(self, subject: Box) -> Fraction:
        """The scale at which the window just holds the subject and its margin."""
        roomy = 1 + 2 * self.margin
        left, right = outer(self.source.width, subject.horizontal.scaled(roomy, self.source.width))
        top, bottom = outer(self.source.height, subject.vertical.scaled(roomy, self.source.height))
        return max(Fraction(right - left, self.delivered.width), Fraction(bottom - top, self.delivered.height))

    def stepped_back(self, scale: Fraction, level: int) -> Fraction:
        """A scale, moved by `level` percent of the way to the largest. Decided: the documents give 0 and 100 only."""
        closest = min(max(scale, self.least), self.largest)
        return closest + (self.largest - closest) * Fraction(level, 100)

    def window(self, scale: Fraction) -> Size:
        """The window of a scale, which is first brought between the least and the largest."""
        scale = min(max(scale, self.least), self.largest)
        return Size(
            min(self.source.width, math.ceil(self.delivered.width * scale)),
            min(self.source.height, math.ceil(self.delivered.height * scale)),
        )


def _close_up(scene: Scene, frame: _Frame) -> Scene:
    """Narrow the focus to the most prominent targets: the first, and each next one that comes cheap and fits."""
    if not scene.keep:
        return scene
    focus = scene.keep[0].box
    for target in scene.keep[1:]:
        wider = hull((focus, target.box))
        before, after = max(frame.least, frame.scale(focus)), max(frame.least, frame.scale(wider))
        if after > frame.largest or after**2 > GROWTH * before**2:
            break
        focus = wider
    return replace(scene, focus=focus)


def _scene_scale(scene: Scene, frame: _Frame, zoom: Fraction) -> Fraction:
    if scene.focus is not None:
        return frame.scale(scene.focus) / zoom
    if scene.mass is not None:
        return _telling_scale(scene.mass, frame) / zoom
    return frame.largest


def _telling_scale(mass: Mass, frame: _Frame) -> Fraction:
    """The smallest scale whose best window holds enough of the mass, to 1/128 of the way to the largest."""

    def scale(i: int) -> Fraction:
        return frame.least + (frame.largest - frame.least) * Fraction(i, _ZOOM_STEPS)

    def tells(i: int) -> bool:
        return mass.most(frame.window(scale(i))) >= MASS_TO_SHOW

    return scale(bisect_left(range(_ZOOM_STEPS), True, key=tells))
