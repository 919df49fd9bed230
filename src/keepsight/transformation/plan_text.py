"""A plan as a transformation string: what is printed parses to the same plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import quote

from keepsight.transformation.backgrounds import background_text
from keepsight.transformation.colours import colour_text
from keepsight.transformation.effects import effect_text
from keepsight.transformation.flags import print_flags
from keepsight.transformation.gravity_text import gravity_text
from keepsight.transformation.layer_source import LayerSource, TextSource, print_layer_source
from keepsight.transformation.output import Output
from keepsight.transformation.output_values import print_values
from keepsight.transformation.plan import (
    ApplyEffect,
    Assign,
    Branch,
    Corners,
    Deferred,
    Deliver,
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
from keepsight.transformation.scalars import decimal_text, length_text, ratio_text
from keepsight.transformation.values import Border, Colour, Length, Turn

_SAFE = "-_.~:,;$!()*'"
_ANGLES = {Turn.ROTATE_90: "90", Turn.ROTATE_180: "180", Turn.ROTATE_270: "270"}


def plan_text(plan: Plan) -> str:
    """The transformation that asks for the plan, percent-encoded as it travels; empty for an empty plan."""
    texts = [*([] if plan.upright else ["a_ignore"]), *steps_text(plan.steps), *_output(plan.output)]
    if plan.default is not None:
        texts.append(f"d_{plan.default.replace('/', ':')}")
    return "/".join(quote(text, safe=_SAFE) for text in texts)


def steps_text(steps: Sequence[Step]) -> Iterator[str]:
    """The components of the steps, not escaped."""
    for step in steps:
        match step:
            case Layer():
                yield from _layer(step)
            case Branch(condition, then, otherwise):
                yield f"if_{condition}"
                yield from steps_text(then)
                if otherwise:
                    yield "if_else"
                    yield from steps_text(otherwise)
                yield "if_end"
            case Deferred(components):
                yield from components
            case Deliver(output):
                yield from _output(output)
            case _:
                yield _component(step)


def _component(step: Step) -> str:
    match step:
        case Resize():
            return _joined(_resize(step))
        case Rotate(turns):
            return _joined({"a": ".".join(_ANGLES.get(t, str(t)) for t in turns)})
        case RotateToFit(turn, ratio):
            word = "auto_right" if turn is Turn.ROTATE_90 else "auto_left"
            return _joined({"a": word, "ar": ratio_text(ratio)})
        case Tilt(degrees):
            return f"a_{degrees}"
        case ApplyEffect():
            return _joined(_effect(step))
        case Corners(radii, border):
            corners = radii if isinstance(radii, str) else ":".join(map(str, radii))
            return _joined({"bo": _border(border), "r": corners})
        case Opacity(percent):
            return f"o_{percent}"
        case Underlie(background):
            return f"b_{background_text(background)}"
        case Assign(name, value):
            return f"${name}_{value}"
        case other:
            raise TypeError(f"{type(other).__name__} is written by its own function")


def _resize(step: Resize) -> Mapping[str, str | None]:
    flags = [*(["ignore_aspect_ratio"] if step.ignore_ratio else [])]
    flags += {"base": ["relative"], "region": ["region_relative"]}.get(step.relative or "", [])
    return {
        "ar": ratio_text(step.ratio) if step.ratio is not None else None,
        "b": background_text(step.background) if step.background is not None else None,
        "c": str(step.mode),
        "fl": ".".join(flags) or None,
        "g": gravity_text(step.gravity) if step.gravity is not None else None,
        "h": _length(step.height),
        "w": _length(step.width),
        "x": _length(step.x),
        "y": _length(step.y),
        "z": decimal_text(step.zoom) if step.zoom != 1 else None,
    }


def _effect(step: ApplyEffect) -> Mapping[str, str | None]:
    return {
        "co": _colour(step.colour) if step.colour is not None else None,
        "e": effect_text(step.effect),
        "g": gravity_text(step.gravity) if step.gravity is not None else None,
        "h": _length(step.height),
        "w": _length(step.width),
        "x": _length(step.x),
        "y": _length(step.y),
    }


def _layer(layer: Layer) -> Iterator[str]:
    yield _joined({"u" if layer.placement.under else "l": _shown(layer.source), **_words(layer.source)})
    yield from steps_text(layer.steps)
    yield _joined(_placement(layer.placement))


def _shown(source: LayerSource) -> str:
    return print_layer_source(source.layer if isinstance(source, TextSource) else source)


def _words(source: LayerSource) -> Mapping[str, str | None]:
    if not isinstance(source, TextSource):
        return {}
    flags = [*([] if source.trim else ["text_no_trim"]), *(["text_disallow_overflow"] if source.strict else [])]
    return {
        "b": _colour(source.background) if source.background is not None else None,
        "bo": _border(source.stroke),
        "c": "fit" if source.wrap is not None else None,
        "co": _colour(source.colour),
        "fl": ".".join(flags) or None,
        "h": _length(source.height),
        "w": _length(source.wrap),
    }


def _placement(placement: Placement) -> Mapping[str, str | None]:
    flags = [name for name in ("cutter", "no_overflow", "tiled") if getattr(placement, name)]
    return {
        "e": effect_text(placement.blend) if placement.blend is not None else None,
        "fl": ".".join(["layer_apply", *flags]),
        "g": gravity_text(placement.gravity) if placement.gravity is not None else None,
        "x": _length(placement.x or None),
        "y": _length(placement.y or None),
    }


def _output(output: Output) -> Iterator[str]:
    texts: dict[str, str | None] = {**print_values(output), "fl": print_flags(output) or None}
    if output.loop is not None:  # the language counts the times after the first
        texts["e"] = f"loop:{output.loop - 1}" if output.loop else "loop"
    if any(texts.values()):
        yield _joined(texts)


def _joined(items: Mapping[str, str | None]) -> str:
    return ",".join(f"{key}_{value}" for key, value in items.items() if value is not None)


def _length(length: Length | None) -> str | None:
    return None if length is None else length_text(length)


def _border(border: Border | None) -> str | None:
    return None if border is None else f"{border.width}px_solid_{_colour(border.colour)}"


def _colour(value: Colour) -> str:
    return f"rgb:{colour_text(value)}"
