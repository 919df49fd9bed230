"""A layer from its components: what it shows, what is done to it, where it goes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import cast

from keepsight.transformation.component import Component
from keepsight.transformation.component_steps import component_steps, idle, listening, upright
from keepsight.transformation.effects import EFFECTS, Kind
from keepsight.transformation.flags import Flags
from keepsight.transformation.gravity import automatic_part
from keepsight.transformation.layer_source import LayerSource, TextSource
from keepsight.transformation.parameters import (
    BACKGROUND,
    BORDER,
    COLOUR,
    DEFAULT,
    DENSITY,
    EFFECT,
    FLAGS,
    GRAVITY,
    HEIGHT,
    MODE,
    OVERLAY,
    PAGES,
    UNDERLAY,
    WIDTH,
    Parameter,
    X,
    Y,
)
from keepsight.transformation.plan import Layer, Placement, Step
from keepsight.transformation.text_style import TextLayer
from keepsight.transformation.values import Colour, Length, Mode

_PLACING = frozenset({"no_overflow", "tiled", "cutter"})
_WORDS = frozenset({"text_no_trim", "text_disallow_overflow"})
_NEEDS_GRAVITY = frozenset({Mode.THUMB, Mode.AUTO, Mode.FILL_PAD, Mode.AUTO_PAD})
ITSELF = "d_, dn_, pg_ and a_ignore are about the picture itself, not about a layer"


def layer(
    opening: Component, inside: Sequence[Step], closing: Component | None, dpr: Fraction
) -> tuple[Layer, tuple[str, ...]]:
    """The step of a layer, and what of its components does nothing. Without `closing` the one component says all.

    What is said beside `fl_layer_apply` and does not place the layer is done to it, last. Raises BadRequest.
    """
    for component in (opening, closing):
        if component is not None and (component.has(DEFAULT, DENSITY, PAGES) or not upright(component)):
            raise component.refused(ITSELF)
    source, rest = _source(opening, closing)
    own, placing = _divided(rest, alone=closing is None)
    unplaced = list(_unplaced(own, placing))
    last: Component | None = None
    if closing is not None:
        if opening.has(COLOUR) is False and isinstance(source, TextSource) and not _takes_colour(closing):
            closing = _without(closing, COLOUR)  # it went to the text
        last, applying = _divided(closing, alone=False, closes=True)
        unplaced += _unplaced(last, applying)
        placing = _merged(placing, applying)
    steps = (*component_steps(own, dpr), *inside, *(component_steps(last, dpr) if last else ()))
    said = (*idle(own), *(idle(last) if last else ()), *unplaced, *_unmixed(placing))
    return Layer(source, steps, _placement(placing, under=opening.has(UNDERLAY))), said


def _source(c: Component, closing: Component | None) -> tuple[LayerSource, Component]:
    """What the layer shows, and the component without the parameters that belong to it.

    The colour and the flags of a text may stand at either end.
    """
    flags = c.flags.step | (closing.flags.step if closing else frozenset())
    shown = c.get(OVERLAY) or c.get(UNDERLAY)
    if c.has(OVERLAY) and c.has(UNDERLAY):
        raise c.refused("one of l_ and u_")
    rest = _without(c, OVERLAY, UNDERLAY)
    if not isinstance(shown, TextLayer):
        if words := sorted(flags & _WORDS):
            raise c.refused(f"fl_{words[0]} works with a text only")
        return cast(LayerSource, shown), rest
    colour = c.get(COLOUR)
    if colour is None and closing is not None and not _takes_colour(closing):
        colour = closing.get(COLOUR)
    background, width, height = c.get(BACKGROUND), c.get(WIDTH), c.get(HEIGHT)
    if background is not None and not isinstance(background, Colour):
        raise c.refused("the background of a text is a colour")
    wraps = c.get(MODE) is Mode.FIT and not (c.hint_missing and width is None)
    if wraps and not (isinstance(width, int) and isinstance(height, int | None)):
        raise c.refused("a text is wrapped at a width in pixels")
    outlined = shown.style.stroke  # else the border is one around the box
    source = TextSource(
        shown,
        colour=colour or Colour(0, 0, 0),
        background=background,
        stroke=c.get(BORDER) if outlined else None,
        wrap=cast(int | None, width) if wraps else None,
        height=cast(int | None, height) if wraps else None,
        trim="text_no_trim" not in flags,
        strict="text_disallow_overflow" in flags,
    )
    taken = (COLOUR, BACKGROUND, *((BORDER,) if outlined else ()), *((MODE, WIDTH, HEIGHT) if wraps else ()))
    rest = _without(rest, *taken)
    return source, _with_flags(rest, c.flags.step - _WORDS)


def _takes_colour(c: Component) -> bool:
    """Whether an effect of the component has a use for its colour."""
    return any(COLOUR.key in EFFECTS[effect.name].qualifiers for effect in c.effects)


def _divided(c: Component, *, alone: bool, closes: bool = False) -> tuple[Component, Component]:
    """What is done to the layer, and where it goes, of a component that may say both.

    `alone` is a component that says all of a layer, `closes` the one with `fl_layer_apply`. Offsets place the layer
    where it is applied, and in older URLs where it is opened, unless a cut or an effect there takes them. The gravity
    does, unless its crop mode cannot do without one.
    """
    taken: set[str] = set()
    if not alone and not closes:
        if _crops(c):
            taken = {GRAVITY.key, X.key, Y.key}
        elif listening(c):
            taken = {X.key, Y.key}
    elif c.get(MODE) in _NEEDS_GRAVITY and (alone or automatic_part(c.get(GRAVITY))):
        taken = {GRAVITY.key}
    keys = {p.key for p in (GRAVITY, X, Y)} - taken
    blends = tuple(effect for effect in c.effects if EFFECTS[effect.name].kind is Kind.BLEND)
    others = tuple(effect for effect in c.effects if effect not in blends)
    place: dict[str, object] = {key: value for key, value in c.values.items() if key in keys}
    own = {key: value for key, value in c.values.items() if key not in keys | {EFFECT.key}}
    if blends:
        place[EFFECT.key] = blends
    if others:
        own[EFFECT.key] = others
    place[FLAGS.key] = Flags(step=c.flags.step & _PLACING)
    done = _with_flags(replace(c, values=own), c.flags.step - _PLACING - _WORDS - {"layer_apply"})
    return done, replace(c, values=place, warnings=())


def _merged(opening: Component, applying: Component) -> Component:
    """What both ends say of the place; where they differ the end counts."""
    values = opening.values | applying.values
    values[FLAGS.key] = opening.flags.merged(applying.flags)
    values[EFFECT.key] = opening.effects + applying.effects
    return Component(applying.text, values)


def _unplaced(own: Component, placing: Component) -> Iterator[str]:
    """The effects of a component that do without the offsets in it, since these place the layer; a sentence each."""
    if placing.has(X, Y):
        yield from (f"x_ and y_ place the layer: e_{e.name} beside them does without" for e in listening(own))


def _unmixed(placing: Component) -> Iterator[str]:
    """The effects that mix nothing, since a layer is mixed by one only; a sentence each."""
    first, *more = reversed(placing.effects) if placing.effects else (None,)
    if first is not None:
        yield from (f"e_{first.name} mixes the layer, and not e_{e.name} beside it" for e in more if e is not None)


def _placement(c: Component, *, under: bool) -> Placement:
    flags = c.flags.step
    return Placement(
        gravity=c.get(GRAVITY),
        x=cast(Length, c.get(X) or 0),
        y=cast(Length, c.get(Y) or 0),
        under=under,
        blend=c.effects[-1] if c.effects else None,
        no_overflow="no_overflow" in flags,
        tiled="tiled" in flags,
        cutter="cutter" in flags,
    )


def _crops(c: Component) -> bool:
    return c.get(MODE) not in (None, Mode.SCALE, Mode.FIT, Mode.LIMIT, Mode.MFIT)


def _without(c: Component, *parameters: Parameter[object]) -> Component:
    keys = {p.key for p in parameters}
    return replace(c, values={k: v for k, v in c.values.items() if k not in keys})


def _with_flags(c: Component, step: frozenset[str]) -> Component:
    if FLAGS.key not in c.values:
        return c
    flags = replace(cast(Flags, c.values[FLAGS.key]), step=step)
    return replace(c, values=c.values | {FLAGS.key: flags})
