"""The renderer: a loop over operations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import takewhile

from PIL import Image

from keepsight.pixels.compose import compose
from keepsight.pixels.corners import corners
from keepsight.pixels.effected import Content, Effected
from keepsight.pixels.effects import Qualifiers, apply_effect, opacity, within
from keepsight.pixels.mount import mount, underlie
from keepsight.pixels.operations import (
    Altered,
    Cut,
    Faded,
    Filled,
    Laid,
    Operation,
    Rounded,
    Source,
    Tilted,
    Within,
)
from keepsight.pixels.resample import clip, resample
from keepsight.pixels.tilt import tilt
from keepsight.pixels.turning import box_before, turn, turned_size
from keepsight.transformation.values import Turn


def render(source: Source, operations: Sequence[Operation], check: Callable[[], None]) -> Image.Image:
    """Apply operations in order to an original; without any, the whole picture, upright.

    `check` is called before every operation and after the last; what it raises ends the rendering. Returns an L, RGB
    or RGBA image in sRGB without metadata. Raises BadImage when the original cannot be decoded.
    """
    check()
    image, rest = _read(source, operations)
    padded = _padded(operations[len(operations) - len(rest) - 1]) if len(rest) < len(operations) else None
    for operation in rest:
        check()
        size = image.size
        match operation:
            case Cut():
                image = _lay(resample(image, clip(operation.box, image.size), operation.size), operation)
                padded = _padded(operation)
                continue
            case Turn():
                image = turn(image, (operation,))
            case Within(effect, boxes):
                image = within(image, boxes, effect)
            case Faded(percent):
                image = opacity(image, percent)
            case Filled(background):
                image = underlie(image, background)
            case Laid():
                image = _mix(image, operation, check)
            case _:
                image = reshape(image, operation, padded).image
        if image.size != size or isinstance(operation, Turn):
            padded = None
    check()
    return image


def reshape(image: Image.Image, operation: Operation, padded: Content | None = None) -> Effected:
    """Carry out an operation that may change the size, and tell where the picture lies in the result.

    `padded` says where a picture that was padded before lies on its canvas.
    """
    match operation:
        case Tilted(degrees):
            return tilt(image, degrees)
        case Rounded(radii, border):
            return corners(image, radii, (border.width, border.colour) if border else None)
        case Altered(effect, colour, x, y):
            return apply_effect(image, effect, Qualifiers(colour, x, y, padded))
        case other:
            raise TypeError(f"{type(other).__name__} reshapes nothing")


def _read(source: Source, operations: Sequence[Operation]) -> tuple[Image.Image, Sequence[Operation]]:
    """Read from the original as little as the first cut needs; returns that and the operations left to do.

    Turns before that cut are applied to its result, and its box is turned back, so that they do not cost a full
    decode.
    """
    turns = tuple(
        each for each in takewhile(lambda each: isinstance(each, Turn), operations) if isinstance(each, Turn)
    )
    rest = operations[len(turns) :]
    match rest:
        case [Cut() as cut, *rest]:
            box = box_before(cut.box, turns, turned_size(source.size, turns))
            image = turn(source.cut(box, turned_size(cut.size, turns)), turns)
            return _lay(image, cut), rest
        case _:
            width, height = source.size
            return source.cut((0, 0, width, height), (width, height)), operations


def _padded(operation: Operation) -> Content | None:
    """Where a picture lies on the canvas that an operation has laid it on."""
    if not isinstance(operation, Cut) or operation.canvas in {None, operation.size}:
        return None
    return (*operation.offset, *operation.size)


def _lay(image: Image.Image, cut: Cut) -> Image.Image:
    return mount(image, cut.canvas or cut.size, cut.offset, cut.background)


def _mix(image: Image.Image, laid: Laid, check: Callable[[], None]) -> Image.Image:
    layer = render(laid.source, laid.operations, check)
    return compose(image, layer, laid)
