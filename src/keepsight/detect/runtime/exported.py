"""Whether an exported network fits its metadata, and pictures the network."""

from __future__ import annotations

from collections.abc import Sequence

from keepsight.detect.card import Card
from keepsight.detect.onnx_file import OnnxNetwork
from keepsight.detect.runtime.yolo import InputShape
from keepsight.errors import ModelError

FLOOR_INPUT = "floor"
"""Input of our own exports: the confidence at and below which places are left out of the answer."""


def input_shape(sides: Sequence[object], network: OnnxNetwork, card: Card) -> InputShape:
    """What fits an input (batch, 3, height, width), of which a side is free that is anything but a number.

    Raises ModelError when the network does not take one picture in three colours.
    """
    given = [side if isinstance(side, int) and side > 0 else None for side in sides]
    if len(given) != 4 or given[0] not in {1, None} or given[1] not in {3, None}:
        raise ModelError(f"the network takes an input of the shape {list(sides)}, not one picture in three colours")
    _, _, height, width = given
    if width is not None and height is not None:
        return InputShape(card.input_size, network.stride, (width, height))
    if network.end_to_end and network.source is None:
        # An export by others has the number of its boxes built in, and a narrow input has fewer anchors than that.
        side = -(-card.input_size // network.stride) * network.stride
        return InputShape(card.input_size, network.stride, (side, side))
    return InputShape(card.input_size, network.stride)


def values_after_classes(outputs: Sequence[Sequence[object]], network: OnnxNetwork) -> int | None:
    """How many values of a box follow those of its classes, from the shapes of the outputs; None: they do not say."""
    if network.more is not None:
        return network.more
    masks = outputs[1][1] if len(outputs) > 1 and len(outputs[1]) == 4 else None
    return masks if isinstance(masks, int) and masks > 0 else None
