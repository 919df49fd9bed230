"""What a transformation string means: frozen steps, in the order in which they run."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from keepsight.transformation.backgrounds import Background
from keepsight.transformation.effects import EFFECTS, Effect, Kind
from keepsight.transformation.gravity import FACE_WORDS, Gravity, Objects, automatic_part
from keepsight.transformation.layer_source import LayerSource
from keepsight.transformation.output import Output
from keepsight.transformation.values import Border, Colour, Length, Mode, Turn

_FACE_COUNT = re.compile(r"(?<![a-zA-Z0-9$])fc(?![a-zA-Z0-9])")

Relative = Literal["base", "region"]
"""What the decimals of a layer's size are shares of: the picture it is laid on, or a region found there."""


@dataclass(frozen=True, slots=True)
class Resize:
    """One resize or crop. Sizes already carry the device pixel ratio; what is None was not asked for."""

    mode: Mode
    width: Length | None = None
    height: Length | None = None
    ratio: Fraction | None = None
    """Wanted width over height; ignored when both sides are given."""
    gravity: Gravity | None = None
    x: Length | None = None
    y: Length | None = None
    zoom: Fraction = Fraction(1)
    """Divisor of the detected box: above 1 closer, below 1 wider."""
    background: Background | None = None
    ignore_ratio: bool = False
    """`fl_ignore_aspect_ratio`: a side that is not given keeps its length."""
    relative: Relative | None = None


@dataclass(frozen=True, slots=True)
class Rotate:
    """Quarter turns and flips, in order; they run after the resize of their component."""

    turns: tuple[Turn, ...]


@dataclass(frozen=True, slots=True)
class RotateToFit:
    """`a_auto_left`, `a_auto_right`: a quarter turn where the picture lies and the wanted shape stands, or vice versa.

    Runs before the resize of its component.
    """

    turn: Turn
    ratio: Fraction
    """Wanted width over height."""


@dataclass(frozen=True, slots=True)
class Tilt:
    """Any other angle, clockwise; the picture grows to hold the result, and what is new is transparent."""

    degrees: int


@dataclass(frozen=True, slots=True)
class ApplyEffect:
    """`e_`, with the parameters of its component that belong to it."""

    effect: Effect
    colour: Colour | None = None
    gravity: Gravity | None = None
    """Where a region effect looks, instead of `x`, `y`, `width` and `height`."""
    x: Length | None = None
    y: Length | None = None
    width: Length | None = None
    height: Length | None = None


@dataclass(frozen=True, slots=True)
class Corners:
    """Rounded corners and a border that follows them."""

    radii: tuple[int, int, int, int] | Literal["max"] = (0, 0, 0, 0)
    """Pixels: top left, top right, bottom right, bottom left. `max`: an ellipse."""
    border: Border | None = None


@dataclass(frozen=True, slots=True)
class Opacity:
    """`o_`: 0 invisible, 100 as it is."""

    percent: int


