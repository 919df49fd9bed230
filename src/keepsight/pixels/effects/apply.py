"""Effects by their names: what each declaration does to pixels."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from types import MappingProxyType

from PIL import Image

from keepsight.pixels.effected import Effected, in_place
from keepsight.pixels.effects import (
    art,
    automatic,
    blur,
    colour,
    fade,
    frame,
    morphology,
    painting,
    replace,
    shape,
    texture,
    tint,
    tone,
    transparency,
    vision,
)
from keepsight.pixels.effects.blur import Box
from keepsight.pixels.effects.qualifiers import Qualifiers
from keepsight.transformation.effects import Effect

PLAIN: Mapping[str, Callable[..., Image.Image]] = MappingProxyType(
    {
        "art": art.art,
        "assist_colorblind": vision.assist_colorblind,
        "auto_brightness": automatic.auto_brightness,
        "auto_color": automatic.auto_color,
        "auto_contrast": automatic.auto_contrast,
        "blackwhite": colour.blackwhite,
        "blue": partial(tone.channel, which=2),
        "blur": blur.blur,
        "brightness": tone.brightness,
        "brightness_hsb": tone.brightness_hsb,
        "cartoonify": painting.cartoonify,
        "contrast": tone.contrast,
        "fill_light": automatic.fill_light,
        "gamma": tone.gamma,
        "grayscale": colour.grayscale,
        "green": partial(tone.channel, which=1),
        "hue": colour.hue,
        "improve": automatic.improve,
        "morphology": morphology.morphology,
        "negate": tone.negate,
        "noise": texture.noise,
        "oil_paint": painting.oil_paint,
        "opacity_threshold": transparency.opacity_threshold,
        "ordered_dither": texture.ordered_dither,
        "pixelate": blur.pixelate,
        "recolor": colour.recolor,
        "red": partial(tone.channel, which=0),
        "replace_color": replace.replace_color,
        "saturation": colour.saturation,
        "sepia": colour.sepia,
        "sharpen": blur.sharpen,
        "simulate_colorblind": vision.simulate_colorblind,
        "tint": tint.tint,
        "unsharp_mask": blur.unsharp_mask,
        "vibrance": colour.vibrance,
        "vignette": texture.vignette,
    }
)
"""Of kind pixels: called with the image and the arguments."""

QUALIFIED: Mapping[str, Callable[..., Image.Image]] = MappingProxyType(
    {
        "colorize": colour.colorize,
        "gradient_fade": fade.gradient_fade,
        "make_transparent": transparency.make_transparent,
    }
)
"""Of kind pixels: called with the image, the qualifiers and the arguments."""

RESHAPING: Mapping[str, Callable[..., Effected]] = MappingProxyType(
    {
        "distort": lambda image, _, shape_: shape.distort(image, shape_),
        "outline": frame.outline,
        "shadow": frame.shadow,
        "shear": lambda image, _, x, y: shape.shear(image, x, y),
        "trim": lambda image, _, tolerance, colour_: frame.trim(image, tolerance, colour_),
    }
)
"""Of kind reshape: called with the image, the qualifiers and the arguments."""

WITHIN: Mapping[str, Callable[..., Image.Image]] = MappingProxyType(
    {
        "blur_faces": blur.blurred_box,
        "blur_region": blur.blurred_box,
        "pixelate_faces": blur.pixelated_box,
        "pixelate_region": blur.pixelated_box,
    }
)
"""Of kinds region and faces: called with the image, a box inside it and the argument; the pixels of the box."""


def apply_effect(image: Image.Image, effect: Effect, qualifiers: Qualifiers | None = None) -> Effected:
    """Apply an effect of kind pixels or reshape to an L, RGB or RGBA image in sRGB.

    The same input gives the same pixels. Raises BadRequest where a shape cannot be made. Regions and faces need boxes,
    see `within`; blends need a layer, and animations have no pixels of their own: ValueError.
    """
    qualifiers = qualifiers or Qualifiers()
    name, arguments = effect.name, effect.arguments
    if name in PLAIN:
        return in_place(PLAIN[name](image, *arguments))
    if name in QUALIFIED:
        return in_place(QUALIFIED[name](image, qualifiers, *arguments))
    if name in RESHAPING:
        return RESHAPING[name](image, qualifiers, *arguments)
    raise ValueError(f"{name} cannot be applied to a picture alone")


def within(image: Image.Image, boxes: Iterable[Box], effect: Effect) -> Image.Image:
    """Apply an effect of kind region or faces inside boxes only; what of a box lies outside the picture is clipped.

    Raises ValueError for any other kind.
    """
    if effect.name not in WITHIN:
        raise ValueError(f"{effect.name} does not work in boxes")
    changed = image.copy()
    for box in boxes:
        left, top = max(0, box[0]), max(0, box[1])
        right, bottom = min(image.width, box[2]), min(image.height, box[3])
        if left < right and top < bottom:
            # From the changed picture: where boxes overlap nothing of the original shines through.
            inside = WITHIN[effect.name](changed, (left, top, right, bottom), *effect.arguments)
            changed.paste(inside, (left, top))
    return changed
