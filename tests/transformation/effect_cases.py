"""Every effect with arguments drawn from its declaration."""

from __future__ import annotations

from itertools import product

from hypothesis import strategies as st

from keepsight.transformation.effects import EFFECTS, Arc, Declaration, Effect, Quad, Stop, effect_text, parse_effect
from keepsight.transformation.effects.argument import Decimal, Flag, Paint, Whole, Word
from keepsight.transformation.effects.lists import Distortion, Gradient, Matrix
from keepsight.transformation.values import Colour

BYTE = st.integers(0, 255)
COLOURS = st.builds(Colour, BYTE, BYTE, BYTE, BYTE)


def numbers(low, high):
    return st.integers(round(low * 1000), round(high * 1000)).map(lambda value: value / 1000)


def values_of(argument):
    match argument:
        case Whole():
            values = st.integers(argument.minimum, argument.maximum)
            if argument.words:
                values |= st.sampled_from(argument.words)
        case Decimal():
            values = numbers(argument.minimum, argument.maximum)
        case Word():
            values = st.sampled_from(argument.words)
        case Flag():
            values = st.booleans()
        case Paint():
            values = COLOURS
        case Matrix():
            values = st.sampled_from((9, 16)).flatmap(
                lambda count: st.lists(numbers(-5, 5), min_size=count, max_size=count).map(tuple)
            )
        case Distortion():
            pixels = st.integers(-500, 500)
            shares = st.fractions(-2, 2, max_denominator=1000).map(lambda value: round(value, 3))
            values = st.builds(Arc, numbers(1, 360) | numbers(-360, -1)) | st.builds(
                Quad, st.lists(pixels | shares, min_size=8, max_size=8).map(tuple)
            )
        case Gradient():
            stops = st.lists(st.builds(Stop, COLOURS, numbers(0, 100)), min_size=1, max_size=10)
            values = stops.map(lambda found: tuple(sorted(found, key=lambda stop: stop.position)))
        case _:
            raise TypeError(argument)
    if argument.default is None:
        values |= st.none()
    return values


def effects_of(declaration: Declaration) -> st.SearchStrategy[Effect]:
    arguments = (*declaration.arguments, *((declaration.rest,) if declaration.rest else ()))

    def settled(values):
        try:
            return Effect(declaration.name, declaration.settle(values))
        except ValueError:
            return None

    return st.tuples(*(values_of(each) for each in arguments)).map(settled).filter(lambda effect: effect is not None)


any_effect = st.sampled_from(sorted(EFFECTS)).flatmap(lambda name: effects_of(EFFECTS[name]))


def extremes(declaration: Declaration) -> list[Effect]:
    """The effect at its defaults, and at both ends of every range in all combinations."""

    def ends(argument):
        match argument:
            case Whole(minimum=low, maximum=high, words=words):
                return [str(low), str(high), *words]
            case Decimal(minimum=low, maximum=high):
                return [f"{low:g}", f"{high:g}", "0.5" if low <= 0.5 <= high else f"{(low + high) / 2:g}"]
            case Word(words=words):
                return list(words)
            case Flag(name=name):
                return [name]
            case Paint():
                return ["f00", "00f8"]
            case Matrix():
                return [":".join(["1", "0", "0"] * 3), ":".join(["-2"] * 16), ":".join(["0.5"] * 9)]
            case Distortion():
                return [
                    "arc:1",
                    "arc:-360",
                    "arc:360",
                    "arc:90",
                    "0:0:9:1:8:12:1:9",
                    "0.2:0.0:1.0:0.1:0.9:1.0:0.0:0.8",
                ]
            case Gradient():
                return ["red", "black:white:red", "fff:10p:000:90p"]
            case _:
                raise TypeError(argument)

    found: dict[str, Effect] = {}
    arguments = (*declaration.arguments, *((declaration.rest,) if declaration.rest else ()))
    for texts in ([], *map(list, product(*(ends(each) for each in arguments)))):
        try:
            effect = parse_effect(":".join([declaration.name, *texts]))
        except ValueError:
            continue  # a required argument, or ends that exclude each other
        found[effect_text(effect)] = effect
    return list(found.values())