@dataclass(frozen=True, slots=True)
class Underlie:
    """`b_` in a component that resizes nothing: a colour under what is transparent so far."""

    background: Background


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a layer goes and how it mixes: the parameters of `fl_layer_apply`."""

    gravity: Gravity | None = None
    """None: the centre."""
    x: Length = 0
    y: Length = 0
    under: bool = False
    """`u_` instead of `l_`."""
    blend: Effect | None = None
    no_overflow: bool = False
    tiled: bool = False
    cutter: bool = False


@dataclass(frozen=True, slots=True)
class Layer:
    """A picture or a text laid over or under the one so far."""

    source: LayerSource
    steps: tuple[Step, ...] = ()
    """What is done to the layer itself."""
    placement: Placement = Placement()


@dataclass(frozen=True, slots=True)
class Deliver:
    """Output settings at a point of the chain that only some pictures reach."""

    output: Output


@dataclass(frozen=True, slots=True)
class Assign:
    """A variable whose value only a picture can tell."""

    name: str
    value: str
    """An expression that may take variables assigned before."""


@dataclass(frozen=True, slots=True)
class Branch:
    """`if_…`: one of two chains."""

    condition: str
    """As after `if_`; it may take variables that only a picture settles."""
    then: tuple[Step, ...]
    otherwise: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Deferred:
    """A component, or a layer from `l_` to `fl_layer_apply`, whose numbers only a picture can tell: `w_iw_add_2`."""

    components: tuple[str, ...]
    """As in a URL, percent-decoded; the items of each are sorted."""
    gravities: tuple[Gravity, ...] = ()
    """Those of the text, which are always settled."""
    sources: tuple[LayerSource, ...] = ()
    """What its layers show, which is always settled, too."""


Step = (
    Resize
    | Rotate
    | RotateToFit
    | Tilt
    | ApplyEffect
    | Corners
    | Opacity
    | Underlie
    | Layer
    | Deliver
    | Assign
    | Branch
    | Deferred
)


NOTHING_SAID = Output()


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that a URL asks of one picture.

    `repr(plan)` is its canonical text: two spellings that mean the same have the same repr, and a field added later
    enters it by itself. The key of a derived image is made from it.
    """

    steps: tuple[Step, ...] = ()
    output: Output = NOTHING_SAID
    upright: bool = True
    """Whether the EXIF orientation is applied; `a_ignore` says no."""
    default: str | None = None
    """`d_`: public id of the picture that stands in for a missing one."""
    warnings: tuple[str, ...] = field(default=(), compare=False, repr=False)
    """What was ignored or brought into its range, a sentence each; no part of the cache key."""
    vary: tuple[str, ...] = field(default=(), compare=False, repr=False)
    """Names of the request headers, lower case, whose values went into the steps."""

    @property
    def transforms(self) -> bool:
        """Whether anything at all is asked beyond the original's own bytes."""
        return self != Plan(default=self.default)

    @property
    def untouched(self) -> bool:
        """Whether the original's own bytes are asked for, however they are to be saved or kept."""
        return not self.steps and self.upright and self.output.only_headers

    @property
    def gravities(self) -> tuple[Gravity, ...]:
        """The gravity of every step that has one, in order, those of all branches and layers too."""
        return gravities_of(self.steps)

    @property
    def object_words(self) -> tuple[str, ...]:
        """The words for objects in every gravity, in order. Any word makes the URL object-aware."""
        words: list[str] = []
        for gravity in self.gravities:
            if isinstance(gravity, Objects):
                words += (w for w in gravity.words if w not in FACE_WORDS)
            if auto := automatic_part(gravity):
                words += auto.object_words
        return tuple(words)

    @property
    def sources(self) -> tuple[LayerSource, ...]:
        """What the layers show, nested ones and those of all branches too."""
        return sources_of(self.steps)

    @property
    def asks_faces(self) -> bool:
        """Whether faces may decide something besides gravity: an effect on them, or their number."""
        return any(_asks_faces(step) for step in every_step(self.steps))

    @property
    def negotiates(self) -> bool:
        """Whether the Accept header of a request may have a say, for some picture at least."""
        outputs = [self.output, *(step.output for step in every_step(self.steps) if isinstance(step, Deliver))]
        return any(o.format is not None and o.format.startswith("auto") for o in outputs) or any(
            isinstance(step, Deferred) and any("f_auto" in c for c in step.components)
            for step in every_step(self.steps)
        )


def every_step(steps: Sequence[Step]) -> Iterator[Step]:
    """All steps in order, with those inside of branches and layers."""
    for step in steps:
        yield step
        match step:
            case Branch(then=then, otherwise=otherwise):
                yield from every_step(then)
                yield from every_step(otherwise)
            case Layer(steps=inside):
                yield from every_step(inside)


def gravities_of(steps: Sequence[Step]) -> tuple[Gravity, ...]:
    """The gravity of every step that has one, in order, those of all branches and layers too."""
    return tuple(gravity for step in every_step(steps) for gravity in _gravities(step) if gravity is not None)


def sources_of(steps: Sequence[Step]) -> tuple[LayerSource, ...]:
    """What the layers of the steps show, in order."""
    return tuple(source for step in every_step(steps) for source in _sources(step))


def _gravities(step: Step) -> tuple[Gravity | None, ...]:
    match step:
        case Resize(gravity=gravity) | ApplyEffect(gravity=gravity) | Layer(placement=Placement(gravity=gravity)):
            return (gravity,)
        case Deferred(gravities=gravities):
            return gravities
        case _:
            return ()


def _asks_faces(step: Step) -> bool:
    match step:
        case ApplyEffect(effect=effect):
            return EFFECTS[effect.name].kind is Kind.FACES
        case Branch(condition=text) | Assign(value=text):
            return _counts_faces(text)
        case Deferred(components=components):
            return any(_counts_faces(text) or "_faces" in text for text in components)
        case _:
            return False


def _counts_faces(text: str) -> bool:
    return _FACE_COUNT.search(text) is not None


def _sources(step: Step) -> tuple[LayerSource, ...]:
    match step:
        case Layer(source=source):
            return (source,)
        case Deferred(sources=sources):
            return sources
        case _:
            return ()
