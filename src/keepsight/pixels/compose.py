"""Laying one picture over or under another."""

from __future__ import annotations

from PIL import Image, ImageChops

from keepsight.errors import BadRequest
from keepsight.pixels.blending import MODES, over
from keepsight.pixels.displacement import displaced, disturbed
from keepsight.pixels.operations import Laid
from keepsight.pixels.turning import Size

_NOTHING = (255, 255, 255, 0)


def compose(base: Image.Image, layer: Image.Image, laid: Laid) -> Image.Image:
    """Lay a layer over or under a picture; both are L, RGB or RGBA images in sRGB, and so is the result.

    The canvas is transparent where neither lies; an alpha that hides nothing is dropped. Copies of a layer do not
    overlap. Cutters and masks leave of the picture what the layer shows them, and nothing where it does not reach.

    Raises BadRequest for a blend mode that this way of laying has not.
    """
    name = laid.blend.name if laid.blend is not None else None
    if laid.cutter and name is not None:
        raise BadRequest(f"Invalid transformation: fl_cutter shows nothing of the layer that e_{name} could mix")
    if laid.under and (laid.cutter or name not in (None, "anti_removal", *MODES)):
        raise BadRequest(f"Invalid transformation: {'fl_cutter' if laid.cutter else f'e_{name}'} works with l_ only")
    sheet = _on_canvas(base, laid)
    if laid.cutter:
        return _kept(sheet, _shape(layer, laid))
    match name:
        case "mask":
            return _kept(sheet, _shape(layer, laid, by_brightness=True))
        case "cut_out":
            return _kept(sheet, ImageChops.invert(_shape(layer, laid)))
        case "displace":
            return displaced(sheet, _on_sheet(layer.convert("RGBA"), laid), laid.x, laid.y)
        case "anti_removal":
            assert laid.blend is not None  # noqa: S101  # it has the name
            (level,) = laid.blend.arguments
            assert isinstance(level, int)  # noqa: S101  # a Whole of its declaration
            layer = disturbed(layer, base, level)
        case None | "screen" | "multiply" | "overlay":
            pass
        case _:
            raise BadRequest(f"Invalid transformation: e_{name} lays no layer (expected {', '.join(MODES)} or mask)")
    mode = name if name in MODES else None
    if laid.under:
        return _opaque(over(_on_sheet(layer.convert("RGBA"), laid), sheet, mode))
    return _opaque(_laid_over(sheet, layer, laid, mode))


def _laid_over(sheet: Image.Image, layer: Image.Image, laid: Laid, mode: str | None) -> Image.Image:
    """Over what the layer covers of the sheet, and no more: most layers are small."""
    if len(laid.positions) > 1:
        return over(sheet, _on_sheet(layer.convert("RGBA"), laid), mode)
    for left, top in laid.positions:
        x, y = left + laid.offset[0], top + laid.offset[1]
        box = (max(0, x), max(0, y), min(sheet.width, x + layer.width), min(sheet.height, y + layer.height))
        if box[0] >= box[2] or box[1] >= box[3]:
            continue
        sheet = sheet.convert("RGB") if sheet.mode == "L" else sheet.copy()
        piece = layer.crop((box[0] - x, box[1] - y, box[2] - x, box[3] - y))
        sheet.paste(over(sheet.crop(box), piece, mode), box)
    return sheet


def _on_canvas(base: Image.Image, laid: Laid) -> Image.Image:
    if laid.canvas == base.size:
        return base
    sheet = Image.new("RGBA", laid.canvas, _NOTHING)
    sheet.paste(base.convert("RGBA"), laid.offset)
    return sheet


def _on_sheet(layer: Image.Image, laid: Laid) -> Image.Image:
    """Every copy of a layer on an empty canvas, in the mode of the layer."""
    size: Size = laid.canvas
    sheet = Image.new(layer.mode, size, _NOTHING if layer.mode == "RGBA" else 0)
    for x, y in laid.positions:
        sheet.paste(layer, (x + laid.offset[0], y + laid.offset[1]))
    return sheet


def _shape(layer: Image.Image, laid: Laid, *, by_brightness: bool = False) -> Image.Image:
    """What the layer covers of the canvas, or what it lights up there, as an L mask."""
    shape = layer.getchannel("A") if layer.mode == "RGBA" else Image.new("L", layer.size, 255)
    if by_brightness:
        shape = ImageChops.multiply(shape, layer.convert("RGB").convert("L"))
    return _on_sheet(shape, laid)


def _kept(sheet: Image.Image, shape: Image.Image) -> Image.Image:
    alpha = ImageChops.multiply(sheet.getchannel("A"), shape) if sheet.mode == "RGBA" else shape
    kept = sheet.convert("RGBA")
    kept.putalpha(alpha)
    return _opaque(kept)


def _opaque(image: Image.Image) -> Image.Image:
    if image.mode == "RGBA" and image.getchannel("A").getextrema() == (255, 255):
        return image.convert("RGB")
    return image
