"""The renderer: a loop over operations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import takewhile

from PIL import Image

from keepsight.pixels.canvas import place
from keepsight.pixels.operations import Cut, Operation
from keepsight.pixels.picture import Picture
from keepsight.pixels.resample import clip, resample
from keepsight.pixels.turning import box_before, turn, turned_size
from keepsight.transformation.values import Turn


def render(picture: Picture, operations: Sequence[Operation], check: Callable[[], None]) -> Image.Image:
    """Apply operations in order to an original; without any, the whole picture, upright.

    `check` is called before every operation and after the last; what it raises ends the rendering. Returns an L, RGB
    or RGBA image in sRGB without metadata. Raises BadImage when the original cannot be decoded.
    """
    check()
    image, rest = _read(picture, operations)
    for operation in rest:
        check()
        match operation:
            case Cut():
                image = _lay(resample(image, clip(operation.box, image.size), operation.size), operation)
            case Turn():
                image = turn(image, (operation,))
    check()
    return image


def _read(picture: Picture, operations: Sequence[Operation]) -> tuple[Image.Image, Sequence[Operation]]:
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
            box = box_before(cut.box, turns, turned_size(picture.size, turns))
            image = turn(picture.cut(box, turned_size(cut.size, turns)), turns)
            return _lay(image, cut), rest
        case _:
            width, height = picture.size
            return picture.cut((0, 0, width, height), (width, height)), operations


def _lay(image: Image.Image, cut: Cut) -> Image.Image:
    return place(image, cut.canvas or cut.size, cut.offset, cut.background)
