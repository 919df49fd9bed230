"""The drawing beside the delivered crop, with a title, a legend and the reason."""

from __future__ import annotations

import textwrap

from PIL import Image, ImageDraw, ImageFont

from keepsight.explain.account import Account
from keepsight.explain.drawing import draw_photo
from keepsight.explain.palette import AVOIDED, BYSTANDER, HEAT, INK, KEPT, PAPER, WINDOW, lettering
from keepsight.pixels.canvas import WHITE, underlay

_MARGIN = 24
_TEXT, _LEADING = 22, 32
_WIDEST_CROP = 800
_LARGEST = 2.0
"""A small crop is enlarged by no more than this: its blur is part of the truth."""
_LEAST_WIDTH = 1_000
_LEGEND = (
    ("kept", KEPT),
    ("avoided", AVOIDED),
    ("seen besides", BYSTANDER),
    ("importance", HEAT),
    ("window and its thirds", WINDOW),
)


def draw_sheet(account: Account) -> Image.Image:
    """The whole picture, RGB: title, photo and crop side by side, legend, reason."""
    made = account.made
    photo = draw_photo(account)
    crop = _crop(made.image, photo.height)
    font = lettering(_TEXT)
    size = f"{made.layout.size.width} x {made.layout.size.height} {made.format}, {len(made.derived.body):,} bytes"
    column = max(crop.width, round(font.getlength(size)))
    width = max(_LEAST_WIDTH, photo.width + column + 3 * _MARGIN)
    title, reason = (_wrapped(text, width, font) for text in (account.path, made.layout.reason))
    top = _MARGIN + len(title) * _LEADING + _MARGIN // 2
    legend = top + max(photo.height, crop.height + _LEADING) + _MARGIN
    sheet = Image.new("RGB", (width, legend + (1 + len(reason)) * _LEADING + _MARGIN), PAPER)
    draw = ImageDraw.Draw(sheet)
    beside = 2 * _MARGIN + photo.width
    sheet.paste(photo, (_MARGIN, top))
    sheet.paste(crop, (beside, top))
    draw.text((beside, top + crop.height + 8), size, fill=INK, font=font)
    _draw_legend(draw, legend, font)
    for start, texts in ((_MARGIN, title), (legend + _LEADING, reason)):
        for number, text in enumerate(texts):
            draw.text((_MARGIN, start + number * _LEADING), text, fill=INK, font=font)
    return sheet


def _crop(image: Image.Image, height: int) -> Image.Image:
    """The delivered picture on white, near its own size and no higher than the photo."""
    scale = min(_LARGEST, _WIDEST_CROP / image.width, height / image.height)
    size = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    return underlay(image, WHITE).convert("RGB").resize(size, Image.Resampling.BICUBIC)


def _draw_legend(draw: ImageDraw.ImageDraw, top: int, font: ImageFont.FreeTypeFont) -> None:
    x = _MARGIN
    for name, colour in _LEGEND:
        draw.rectangle((x, top + 3, x + _TEXT, top + 3 + _TEXT), fill=colour)
        draw.text((x + _TEXT + 8, top), name, fill=INK, font=font)
        x += _TEXT + 8 + round(font.getlength(name)) + _MARGIN


def _wrapped(text: str, width: int, font: ImageFont.FreeTypeFont) -> list[str]:
    """Lines that fit into the sheet; a path has no spaces and breaks anywhere."""
    letters = max(1, int((width - 2 * _MARGIN) / (font.getlength(text) / max(1, len(text)) * 1.1)))
    return textwrap.wrap(text, letters, break_on_hyphens=False) or [""]
