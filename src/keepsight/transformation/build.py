"""Components into a Plan, with the rules that hold between the parameters of one component."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from keepsight.errors import BadRequest
from keepsight.transformation.component import Component, parse_component
from keepsight.transformation.gravity import Auto, Gravity, Objects, XYCenter, automatic_part, finds_box
from keepsight.transformation.parameters import (
    ANGLE,
    BACKGROUND,
    DPR,
    FLAGS,
    FORMAT,
    GRAVITY,
    HEIGHT,
    MODE,
    QUALITY,
    RATIO,
    WIDTH,
    ZOOM,
    X,
    Y,
)
from keepsight.transformation.plan import Plan, Resize, Rotate, Step
from keepsight.transformation.values import Colour, Compass, Length, Mode

_SCALING = frozenset({Mode.SCALE, Mode.FIT, Mode.LIMIT, Mode.MFIT})
_PADDING = frozenset({Mode.PAD, Mode.LPAD, Mode.MPAD})
_ONE = Fraction(1)


def build_plan(components: Sequence[str]) -> Plan:
    """The plan of percent-decoded components, in their order; format, quality and background: the last one counts.

    A `dpr_` in a component without a size multiplies every size that has none of its own, which is where
    Cloudinary's newer SDKs put it. Raises BadRequest.
    """
    parsed = [parse_component(text) for text in components]
    shared = next((d for c in parsed if (d := c.get(DPR)) is not None and not _asks_resize(c)), _ONE)
    plan = Plan()
    steps: list[Step] = []
    for component in parsed:
        steps += _steps(component, shared)
        colour = component.get(BACKGROUND)
        plan = replace(
            plan,
            format=component.get(FORMAT) or plan.format,
            quality=component.get(QUALITY) or plan.quality,
            flatten=colour if isinstance(colour, Colour) else plan.flatten,
            getinfo=plan.getinfo or "getinfo" in (component.get(FLAGS) or ()),
        )
    if shared != _ONE and not any(isinstance(s, Resize) for s in steps):
        raise BadRequest("Invalid transformation: dpr_ needs a width or a height to multiply")
    return replace(plan, steps=tuple(steps))


def _asks_resize(c: Component) -> bool:
    return c.has(MODE) or c.has(WIDTH, HEIGHT)


def _steps(c: Component, shared_dpr: Fraction) -> list[Step]:
    steps: list[Step] = []
    if _asks_resize(c):
        steps.append(_resize(c, c.get(DPR) or shared_dpr))
    elif stray := next((p for p in (GRAVITY, RATIO, X, Y, ZOOM) if p.key in c.values), None):
        raise _refused(c, f"{stray.key}_ needs a crop mode, or a width or height, in the same component")
    if turns := c.get(ANGLE):
        steps.append(Rotate(turns))
    return steps


def _resize(c: Component, dpr: Fraction) -> Resize:
    mode, gravity = c.get(MODE) or Mode.SCALE, c.get(GRAVITY)
    _check_gravity(c, mode, gravity)
    _check_sizes(c, mode, gravity)
    _check_offsets(c, mode, gravity)
    if c.has(ZOOM) and mode not in (Mode.CROP, Mode.THUMB):
        raise _refused(c, "z_ works with c_crop and c_thumb only")
    return Resize(
        mode=mode,
        width=_device_pixels(c.get(WIDTH), dpr),
        height=_device_pixels(c.get(HEIGHT), dpr),
        ratio=c.get(RATIO),
        gravity=gravity,
        x=c.get(X),
        y=c.get(Y),
        zoom=c.get(ZOOM) or _ONE,
        background=c.get(BACKGROUND),
    )


def _device_pixels(length: Length | None, dpr: Fraction) -> Length | None:
    return max(1, math.floor(length * dpr + Fraction(1, 2))) if isinstance(length, int) else length


def _check_gravity(c: Component, mode: Mode, gravity: Gravity | None) -> None:
    """Which gravity is legal with which mode (Cloudinary, transformation reference)."""
    if automatic_part(gravity) and mode in _SCALING | _PADDING:
        raise _refused(c, "Use auto gravity only with crop, fill, lfill, fill_pad or thumb")
    if mode is Mode.FILL_PAD and not isinstance(gravity, Auto):
        raise _refused(c, "c_fill_pad needs g_auto, with its options if wanted, and no other gravity")
    if mode is Mode.THUMB and gravity is None:
        raise _refused(c, "c_thumb needs a gravity, such as g_face or g_auto:cat")
    if mode in _PADDING and not isinstance(gravity, Compass | None):
        raise _refused(c, f"c_{mode} takes a compass gravity only, such as g_north")
    if mode in _SCALING and isinstance(gravity, Objects):
        raise _refused(c, f"c_{mode} keeps the whole picture, so it takes no object gravity")
    level = gravity.aggressiveness if isinstance(gravity, Auto) else None
    if level is not None and mode is not Mode.THUMB:
        raise _refused(c, f"the level {level} in g_auto works with c_thumb only")


def _check_sizes(c: Component, mode: Mode, gravity: Gravity | None) -> None:
    sides = c.has(WIDTH, HEIGHT)
    if automatic_part(gravity) and not sides:
        raise _refused(c, "auto gravity needs a width or a height")
    if sides or (mode is Mode.CROP and finds_box(gravity)):
        return
    if mode in (Mode.FIT, Mode.LIMIT, Mode.MFIT):
        raise _refused(c, f"c_{mode} needs a width or a height")
    if not c.has(RATIO):
        raise _refused(c, f"c_{mode} needs a width, a height or an aspect ratio")


def _check_offsets(c: Component, mode: Mode, gravity: Gravity | None) -> None:
    if isinstance(gravity, XYCenter) and not (c.has(X) and c.has(Y)):
        raise _refused(c, "g_xy_center needs x_ and y_, the centre of the cut")
    if c.has(X, Y) and mode in _SCALING:
        raise _refused(c, f"x_ and y_ have no meaning with c_{mode}, which cuts nothing")


def _refused(c: Component, reason: str) -> BadRequest:
    return BadRequest(f"Invalid transformation component - {c.text} ({reason})")
