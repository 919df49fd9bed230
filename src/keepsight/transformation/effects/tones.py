"""Effects on light and dark. Ranges and defaults: Cloudinary, transformation reference, unless said otherwise."""

from __future__ import annotations

from keepsight.transformation.effects.argument import Whole, Word
from keepsight.transformation.effects.declaration import Declaration, Values
from keepsight.transformation.effects.effect import Kind

_BLEND = "How much of the adjusted picture is mixed in: 0 leaves the original, 100 shows only the adjusted one."


def _contrast_level(values: Values) -> Values:
    """The range and the default of the level depend on the function."""
    level, type_ = values
    linear = type_ == "linear"
    if level is None:
        level = 100 if linear else 0
    assert isinstance(level, int)  # noqa: S101  # a Whole without words
    low, high = (1, 200) if linear else (-100, 100)
    return max(low, min(level, high)), type_


TONES = (
    Declaration(
        "brightness",
        Kind.PIXELS,
        "Scales the lightness of the picture.",
        (Whole("level", -99, 100, 80, "Percent by which the lightness changes: below 0 darker, above 0 brighter."),),
        sample="e_brightness:40",
    ),
    Declaration(
        "brightness_hsb",
        Kind.PIXELS,
        "Scales the brightness of every colour without washing bright ones out.",
        (Whole("level", -99, 100, 80, "Percent by which the brightness changes: below 0 darker, above 0 brighter."),),
        sample="e_brightness_hsb:40",
    ),
    Declaration(
        "contrast",
        Kind.PIXELS,
        "Strengthens or softens the difference between light and dark.",
        (
            Whole(
                "level",
                -100,
                200,
                None,
                "Strength: with sigmoidal from -100 to 100, by default 0; with linear from 1 to 200, by default 100. "
                "The default leaves the picture as it is.",
            ),
            Word("type", ("sigmoidal", "linear"), "sigmoidal", "The curve; linear is that of CSS."),
        ),
        sample="e_contrast:60",
        settle=_contrast_level,
    ),
    Declaration(
        "gamma",
        Kind.PIXELS,
        "Brightens or darkens the middle tones; black and white stay.",
        (Whole("level", -50, 150, 0, "Percent by which gamma differs from 1: below 0 darker, above 0 brighter."),),
        sample="e_gamma:60",
    ),
    *(
        Declaration(
            name,
            Kind.PIXELS,
            f"Scales the {name} of every pixel.",
            (Whole("level", -100, 100, 0, f"Percent by which the {name} changes; -100 takes it out."),),
            sample=f"e_{name}:50",
        )
        for name in ("red", "green", "blue")
    ),
    Declaration("negate", Kind.PIXELS, "Makes a negative of the picture.", sample="e_negate"),
    Declaration(
        "auto_brightness",
        Kind.PIXELS,
        "Brings the middle tones of a dark or bright picture to a middle brightness.",
        (Whole("blend", 0, 100, 100, _BLEND),),
        sample="e_auto_brightness",
    ),
    Declaration(
        "auto_color",
        Kind.PIXELS,
        "Takes a colour cast away by spreading each channel over the whole range.",
        (Whole("blend", 0, 100, 100, _BLEND),),
        sample="e_auto_color",
    ),
    Declaration(
        "auto_contrast",
        Kind.PIXELS,
        "Spreads light and dark over the whole range and keeps the hues.",
        (Whole("blend", 0, 100, 100, _BLEND),),
        sample="e_auto_contrast",
    ),
    Declaration(
        "improve",
        Kind.PIXELS,
        "Adjusts colour, contrast and brightness to the better.",
        (
            Word(
                "mode", ("outdoor", "indoor"), "outdoor", "indoor also takes away the cast of lamps and lifts shadows."
            ),
            Whole("blend", 0, 100, 100, _BLEND),
        ),
        sample="e_improve",
    ),
    Declaration(
        "fill_light",
        Kind.PIXELS,
        "Lightens the shadows and leaves bright areas as they are.",
        (
            Whole("blend", 0, 100, 100, _BLEND),
            Whole(
                "bias", -100, 100, 0, "Below 0 only the deepest shadows are lightened, above 0 middle tones as well."
            ),
        ),
        sample="e_fill_light:70:20",
    ),
)
"""In the order of the documents."""
