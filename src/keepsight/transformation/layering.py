"""A layer from its components: what it shows, what is done to it, where it goes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import cast

from keepsight.transformation.component import Component
from keepsight.transformation.component_steps import component_steps
from keepsight.transformation.effects import EFFECTS, Kind
from keepsight.transformation.flags import Flags
from keepsight.transformation.layer_source import LayerSource, TextSource
from keepsight.transformation.parameters import (
    BACKGROUND,
    BORDER,
    COLOUR,
    EFFECT,
    FLAGS,
    GRAVITY,
    HEIGHT,
    MODE,
    OVERLAY,
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


def layer(opening: Component, inside: Sequence[Step], closing: Component | None, dpr: Fraction) -> Layer:
    """The step of a layer. Without `closing` the one component says all. Raises BadRequest."""
    source, rest = _source(opening, opening.flags.step | (closing.flags.step if closing else frozenset()))
    if closing is None:
        own, placing = _divided(rest)
    else:
        _check_closing(closing)
        own, placing = _without(rest, OVERLAY, UNDERLAY), closing
        if not _crops(own) and own.has(GRAVITY, X, Y):  # older URLs place the layer where they open it
            placing = _with(placing, {p.key: own.values[p.key] for p in (GRAVITY, X, Y) if p.key in own.values})
            own = _without(own, GRAVITY, X, Y)
    steps = (*component_steps(own, dpr), *inside, *_last_size(closing, dpr))
    return Layer(source, steps, _placement(placing, under=opening.has(UNDERLAY)))


def _source(c: Component, flags: frozenset[str]) -> tuple[LayerSource, Component]:
    """What the layer shows, and the component without the parameters that belong to it.

    `flags` are those of both ends: the ones about words may stand at either.
    """
    shown = c.get(OVERLAY) or c.get(UNDERLAY)
    if c.has(OVERLAY) and c.has(UNDERLAY):
        raise c.refused("one of l_ and u_")
    if not isinstance(shown, TextLayer):
        if words := sorted(flags & _WORDS):
            raise c.refused(f"fl_{words[0]} works with a text only")
        return cast(LayerSource, shown), c
    background, width, height = c.get(BACKGROUND), c.get(WIDTH), c.get(HEIGHT)
    if background is not None and not isinstance(background, Colour):
        raise c.refused("the background of a text is a colour")
    wraps = c.get(MODE) is Mode.FIT
    if wraps and not (isinstance(width, int) and isinstance(height, int | None)):
        raise c.refused("a text is wrapped at a width in pixels")
    source = TextSource(
        shown,
        colour=c.get(COLOUR) or Colour(0, 0, 0),
        background=background,
        stroke=c.get(BORDER),
        wrap=cast(int | None, width) if wraps else None,
        height=cast(int | None, height) if wraps else None,
        trim="text_no_trim" not in flags,
        strict="text_disallow_overflow" in flags,
    )
    rest = _without(c, COLOUR, BACKGROUND, BORDER, *((MODE, WIDTH, HEIGHT) if wraps else ()))
    return source, _with_flags(rest, c.flags.step - _WORDS)


def _divided(c: Component) -> tuple[Component, Component]:
    """What is done to the layer, and where it goes, of one component that says both.

    The gravity places the layer, unless its crop mode cannot do without one.
    """
    crops = c.get(MODE) in _NEEDS_GRAVITY
    placing = (X, Y) if crops else (X, Y, GRAVITY)
    keys = {p.key for p in placing}
    effect = c.get(EFFECT)
    if effect is not None and EFFECTS[effect.name].kind is Kind.BLEND:
        keys |= {EFFECT.key, COLOUR.key}
    own = Component(c.text, {k: v for k, v in c.values.items() if k not in keys | {OVERLAY.key, UNDERLAY.key}})
    place = Component(c.text, {k: v for k, v in c.values.items() if k in keys | {FLAGS.key}})
    return _with_flags(own, c.flags.step - _PLACING - {"layer_apply"}), place


def _placement(c: Component, *, under: bool) -> Placement:
    flags = c.flags.step
    return Placement(
        gravity=c.get(GRAVITY),
        x=cast(Length, c.get(X) or 0),
        y=cast(Length, c.get(Y) or 0),
        under=under,
        blend=c.get(EFFECT),
        colour=c.get(COLOUR),
        no_overflow="no_overflow" in flags,
        tiled="tiled" in flags,
        cutter="cutter" in flags,
    )


def _check_closing(c: Component) -> None:
    effect = c.get(EFFECT)
    if effect is not None and EFFECTS[effect.name].kind is not Kind.BLEND:
        raise c.refused(f"e_{effect.name} mixes nothing: give it a component before the one with fl_layer_apply")
    allowed = {p.key for p in (GRAVITY, X, Y, EFFECT, COLOUR, FLAGS, WIDTH, HEIGHT, MODE)}
    if strays := sorted(c.values.keys() - allowed):
        raise c.refused(f"{strays[0]}_ belongs into a component before the one with fl_layer_apply")


def _last_size(closing: Component | None, dpr: Fraction) -> Iterable[Step]:
    """A size beside `fl_layer_apply` is that of the layer."""
    if closing is None or not closing.has(WIDTH, HEIGHT):
        return ()
    sizes = Component(
        closing.text, {k: v for k, v in closing.values.items() if k in (WIDTH.key, HEIGHT.key, MODE.key, FLAGS.key)}
    )
    return component_steps(_with_flags(sizes, closing.flags.step - _PLACING - _WORDS - {"layer_apply"}), dpr)


def _crops(c: Component) -> bool:
    return c.get(MODE) not in (None, Mode.SCALE, Mode.FIT, Mode.LIMIT, Mode.MFIT)


def _without(c: Component, *parameters: Parameter[object]) -> Component:
    keys = {p.key for p in parameters}
    return Component(c.text, {k: v for k, v in c.values.items() if k not in keys})


def _with(c: Component, values: dict[str, object]) -> Component:
    return Component(c.text, values | c.values)


def _with_flags(c: Component, step: frozenset[str]) -> Component:
    if FLAGS.key not in c.values:
        return c
    return Component(c.text, c.values | {FLAGS.key: replace(cast(Flags, c.values[FLAGS.key]), step=step)})
