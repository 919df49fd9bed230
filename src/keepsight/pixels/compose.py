"""Laying one picture over another."""

from __future__ import annotations

from PIL import Image

from keepsight.errors import BadRequest
from keepsight.pixels.operations import Laid


def compose(base: Image.Image, layer: Image.Image, laid: Laid) -> Image.Image:
    """Lay `layer` over or under `base` at every position; the canvas shows nothing where neither lies."""
    if laid.blend is not None or laid.cutter:
        raise BadRequest("Blend modes are not offered by this server yet")
    sheet = Image.new("RGBA", laid.canvas, (255, 255, 255, 0))
    top = Image.new("RGBA", laid.canvas, (255, 255, 255, 0))
    sheet.paste(base.convert("RGBA"), laid.offset)
    for x, y in laid.positions:
        place = (x + laid.offset[0], y + laid.offset[1])
        piece = Image.new("RGBA", laid.canvas, (255, 255, 255, 0))
        piece.paste(layer.convert("RGBA"), place)
        top = Image.alpha_composite(top, piece)
    mixed = Image.alpha_composite(top, sheet) if laid.under else Image.alpha_composite(sheet, top)
    return mixed.convert("RGB") if mixed.getchannel("A").getextrema() == (255, 255) else mixed
