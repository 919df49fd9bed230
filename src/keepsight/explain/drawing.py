"""The decision drawn on the photo: what was seen, where it matters, and what was cut out."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from PIL import Image, ImageDraw

from keepsight.crop.box import Box, Size
from keepsight.delivery.attention import deciding_map
from keepsight.delivery.story import Decided
from keepsight.explain.account import Account
from keepsight.explain.labels import Labels, Rect
from keepsight.explain.palette import AVOIDED, BOLD, BYSTANDER, CASING, HEAT, KEPT, LINE, WINDOW, Colour
from keepsight.focus.focus import Seen
from keepsight.focus.importance import Map
from keepsight.transformation.gravity import automatic_part

PHOTO_SIDE = 1_280
"""Longer side of a photo in the drawing, in pixels; smaller photos are enlarged, so that labels fit."""
_HEAT_SHARE = 0.55
"""Opacity of the heat where the importance peaks."""
_DIMMED = 0.5
"""Brightness of what is cut away."""
_NAMED = 5
"""So many of what was chosen have a label even where it has to cover another one."""

_Mark = tuple[str, Rect, Colour]


def draw_photo(account: Account) -> Image.Image:
    """The photo with heat, boxes, labels, the window and its thirds; RGB, PHOTO_SIDE long."""
    scale = PHOTO_SIDE / max(account.photo.size)
    size = max(1, round(account.photo.width * scale)), max(1, round(account.photo.height * scale))
    image = account.photo.resize(size, Image.Resampling.BICUBIC)
    importance = deciding_map(account.made.layout, account.made.sight)
    if importance is not None:
        image = _heated(image, importance)
    window = _placed(account.made.layout.visible, account, size)
    image = _dimmed(image, window)
    draw = ImageDraw.Draw(image)
    bystanders = list(_bystanders(account, size))
    chosen = list(_chosen(account, size))
    for _, box, colour in bystanders:
        draw.rectangle(box, outline=colour, width=max(1, LINE - 1))
    for decided in account.made.layout.decided:  # in a chain, what each step left; of one step, the window itself
        draw.rectangle(_placed(decided.window, account, size), outline=WINDOW)
    _draw_window(draw, window)
    for _, box, colour in chosen:
        draw.rectangle(_grown(box, 1), outline=CASING, width=LINE + 2)
        draw.rectangle(box, outline=colour, width=LINE)
    labels = Labels(draw, size)
    for rank, (text, box, colour) in enumerate(chosen):
        labels.add(text, box, colour, must=rank < _NAMED)
    for text, box, colour in bystanders:
        labels.add(text, box, colour, must=False)
    return image


def _heated(image: Image.Image, importance: Map) -> Image.Image:
    """Heat over the photo, from none where it is least important: a map of a busy picture is nearly level.

    Full from the 95th percentile on: one small face would otherwise outshine all the rest.
    """
    low, high = (float(v) for v in np.percentile(importance, (0, 95)))
    share = np.clip((importance - low) / max(high - low, 1e-12), 0, 1)
    mask = Image.fromarray(np.round(share * (_HEAT_SHARE * 255)).astype(np.uint8))
    heat = Image.new("RGB", image.size, HEAT)
    return Image.composite(heat, image, mask.resize(image.size, Image.Resampling.BICUBIC))


def _dimmed(image: Image.Image, window: Rect) -> Image.Image:
    dark = image.point(lambda value: round(value * _DIMMED))
    area = window[0], window[1], window[2] + 1, window[3] + 1
    dark.paste(image.crop(area), area)
    return dark


def _draw_window(draw: ImageDraw.ImageDraw, window: Rect) -> None:
    left, top, right, bottom = window
    for third in (1, 2):
        x, y = left + (right - left) * third // 3, top + (bottom - top) * third // 3
        for line in ((x, top, x, bottom), (left, y, right, y)):
            draw.line((line[0] + 1, line[1] + 1, line[2] + 1, line[3] + 1), fill=CASING)
            draw.line(line, fill=WINDOW)
    draw.rectangle(_grown(window, 1), outline=CASING, width=BOLD + 2)
    draw.rectangle(window, outline=WINDOW, width=BOLD)


def _chosen(account: Account, size: tuple[int, int]) -> Iterator[_Mark]:
    """What was kept and avoided, the heaviest first; each once, though several steps may have looked at it."""
    marks: dict[_Mark, None] = {}
    for decided in account.made.layout.decided:
        for seen in decided.focus.kept:
            marks[_text(seen), _placed(seen.box, account, size), KEPT] = None
        for seen in decided.focus.avoided:
            marks[f"avoid {_text(seen)}", _placed(seen.box, account, size), AVOIDED] = None
        for box in _areas(decided, account.made.sight.size):
            marks["area of interest", _placed(box, account, size), KEPT] = None
    yield from marks


def _areas(decided: Decided, size: Size) -> Iterator[Box]:
    """The area of interest of an automatic gravity, in pixels of the original."""
    auto = automatic_part(decided.step.gravity)
    if auto is None or auto.area is None or decided.focus.rule != "auto":
        return
    area = auto.area
    x, width = (float(v if isinstance(v, int) else v * size.width) for v in (area.x, area.width))
    y, height = (float(v if isinstance(v, int) else v * size.height) for v in (area.y, area.height))
    yield Box(x, y, x + width, y + height)


def _bystanders(account: Account, size: tuple[int, int]) -> Iterator[_Mark]:
    for seen in account.bystanders:
        yield _text(seen), _placed(seen.box, account, size), BYSTANDER


def _text(seen: Seen) -> str:
    weight = f" w {seen.weight:.2f}" if seen.weight and seen.model else ""
    return f"{seen}{weight}"


def _placed(box: Box, account: Account, size: tuple[int, int]) -> Rect:
    """A box of the original in whole pixels of the drawing, at least one, inside of it."""
    source = account.made.sight.size
    across, down = size[0] / source.width, size[1] / source.height
    left = min(max(round(box.left * across), 0), size[0] - 1)
    top = min(max(round(box.top * down), 0), size[1] - 1)
    right = min(max(round(box.right * across) - 1, left), size[0] - 1)
    bottom = min(max(round(box.bottom * down) - 1, top), size[1] - 1)
    return left, top, right, bottom


def _grown(rect: Rect, by: int) -> Rect:
    return rect[0] - by, rect[1] - by, rect[2] + by, rect[3] + by
