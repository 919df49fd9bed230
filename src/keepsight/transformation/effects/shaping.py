"""Effects on shape and transparency, on layers and on animations.

Ranges and defaults: Cloudinary, transformation reference, unless said otherwise.
"""

from __future__ import annotations

from keepsight.transformation.effects.argument import REQUIRED, Decimal, Paint, Whole, Word
from keepsight.transformation.effects.declaration import Declaration, Values
from keepsight.transformation.effects.effect import Kind
from keepsight.transformation.effects.lists import Distortion

_STEEPEST = 80


def _not_flat(values: Values) -> Values:
    """Near a right angle a sheared picture is longer than any canvas [our limit]."""
    for angle in values:
        assert isinstance(angle, float)  # noqa: S101  # a Decimal
        if _STEEPEST < abs(angle) % 180 < 180 - _STEEPEST:
            raise ValueError(
                f"a skew of {angle:g} degrees draws the picture out without end; expected at most {_STEEPEST} degrees "
                "to either side"
            )
    return values


SHAPING = (
    Declaration(
        "trim",
        Kind.RESHAPE,
        "Cuts off edges that are transparent or of the colour of the corners.",
        (
            Whole("tolerance", 0, 100, 10, "Percent by which a colour may differ and still be cut off."),
            Paint("color", None, "The colour to cut off; without it that of the corners."),
        ),
        sample="e_trim",
    ),
    Declaration(
        "shear",
        Kind.RESHAPE,
        "Skews the picture.",
        (
            Decimal("x", -359.0, 359.0, REQUIRED, "Degrees along the x axis; above 0 the top edge goes right."),
            Decimal("y", -359.0, 359.0, REQUIRED, "Degrees along the y axis; above 0 the right edge goes down."),
        ),
        sample="e_shear:20:0",
        settle=_not_flat,
    ),
    Declaration(
        "distort",
        Kind.RESHAPE,
        "Moves the corners of the picture, or bends it along an arc.",
        rest=Distortion("shape", "The new place of each corner, or the arc."),
        sample="e_distort:arc:60",
    ),
    Declaration(
        "outline",
        Kind.RESHAPE,
        "Draws a line along the edge of what is not transparent, black unless co_ names a colour.",
        (
            Word(
                "mode",
                ("inner", "inner_fill", "outer", "fill"),
                None,
                "inner draws inside the edge, inner_fill fills all inside, outer draws outside, fill does both; "
                "without it the line lies on both sides.",
            ),
            Whole("width", 1, 100, 5, "Thickness in pixels."),
            # The reference ends at 200, the SDKs at 2000.
            Whole("blur", 0, 2000, 0, "How soft the line is: a standard deviation of a twentieth of this in pixels."),
        ),
        qualifiers=("co",),
        sample="co_orange,e_outline:outer:8:20",
    ),
    Declaration(
        "shadow",
        Kind.RESHAPE,
        "Casts a shadow, grey unless co_ names a colour, to the bottom right unless x_ and y_ say otherwise.",
        (Whole("strength", 0, 100, 40, "How soft the edge of the shadow is."),),
        qualifiers=("co", "x", "y"),
        sample="e_shadow:50,x_15,y_15",
    ),
    Declaration(
        "gradient_fade",
        Kind.PIXELS,
        "Fades the picture out towards an edge: x_ and y_ say how far, from the left and top, below 0 from the right "
        "and bottom; the upper half unless they are given.",
        (
            Word(
                "type",
                ("symmetric", "symmetric_pad"),
                None,
                "symmetric fades towards the opposite edges as well, symmetric_pad from the picture into its padding.",
            ),
            Whole("strength", 0, 100, 20, "How early the picture is gone: 0 not at all, 20 evenly, 100 at once."),
        ),
        qualifiers=("x", "y"),
        sample="e_gradient_fade:symmetric:20,x_0.2,y_0.2",
    ),
    Declaration(
        "make_transparent",
        Kind.PIXELS,
        "Makes the colour that prevails along the border transparent, or the one that co_ names.",
        (Whole("tolerance", 0, 100, 10, "Percent by which a colour may differ and still become transparent."),),
        qualifiers=("co",),
        sample="e_make_transparent:20",
    ),
    Declaration(
        "opacity_threshold",
        Kind.PIXELS,
        "Makes every pixel wholly transparent or wholly opaque.",
        (Whole("level", 1, 100, 50, "Percent of opacity from which a pixel is opaque."),),
        sample="e_opacity_threshold:50",
    ),
)
"""In the order of the documents."""

LAYERING = (
    Declaration("screen", Kind.BLEND, "Lays the layer on so that both lighten: negatives multiplied."),
    Declaration("multiply", Kind.BLEND, "Lays the layer on so that both darken: channels multiplied."),
    Declaration("overlay", Kind.BLEND, "Darkens what is dark below and lightens what is light below."),
    Declaration("mask", Kind.BLEND, "Takes the layer for the opacity of what lies below: white shows, black hides."),
    Declaration("cut_out", Kind.BLEND, "Cuts the shape of the layer out of what lies below."),
    Declaration(
        "displace",
        Kind.BLEND,
        "Moves pixels by the layer: its red left and right by up to x_ pixels, its green up and down by up to y_.",
        qualifiers=("x", "y"),
    ),
    Declaration(
        "anti_removal",
        Kind.BLEND,
        "Distorts the layer a little, so that it is hard to take off again.",
        (Whole("level", 1, 100, 50, "How much it is distorted."),),
    ),
)
"""In the order of the documents."""

PLAYING = (
    Declaration(
        "loop",
        Kind.ANIMATION,
        "Says how many times an animation is played again; without a number without end.",
        (Whole("times", 0, 65_535, None, "Times that it is played after the first."),),
    ),
)
"""In the order of the documents."""
