"""Strategies: any plan that the language can say."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import strategies as st

from keepsight.transformation.backgrounds import AutoBackground, Background, BlurredBackground
from keepsight.transformation.effects import EFFECTS, Effect, Kind, parse_effect
from keepsight.transformation.gravity import Area, Auto, Custom, Faces, Focal, Gravity, Objects, XYCenter
from keepsight.transformation.layer_source import AssetLayer, FetchLayer, LayerSource
from keepsight.transformation.output import Output
from keepsight.transformation.plan import (
    ApplyEffect,
    Assign,
    Branch,
    Corners,
    Deferred,
    Layer,
    Opacity,
    Placement,
    Plan,
    Resize,
    Rotate,
    RotateToFit,
    Step,
    Tilt,
    Underlie,
)
from keepsight.transformation.values import Border, Colour, Compass, Length, Mode, Quality, Turn

PADDING = (Mode.PAD, Mode.LPAD, Mode.MPAD)
SCALING = (Mode.SCALE, Mode.FIT, Mode.LIMIT, Mode.MFIT)
AUTOMATIC = (Mode.FILL_PAD, Mode.AUTO_PAD)

shares = st.integers(1, 4_000).map(lambda n: Fraction(n, 1_000))
sides = st.integers(1, 5_000) | shares
offsets = st.integers(-500, 500) | st.integers(-2_000, 2_000).map(lambda n: Fraction(n, 1_000))
ratios = st.builds(Fraction, st.integers(1, 400), st.integers(1, 4)).filter(lambda r: Fraction(1, 100) <= r <= 100)
channels = st.integers(0, 255)
colours = st.builds(Colour, channels, channels, channels) | st.builds(Colour, channels, channels, channels, channels)
words = st.from_regex(r"[a-z]{3,8}", fullmatch=True).filter(
    lambda w: (
        w not in {"auto", "none", "face", "faces", "custom", "object", "classic", "subject", "liquid"}
        and w not in set(Compass)
    )
)


def _auto_backgrounds() -> st.SearchStrategy[AutoBackground]:
    palettes = st.lists(colours, max_size=3).map(tuple)
    plain = st.builds(
        AutoBackground, st.sampled_from(("border", "predominant")), st.booleans(), st.just(1), palette=palettes
    )
    double = st.builds(
        AutoBackground,
        st.sampled_from(("border", "predominant")),
        st.booleans(),
        st.just(2),
        st.sampled_from(("horizontal", "vertical", "diagonal_desc", "diagonal_asc")),
        palettes,
    )
    return plain | double | st.builds(AutoBackground, st.just("border"), st.booleans(), st.just(4), palette=palettes)


backgrounds: st.SearchStrategy[Background] = (
    colours | _auto_backgrounds() | st.builds(BlurredBackground, st.integers(1, 2000), st.integers(-300, 100))
)
borders = st.builds(Border, st.integers(0, 100), colours)


@st.composite
def autos(draw: st.DrawFn) -> Auto:
    names = sorted(draw(st.sets(words, max_size=3)))
    focals = []
    for name in names:
        avoid, weight = draw(st.booleans()), draw(st.integers(1, 100))
        text = f"{name}{'_avoid' if avoid else ''}{'' if weight == 100 else f'_{weight}'}"
        focals.append(Focal(name, avoid, Fraction(weight, 100), text))
    area = draw(st.none() | st.builds(Area, st.integers(0, 50), st.integers(0, 50), st.integers(1, 90), shares))
    return Auto(
        algorithm=draw(st.sampled_from((None, "classic", "subject"))),
        focals=tuple(focals),
        area=area,
        custom=area is None and draw(st.booleans()),
        faces=draw(st.booleans()),
        thirds=draw(st.booleans()),
    )


faces = st.builds(Faces, st.booleans(), st.sampled_from((Compass.NORTH, Compass.CENTER)))
objects = st.builds(Objects, st.lists(words, min_size=1, max_size=3).map(tuple))
customs = st.builds(Custom, st.none() | faces)
boxed: st.SearchStrategy[Gravity] = faces | objects | customs
compass = st.sampled_from(Compass)


@st.composite
def resizes(draw: st.DrawFn) -> Resize:
    mode = draw(st.sampled_from(Mode))
    automatic = mode in AUTOMATIC or (mode not in PADDING + SCALING and draw(st.booleans()))
    gravity: Gravity | None
    if automatic:
        gravity = draw(autos())
    elif mode in PADDING or mode in SCALING:
        gravity = draw(st.none() | compass)
    else:
        gravity = draw(st.none() | compass | boxed | st.just(XYCenter()))
    width: Length | None = draw(sides)
    height: Length | None = draw(st.none() | sides)
    if draw(st.booleans()):
        width, height = height, width
    x, y = draw(st.none() | offsets), draw(st.none() | offsets)
    if mode in SCALING:
        x = y = None
    if isinstance(gravity, XYCenter):
        x, y = draw(offsets), draw(offsets)
    zooms = mode in (Mode.CROP, Mode.THUMB, Mode.AUTO) and draw(st.booleans())
    return Resize(
        mode,
        width,
        height,
        draw(st.none() | ratios),
        gravity,
        x,
        y,
        Fraction(draw(st.integers(1, 400)), 100) if zooms else Fraction(1),
        draw(st.none() | backgrounds),
        draw(st.booleans()),
        draw(st.sampled_from((None, "base", "region"))),
    )


def of_kind(*kinds: Kind) -> st.SearchStrategy[Effect]:
    """The effects of these kinds as their samples show them, and with their defaults where they have some."""
    texts = [d.sample for d in EFFECTS.values() if d.kind in kinds and d.sample]
    items = [item.removeprefix("e_") for text in texts for item in text.split(",") if item.startswith("e_")]
    names = [d.name for d in EFFECTS.values() if d.kind in kinds and not d.arguments and d.rest is None]
    return st.sampled_from([parse_effect(item) for item in items + names])


@st.composite
def effects(draw: st.DrawFn) -> ApplyEffect:
    effect = draw(of_kind(Kind.PIXELS, Kind.RESHAPE, Kind.FACES, Kind.REGION))
    if EFFECTS[effect.name].kind is Kind.REGION:
        gravity = draw(st.none() | boxed)
        box = [draw(st.none() | sides) for _ in range(4)]
        return ApplyEffect(effect, None, gravity, *box)
    listens = EFFECTS[effect.name].qualifiers
    return ApplyEffect(
        effect,
        draw(st.none() | colours) if "co" in listens else None,
        x=draw(st.none() | offsets) if "x" in listens else None,
        y=draw(st.none() | offsets) if "y" in listens else None,
    )


turns = st.lists(st.sampled_from(Turn), min_size=1, max_size=3).map(tuple)
radii = st.tuples(*[st.integers(0, 500)] * 4) | st.just("max")
ids = st.from_regex(r"[a-z0-9]{1,6}(/[a-z0-9]{1,6}){0,2}", fullmatch=True)
sources: st.SearchStrategy[LayerSource] = st.builds(
    AssetLayer, ids, st.sampled_from(("upload", "private", "authenticated"))
) | st.builds(FetchLayer, st.from_regex(r"https://[a-z]{2,9}\.example/[a-z]{1,9}", fullmatch=True))


@st.composite
def placements(draw: st.DrawFn) -> Placement:
    blend = draw(st.none() | of_kind(Kind.BLEND))
    return Placement(
        draw(st.none() | compass | boxed),
        draw(offsets.filter(lambda v: v != 0) | st.just(0)),
        draw(st.just(0) | st.integers(1, 99)),
        draw(st.booleans()),
        blend,
        draw(st.booleans()),
        draw(st.booleans()),
        draw(st.booleans()),
    )


simple: st.SearchStrategy[Step] = (
    resizes()
    | effects()
    | st.builds(Rotate, turns)
    | st.builds(RotateToFit, st.sampled_from((Turn.ROTATE_90, Turn.ROTATE_270)), ratios)
    | st.builds(Tilt, st.integers(1, 359).filter(lambda d: d % 90))
    | st.builds(Corners, radii, st.none() | borders)
    | st.builds(Opacity, st.integers(0, 100))
    | st.builds(Underlie, backgrounds)
)
waiting: st.SearchStrategy[Step] = st.sampled_from(
    (
        Deferred(("w_iw_div_2",)),
        Deferred(("c_crop,w_w_mul_2,h_10,g_north",), gravities=(Compass.NORTH,)),
        Deferred(("h_ih",)),
        Assign("size", "iw_div_2"),
    )
)


def steps() -> st.SearchStrategy[tuple[Step, ...]]:
    def deeper(inner: st.SearchStrategy[Step]) -> st.SearchStrategy[Step]:
        chains = st.lists(inner, min_size=1, max_size=3).map(tuple)
        conditions = st.sampled_from(("w_gt_300", "ar_lt_1_and_fc_gte_2", "iw_eq_100_or_ih_ne_5"))
        branches = st.builds(Branch, conditions, chains, st.just(()) | chains)
        return branches | st.builds(Layer, sources, st.lists(inner, max_size=2).map(tuple), placements())

    return st.lists(st.recursive(simple | waiting, deeper, max_leaves=6), max_size=4).map(tuple)


qualities = st.builds(Quality, value=st.integers(1, 100)) | st.builds(
    Quality, level=st.sampled_from(("best", "good", "eco", "low"))
)
outputs = st.builds(
    Output,
    format=st.sampled_from((None, "auto", "jpeg", "png", "webp")),
    quality=st.none() | qualities,
    lossy=st.booleans(),
    getinfo=st.booleans(),
    attachment=st.none() | st.sampled_from(("", "file", "a.b")),
    delay=st.none() | st.integers(1, 9_999),
)


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    chain = draw(steps())
    # Behind a condition, output settings are steps: that side is covered by hand-written chains.
    dynamic = any(isinstance(s, Branch | Deferred) for s in chain)
    return Plan(
        chain, Output() if dynamic else draw(outputs), upright=draw(st.booleans()), default=draw(st.none() | ids)
    )
