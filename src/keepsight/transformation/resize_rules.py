"""The parameters of a resize, and the rules that hold between them."""

from __future__ import annotations

from fractions import Fraction

from keepsight.transformation.component import Component
from keepsight.transformation.gravity import Auto, Gravity, Objects, XYCenter, automatic_part, finds_box
from keepsight.transformation.parameters import ANGLE, BACKGROUND, GRAVITY, HEIGHT, MODE, RATIO, WIDTH, ZOOM, X, Y
from keepsight.transformation.plan import Relative, Resize
from keepsight.transformation.rounding import half_up
from keepsight.transformation.values import Compass, Length, Mode

_SCALING = frozenset({Mode.SCALE, Mode.FIT, Mode.LIMIT, Mode.MFIT})
_PADDING = frozenset({Mode.PAD, Mode.LPAD, Mode.MPAD})
_AUTOMATIC = frozenset({Mode.FILL_PAD, Mode.AUTO_PAD})
_ZOOMING = frozenset({Mode.CROP, Mode.THUMB, Mode.AUTO})
_ONE = Fraction(1)


def asks_resize(c: Component) -> bool:
    """Whether the component holds a resize."""
    return c.has(MODE) or c.has(WIDTH, HEIGHT) or (c.has(RATIO) and not _turns_to_fit(c))


def keeps_whole(c: Component) -> bool:
    """Whether the resize of a component only scales, so that nothing of the picture is cut off."""
    return (c.get(MODE) or Mode.SCALE) in _SCALING


def pads(c: Component) -> bool:
    """Whether the mode of the component may leave room around the picture."""
    return c.get(MODE) in _PADDING | _AUTOMATIC


def pads_whole(c: Component) -> bool:
    """Whether the mode of the component places all of the picture on a canvas."""
    return c.get(MODE) in _PADDING


def cuts_rest(c: Component) -> bool:
    """Whether a cut takes all from its offset on, since no size says where it ends."""
    placed = isinstance(c.get(GRAVITY), Compass | None) and c.has(X, Y)
    return c.get(MODE) is Mode.CROP and placed and not c.has(WIDTH, HEIGHT)


def zooms(c: Component) -> bool:
    """Whether the mode of the component can come closer to what was found."""
    return c.get(MODE) in _ZOOMING


def _turns_to_fit(c: Component) -> bool:
    angle = c.get(ANGLE)
    return angle is not None and angle.fitting is not None


def resize(c: Component, dpr: Fraction) -> Resize:
    """The resize of a component that asks for one; sizes in pixels are multiplied by `dpr`. Raises BadRequest."""
    mode = c.get(MODE) or Mode.SCALE
    gravity = c.get(GRAVITY) or (Auto() if mode in _AUTOMATIC else None)  # the one gravity that they take
    _check_gravity(c, mode, gravity)
    _check_sizes(c, mode, gravity)
    _check_offsets(c, mode, gravity)
    flags = c.flags.step
    relative: Relative | None = "region" if "region_relative" in flags else "base" if "relative" in flags else None
    width, height = _device_pixels(c.get(WIDTH), dpr), _device_pixels(c.get(HEIGHT), dpr)
    bounded = mode in (Mode.FIT, Mode.LIMIT, Mode.MFIT)  # by a side: a ratio alone bounds nothing
    sized = c.has(WIDTH, HEIGHT) or (c.has(RATIO) and not bounded)
    if not sized and not (mode is Mode.CROP and (finds_box(gravity) or cuts_rest(c))):
        width = height = _ONE
    return Resize(
        mode=mode,
        width=width,
        height=height,
        ratio=c.get(RATIO),
        gravity=None if mode in _SCALING | _PADDING and not isinstance(gravity, Compass) else gravity,
        x=None if keeps_whole(c) else c.get(X),
        y=None if keeps_whole(c) else c.get(Y),
        zoom=(c.get(ZOOM) or _ONE) if zooms(c) else _ONE,
        background=c.get(BACKGROUND),
        ignore_ratio="ignore_aspect_ratio" in flags,
        relative=relative,
    )


def _device_pixels(length: Length | None, dpr: Fraction) -> Length | None:
    return max(1, half_up(length * dpr)) if isinstance(length, int) else length


def _check_gravity(c: Component, mode: Mode, gravity: Gravity | None) -> None:
    """Which gravity is legal with which mode (Cloudinary, transformation reference); without one it does nothing."""
    without = not c.has(MODE) or (c.hint_missing and mode is Mode.SCALE)
    if automatic_part(gravity) and mode in _SCALING | _PADDING and not (without and isinstance(gravity, Auto)):
        raise c.refused("Use auto gravity only with crop, fill, lfill, fill_pad or thumb")
    if mode in _AUTOMATIC and not isinstance(gravity, Auto):
        raise c.refused(f"c_{mode} takes g_auto, with its options if wanted, and no other gravity")
    if mode in _PADDING and isinstance(gravity, Objects | XYCenter):
        raise c.refused(f"c_{mode} takes a compass gravity only, such as g_north")
    if mode in _SCALING and isinstance(gravity, Objects):
        raise c.refused(f"c_{mode} keeps the whole picture, so it takes no object gravity")
    level = gravity.aggressiveness if isinstance(gravity, Auto) else None
    if level is not None and mode is not Mode.THUMB:
        raise c.refused(f"the level {level} in g_auto works with c_thumb only")


def _check_sizes(c: Component, mode: Mode, gravity: Gravity | None) -> None:
    """What needs a size. Everything else without one means the size that the picture has.

    Cloudinary wants a side wherever objects fall back to the automatic gravity (AI Content Analysis add-on); of the
    others only the ratio is needed. A width that no client hint gave is that of the picture, so nobody is refused for
    the browser that they have.
    """
    if c.has(WIDTH, HEIGHT) or c.hint_missing:
        return
    if isinstance(gravity, Objects) and gravity.fallback is not None:
        raise c.refused("auto gravity behind the name of an object needs a width or a height")


def _check_offsets(c: Component, mode: Mode, gravity: Gravity | None) -> None:
    if isinstance(gravity, XYCenter) and not (c.has(X) and c.has(Y)):
        raise c.refused("g_xy_center needs x_ and y_, the centre of the cut")
