"""Quarter turns and mirror images: of sizes, of boxes and of pictures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from PIL import Image

from keepsight.transformation.values import Turn

Box = tuple[float, float, float, float]
"""Left, top, right, bottom in pixels, edges included in neither direction: the whole picture is (0, 0, w, h)."""

Size = tuple[int, int]
"""Width, height in pixels."""

UPRIGHT: Mapping[int, tuple[Turn, ...]] = MappingProxyType(
    {
        1: (),
        2: (Turn.HFLIP,),
        3: (Turn.ROTATE_180,),
        4: (Turn.VFLIP,),
        5: (Turn.HFLIP, Turn.ROTATE_270),
        6: (Turn.ROTATE_90,),
        7: (Turn.HFLIP, Turn.ROTATE_90),
        8: (Turn.ROTATE_270,),
    }
)
"""The turns, in order, that make stored pixels of each EXIF orientation upright (EXIF 2.32, table 6)."""

# Pillow counts counter-clockwise.
_TRANSPOSE = {
    Turn.ROTATE_90: Image.Transpose.ROTATE_270,
    Turn.ROTATE_180: Image.Transpose.ROTATE_180,
    Turn.ROTATE_270: Image.Transpose.ROTATE_90,
    Turn.HFLIP: Image.Transpose.FLIP_LEFT_RIGHT,
    Turn.VFLIP: Image.Transpose.FLIP_TOP_BOTTOM,
}
_QUARTERS = frozenset((Turn.ROTATE_90, Turn.ROTATE_270))


def turn(image: Image.Image, turns: Iterable[Turn]) -> Image.Image:
    """Apply turns in order; exact, no pixel is resampled."""
    for each in turns:
        image = image.transpose(_TRANSPOSE[each])
    return image


def turned_size(size: Size, turns: Iterable[Turn]) -> Size:
    """Size of a picture after the turns; as sides only ever swap, also the size before them."""
    swaps = sum(each in _QUARTERS for each in turns)
    return (size[1], size[0]) if swaps % 2 else size


def box_before(box: Box, turns: Sequence[Turn], size_after: Size) -> Box:
    """Where a box of a turned picture, whose size is `size_after`, lay before the turns."""
    width, height = size_after
    for each in reversed(turns):
        left, top, right, bottom = box
        match each:
            case Turn.ROTATE_90:
                box = (top, width - right, bottom, width - left)
            case Turn.ROTATE_180:
                box = (width - right, height - bottom, width - left, height - top)
            case Turn.ROTATE_270:
                box = (height - bottom, left, height - top, right)
            case Turn.HFLIP:
                box = (width - right, top, width - left, bottom)
            case Turn.VFLIP:
                box = (left, height - bottom, right, height - top)
        width, height = turned_size((width, height), (each,))
    return box
