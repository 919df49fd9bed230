"""What one component does, in the order in which its parameters run, whatever order they are written in.

1. `a_auto_left`, `a_auto_right`  2. resize  3. quarter turns and flips  4. effects, as they are written  5. corners
and border  6. any other angle, and the turns behind it  7. effects that draw around the shape or bend it (`_AROUND`),
and those behind them  8. opacity  9. background under all of it; one that pads lies around the picture from 2. on

No document of Cloudinary's gives the order. In this one every parameter is seen, whichever others stand beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import groupby
from typing import cast

from keepsight.transformation.component import Component
from keepsight.transformation.effects import EFFECTS, Effect, Kind
from keepsight.transformation.gravity import XYCenter, automatic_part
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
from keepsight.transformation.resize_rules import asks_resize, keeps_whole, pads, pads_whole, resize, zooms
from keepsight.transformation.values import Compass, Mode, Turn

_AROUND = frozenset({"shadow", "outline", "shear", "distort"})
"""Effects that draw around the shape of the picture or bend it, so that its corners are round before."""
_UNCOVERING = frozenset({"gradient_fade", "make_transparent", "opacity_threshold"})
"""Effects that keep the size and may make pixels transparent."""
_ELSEWHERE = frozenset({Kind.BLEND, Kind.ANIMATION})
"""Kinds of effects that are no step of the component: how a layer is laid, and how an animation is played."""
_LAYER_FLAGS = frozenset({"cutter", "no_overflow", "tiled", "text_no_trim", "text_disallow_overflow"})


def component_steps(c: Component, shared_dpr: Fraction) -> tuple[Step, ...]:
    """The steps of a component that is no layer; `shared_dpr` multiplies sizes where it has no `dpr_` of its own.

    Raises BadRequest for parameters that contradict each other. What has nothing to work on is ignored: see `idle`.
    """
    resizes = _resizes(c)
    background, quarters, tilts = c.get(BACKGROUND), *_turns(c)
    inside, around = _effects(c, resizes)
    radii, border = c.get(RADIUS), c.get(BORDER)
    corners = [Corners(radii or (0, 0, 0, 0), border)] if radii is not None or border is not None else []
    percent = c.get(OPACITY)
    opacity = [Opacity(percent)] if percent is not None else []
    following = (*inside, *corners, *tilts, *around, *opacity)
    taken = resizes and (pads(c) or not following)
    steps: list[Step] = list(_turn_to_fit(c))
    if resizes:
        cut = resize(_without_offsets(c) if _offsets_for_effects(c) else c, c.get(DPR) or shared_dpr)
        steps.append(cut if taken else replace(cut, background=None))
    steps += (*quarters, *following)
    if background is not None and (not taken or any(map(_uncovers, following))):
        steps.append(Underlie(background))
    return tuple(steps)


def component_output(c: Component) -> Output:
    """What the component asks of the encoder."""
    asked = Output(
        format=c.get(FORMAT),
        quality=c.get(QUALITY),
        colour_space=c.get(COLOUR_SPACE),
        density=c.get(DENSITY),
        pages=c.get(PAGES) or (),
        delay=c.get(DELAY),
        loop=_plays(next((e for e in reversed(c.effects) if e.name == "loop"), None)),
    )
    return asked.merged(c.flags.output)


def _plays(effect: Effect | None) -> int | None:
    """How often an animation is shown: once more than it is played again, 0 for ever."""
    if effect is None:
        return None
    (again,) = effect.arguments
    return 0 if again is None else cast(int, again) + 1


def _turn_to_fit(c: Component) -> Iterator[Step]:
    angle = c.get(ANGLE)
    if angle is not None and angle.fitting is not None:
        width, height, ratio = c.get(WIDTH), c.get(HEIGHT), c.get(RATIO)
        if isinstance(width, int) and isinstance(height, int):
            ratio = Fraction(width, height)
        if ratio is not None:  # without one the wanted shape is that of the picture, which fits
            yield RotateToFit(angle.fitting, ratio)


def _turn_to_fit_by_ratio(c: Component) -> bool:
    """Whether the ratio says which way the picture is turned."""
    sides = isinstance(c.get(WIDTH), int) and isinstance(c.get(HEIGHT), int)
    angle = c.get(ANGLE)
    return angle is not None and angle.fitting is not None and not sides


def _turns(c: Component) -> tuple[list[Step], list[Step]]:
    """The quarter turns and flips before any other angle, and that angle with what is behind it."""
    angle = c.get(ANGLE)
    moves = angle.moves if angle else ()
    first = next((at for at, move in enumerate(moves) if not isinstance(move, Turn)), len(moves))
    return list(_grouped(moves[:first])), list(_grouped(moves[first:]))


def _grouped(moves: Sequence[Turn | int]) -> Iterator[Step]:
    for turning, several in groupby(moves, lambda move: isinstance(move, Turn)):
        if turning:
            yield Rotate(tuple(cast(Iterable[Turn], several)))
        else:
            yield from (Tilt(degrees) for degrees in cast(Iterable[int], several))


def _effects(c: Component, resizes: bool) -> tuple[list[Step], list[Step]]:
    """Those before the corners, and those behind them."""
    steps = [_effect(c, effect, resizes) for effect in c.effects if EFFECTS[effect.name].kind not in _ELSEWHERE]
    first = next((at for at, step in enumerate(steps) if step.effect.name in _AROUND), len(steps))
    return list(steps[:first]), list(steps[first:])


def _effect(c: Component, effect: Effect, resizes: bool) -> ApplyEffect:
    declared = EFFECTS[effect.name]
    step = ApplyEffect(effect, colour=c.get(COLOUR))
    if not resizes or _offsets_for_effects(c):
        step = replace(step, x=c.get(X), y=c.get(Y))
    if declared.kind is Kind.REGION:
        if resizes:
            raise c.refused(
                f"e_{effect.name} takes x_, y_, w_ and h_ for its region: resize in a component of its own"
            )
        step = replace(step, gravity=c.get(GRAVITY), width=c.get(WIDTH), height=c.get(HEIGHT))
    return step


def _resizes(c: Component) -> bool:
    """Whether the component holds a resize; sizes beside an effect on a region are those of the region."""
    return asks_resize(c) and not (_is_region(c) and not c.has(MODE))


def _is_region(c: Component) -> bool:
    return any(EFFECTS[effect.name].kind is Kind.REGION for effect in c.effects)


def listening(c: Component) -> tuple[Effect, ...]:
    """The effects that take x_ and y_."""
    return tuple(e for e in c.effects if {X.key, Y.key} & set(EFFECTS[e.name].qualifiers))


def _offsets_for_effects(c: Component) -> bool:
    """Whether x_ and y_ are those of an effect and not those of the cut beside it, which may need them more."""
    return bool(listening(c)) and not (c.get(MODE) is Mode.CROP or isinstance(c.get(GRAVITY), XYCenter))


def _without_offsets(c: Component) -> Component:
    return replace(c, values={key: value for key, value in c.values.items() if key not in (X.key, Y.key)})


def _uncovers(step: Step) -> bool:
    """Whether a step may leave something transparent that was not."""
    match step:
        case Corners(radii=radii):
            return radii != (0, 0, 0, 0)
        case ApplyEffect(effect=effect):
            return EFFECTS[effect.name].kind is Kind.RESHAPE or effect.name in _UNCOVERING
        case _:
            return isinstance(step, Opacity | Tilt)


def upright(c: Component) -> bool:
    """Whether the component leaves the EXIF orientation to be applied."""
    angle = c.get(ANGLE)
    return angle is None or angle.upright


def idle_flags(c: Component) -> tuple[str, ...]:
    """Flags that say what shares are of, where there is no size that could be a share."""
    flags = sorted(c.flags.step & {"relative", "region_relative"})
    if c.has(WIDTH, HEIGHT):
        return ()
    return tuple(f"fl_{flag} without a width or a height does nothing" for flag in flags)


def idle(c: Component) -> tuple[str, ...]:
    """What is accepted and does nothing here, to be said with the answer: no request is refused for it.

    Cloudinary ignores these, and they stand in pages of every age: the prefix of a sprite, a gravity or an offset
    without a cut, a zoom of what shows all there is, a colour that nothing takes, a flag or a blend mode of layers
    without a layer.
    """
    return (
        *c.warnings,
        *_idle_qualifiers(c),
        *_idle_resize(c),
        *idle_flags(c),
        *_idle_layering(c),
        *(("p_ names sprites only",) if c.has(PREFIX) else ()),
    )


def _idle_qualifiers(c: Component) -> Iterator[str]:
    """What neither a cut nor an effect listens to."""
    listens = set[str]()
    for effect in c.effects:
        region = EFFECTS[effect.name].kind is Kind.REGION
        listens |= {GRAVITY.key, X.key, Y.key} if region else set(EFFECTS[effect.name].qualifiers)
    if not asks_resize(c) or keeps_whole(c):
        strays = (p.key for p in (GRAVITY, X, Y) if p.key in c.values and p.key not in listens)
        yield from (f"{key}_ without a cut does nothing" for key in strays)
    if c.has(X, Y) and _resizes(c) and not _offsets_for_effects(c):
        yield from (f"x_ and y_ place the cut: e_{e.name} beside it does without them" for e in listening(c))
    if c.has(COLOUR) and COLOUR.key not in listens:
        if others := _no_blends(c):
            yield f"co_ does nothing with e_{others[-1].name}"
        elif not c.effects:
            yield "co_ without an effect or a text does nothing"


def _idle_resize(c: Component) -> Iterator[str]:
    """What says how a cut or a size is to be made that is not there."""
    mode, gravity = c.get(MODE), c.get(GRAVITY)
    sized = c.has(WIDTH, HEIGHT, RATIO) or c.hint_missing
    if mode is not None and not sized and automatic_part(gravity):
        yield f"g_auto does nothing without a size: c_{mode} keeps all of the picture"
    if pads_whole(c) and not isinstance(gravity, Compass | None):
        yield f"g_ of c_{mode} is a compass direction: the picture is in the middle"
    if c.has(RATIO) and not _turn_to_fit_by_ratio(c) and (not _resizes(c) or (c.has(WIDTH) and c.has(HEIGHT))):
        yield "ar_ beside a width and a height does nothing"
    if mode in (Mode.FIT, Mode.LIMIT, Mode.MFIT) and c.has(RATIO) and not c.has(WIDTH, HEIGHT):
        yield f"ar_ bounds nothing without a width or a height: c_{mode} keeps the size of the picture"
    if c.has(ZOOM) and not zooms(c):
        yield "z_ without c_crop, c_thumb or c_auto does nothing"
    if "ignore_aspect_ratio" in c.flags.step and not c.has(WIDTH, HEIGHT):
        yield "fl_ignore_aspect_ratio without a width or a height does nothing"
    angle = c.get(ANGLE)
    if angle is not None and angle.fitting is not None and not any(_turn_to_fit(c)):
        yield "a_auto_left and a_auto_right without the ratio of a size turn nothing"


def _idle_layering(c: Component) -> Iterator[str]:
    """What says how a layer is laid, where there is none."""
    yield from (f"fl_{flag} without a layer does nothing" for flag in sorted(c.flags.step & _LAYER_FLAGS))
    yield from (f"e_{e.name} without a layer does nothing" for e in c.effects if e not in _no_blends(c))


def _no_blends(c: Component) -> tuple[Effect, ...]:
    return tuple(effect for effect in c.effects if EFFECTS[effect.name].kind is not Kind.BLEND)
