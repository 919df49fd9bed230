"""What one component does, in the order in which its parameters run.

Turning to fit, resize, turn, effect, corners and border, opacity, background, whatever order they are written in.
No document gives the order; this one makes `c_fill,w_200,h_200,r_20,e_sepia,b_white` mean what people expect of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import cast

from keepsight.transformation.component import Component
from keepsight.transformation.effects import EFFECTS, Effect, Kind
from keepsight.transformation.output import Output
from keepsight.transformation.parameters import (
    ANGLE,
    BACKGROUND,
    BORDER,
    COLOUR,
    COLOUR_SPACE,
    DELAY,
    DENSITY,
    DPR,
    EFFECT,
    FORMAT,
    GRAVITY,
    HEIGHT,
    MODE,
    OPACITY,
    PAGES,
    PREFIX,
    QUALITY,
    RADIUS,
    RATIO,
    WIDTH,
    ZOOM,
    X,
    Y,
)
from keepsight.transformation.plan import (
    ApplyEffect,
    Corners,
    Opacity,
    Rotate,
    RotateToFit,
    Step,
    Tilt,
    Underlie,
)
from keepsight.transformation.resize_rules import asks_resize, keeps_whole, resize, zooms
from keepsight.transformation.values import Compass, Turn

_LAYER_FLAGS = frozenset({"cutter", "no_overflow", "tiled", "text_no_trim", "text_disallow_overflow"})


def component_steps(c: Component, shared_dpr: Fraction) -> tuple[Step, ...]:
    """The steps of a component that is no layer; `shared_dpr` multiplies sizes where it has no `dpr_` of its own.

    Raises BadRequest for parameters that have nothing to work on, and for those that contradict each other.
    """
    region = _is_region(c)
    resizes = asks_resize(c) and not (region and not c.has(MODE))
    steps: list[Step] = list(_turn_to_fit(c))
    if resizes:
        steps.append(resize(c, c.get(DPR) or shared_dpr))
    steps += _turns(c)
    steps += _effect(c, resizes)
    radii, border = c.get(RADIUS), c.get(BORDER)
    if radii is not None or border is not None:
        steps.append(Corners(radii or (0, 0, 0, 0), border))
    if (percent := c.get(OPACITY)) is not None:
        steps.append(Opacity(percent))
    background = c.get(BACKGROUND)
    taken = resizes or any(isinstance(step, Tilt) for step in steps)
    if background is not None and (not taken or radii is not None):
        steps.append(Underlie(background))
    _check_strays(c, resizes, region)
    return tuple(steps)


def component_output(c: Component) -> Output:
    """What the component asks of the encoder."""
    effect = c.get(EFFECT)
    asked = Output(
        format=c.get(FORMAT),
        quality=c.get(QUALITY),
        colour_space=c.get(COLOUR_SPACE),
        density=c.get(DENSITY),
        pages=c.get(PAGES) or (),
        delay=c.get(DELAY),
        loop=_plays(effect),
    )
    return asked.merged(c.flags.output)


def _plays(effect: Effect | None) -> int | None:
    """How often an animation is shown: once more than it is played again, 0 for ever."""
    if effect is None or effect.name != "loop":
        return None
    (again,) = effect.arguments
    return 0 if again is None else cast(int, again) + 1


def _turn_to_fit(c: Component) -> Iterator[Step]:
    angle = c.get(ANGLE)
    if angle is not None and angle.fitting is not None:
        width, height, ratio = c.get(WIDTH), c.get(HEIGHT), c.get(RATIO)
        if isinstance(width, int) and isinstance(height, int):
            ratio = Fraction(width, height)
        if ratio is None:
            raise c.refused("a_auto_left and a_auto_right need a width and a height in pixels, or an aspect ratio")
        yield RotateToFit(angle.fitting, ratio)


def _turns(c: Component) -> Iterator[Step]:
    angle = c.get(ANGLE)
    quarters: list[Turn] = []
    for move in angle.moves if angle else ():
        if isinstance(move, Turn):
            quarters.append(move)
            continue
        if quarters:
            yield Rotate(tuple(quarters))
            quarters = []
        yield Tilt(move, c.get(BACKGROUND))
    if quarters:
        yield Rotate(tuple(quarters))


def _effect(c: Component, resizes: bool) -> Iterator[Step]:
    effect = c.get(EFFECT)
    if effect is None:
        return
    kind = EFFECTS[effect.name].kind
    if kind is Kind.ANIMATION:
        return
    if kind is Kind.BLEND:
        return
    step = ApplyEffect(effect, colour=c.get(COLOUR))
    if not resizes:
        step = replace(step, x=c.get(X), y=c.get(Y))
    if kind is Kind.REGION:
        if resizes:
            raise c.refused(
                f"e_{effect.name} takes x_, y_, w_ and h_ for its region: resize in a component of its own"
            )
        step = replace(step, gravity=c.get(GRAVITY), width=c.get(WIDTH), height=c.get(HEIGHT))
    yield step


def _is_region(c: Component) -> bool:
    effect = c.get(EFFECT)
    return effect is not None and EFFECTS[effect.name].kind is Kind.REGION


def _check_strays(c: Component, resizes: bool, region: bool) -> None:
    """What has nothing to work on is refused, where it is not harmless and everywhere in older pages: see `idle`."""
    if not resizes:
        gravity = c.get(GRAVITY)
        if not region and gravity is not None and not isinstance(gravity, Compass):
            raise c.refused("this gravity needs a crop mode, or a width or height, in the same component")
    if c.has(COLOUR) and not c.has(EFFECT):
        raise c.refused("co_ needs an effect or a text that takes a colour")
    if layered := sorted(c.flags.step & _LAYER_FLAGS):
        raise c.refused(f"fl_{layered[0]} works with a layer only")
    if c.flags.step & {"ignore_aspect_ratio"} and not resizes:
        raise c.refused("fl_ignore_aspect_ratio needs a width or a height")


def idle_flags(c: Component) -> tuple[str, ...]:
    """Flags that say what shares are of, where there is no size that could be a share."""
    flags = sorted(c.flags.step & {"relative", "region_relative"})
    if c.has(WIDTH, HEIGHT):
        return ()
    return tuple(f"fl_{flag} without a width or a height does nothing" for flag in flags)


def idle(c: Component) -> tuple[str, ...]:
    """What is accepted and does nothing here, to be said with the answer: no request is refused for it.

    Cloudinary ignores these, and they stand in pages of every age: the prefix of a sprite, a compass direction or an
    offset without a cut, a zoom of what shows all there is, a blend mode without a layer.
    """
    effect = c.get(EFFECT)
    cuts, kind = asks_resize(c), EFFECTS[effect.name].kind if effect is not None else None
    listens = (
        {GRAVITY.key, X.key, Y.key}
        if kind is Kind.REGION
        else set(EFFECTS[effect.name].qualifiers)
        if effect
        else set()
    )
    without_cut = [] if cuts else [p.key for p in (GRAVITY, X, Y) if p.key in c.values and p.key not in listens]
    said = [f"{key}_ without a cut does nothing" for key in without_cut]
    if cuts and c.has(GRAVITY) and keeps_whole(c):
        said.append("g_ without a cut does nothing")
    if c.has(COLOUR) and COLOUR.key not in listens and kind is not Kind.BLEND and effect is not None:
        said.append(f"co_ does nothing with e_{effect.name}")
    if c.has(ZOOM) and not zooms(c):
        said.append("z_ without c_crop, c_thumb or c_auto does nothing")
    said += idle_flags(c)
    if kind is Kind.BLEND and effect is not None:
        said.append(f"e_{effect.name} without a layer does nothing")
    if c.has(PREFIX):
        said.append("p_ names sprites only")
    return tuple(said)
