"""The steps of a plan in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from keepsight.transformation.backgrounds import background_text
from keepsight.transformation.gravity import Area, Auto, Custom, Faces, Focal, Gravity, Objects, XYCenter
from keepsight.transformation.output import Output
from keepsight.transformation.plan import Deliver, Plan, Resize, Rotate, Step
from keepsight.transformation.plan_text import steps_text
from keepsight.transformation.values import Compass, Length


def plan_in_words(plan: Plan) -> Iterator[str]:
    """A line a step, then what holds for the whole picture."""
    yield from (line for step in plan.steps for line in _step(step))
    if plan.output.format:
        yield f"format {plan.output.format}"
    if (quality := plan.output.quality) is not None:
        chroma = f", chroma {quality.chroma}" if quality.chroma else ""
        yield f"quality {quality.level or quality.value or 'auto'}{chroma}"
    others = replace(plan.output, format=None, quality=None)
    yield from steps_text((Deliver(others),) if others != Output() else ())


def resize_in_words(step: Resize) -> str:
    """The mode and the size: `c_thumb to 300 x 300`."""
    sides = [f"{_length(s)} {name}" for s, name in ((step.width, "wide"), (step.height, "high")) if s is not None]
    if len(sides) < 2 and step.ratio is not None:
        sides.append(f"ratio {step.ratio}")
    return f"c_{step.mode}" + (f" to {', '.join(sides)}" if sides else "")


def _step(step: Step) -> Iterator[str]:
    match step:
        case Rotate(turns):
            yield f"turn: {', '.join(t.replace('_', ' ') for t in turns)}"
        case Resize():
            yield _resize(step)
        case _:  # as the language says it
            yield from steps_text((step,))


def _resize(step: Resize) -> str:
    parts = [resize_in_words(step)]
    if step.gravity is not None:
        parts.append(_gravity(step.gravity))
    if step.x is not None or step.y is not None:
        parts.append(f"moved by {_length(step.x or 0)}, {_length(step.y or 0)}")
    if step.zoom != 1:
        parts.append(f"zoom {float(step.zoom):g}")
    if step.background is not None:
        parts.append(f"on {background_text(step.background)}")
    return "; ".join(parts)


def _gravity(gravity: Gravity) -> str:
    match gravity:
        case Compass():
            return f"at the {gravity.replace('_', ' ')}"
        case XYCenter():
            return "around the point x, y"
        case Faces(every, fallback):
            return f"{'all faces' if every else 'the largest face'}, else {_gravity(fallback)}"
        case Custom(faces):
            return f"custom coordinates, else {_gravity(faces) if faces else 'at the center'}"
        case Objects(words, fallback):
            otherwise = _gravity(fallback) if fallback else "at the center"
            return f"{', else '.join(words)}, else {otherwise}"
        case Auto():
            return _auto(gravity)


def _auto(auto: Auto) -> str:
    wishes = [f"keep {_focal(f)}" for f in auto.focals if not f.avoid]
    wishes += [f"avoid {_focal(f)}" for f in auto.focals if f.avoid]
    if auto.area is not None:
        wishes.append(f"keep the area {_area(auto.area)}")
    wishes += [
        said for said, holds in (("faces count", auto.faces), ("stored coordinates override", auto.custom)) if holds
    ]
    if auto.algorithm:
        wishes.append(f"by {auto.algorithm}")
    if auto.aggressiveness is not None:
        wishes.append(f"level {auto.aggressiveness}")
    wishes.append("on a third where that costs nothing" if auto.thirds else "no thirds")
    return f"automatic ({', '.join(wishes)})"


def _focal(focal: Focal) -> str:
    return focal.name if focal.weight == 1 else f"{focal.name} at {float(focal.weight):.0%}"


def _area(area: Area) -> str:
    return f"{_length(area.x)},{_length(area.y)} {_length(area.width)} x {_length(area.height)}"


def _length(length: Length) -> str:
    return str(length) if isinstance(length, int) else f"{float(length):g} of the side"
