"""Effects on colour. Ranges and defaults: Cloudinary, transformation reference, unless said otherwise."""

from __future__ import annotations

from keepsight.transformation.effects.argument import REQUIRED, Decimal, Flag, Paint, Whole, Word
from keepsight.transformation.effects.declaration import Declaration
from keepsight.transformation.effects.effect import Kind, Stop
from keepsight.transformation.effects.lists import Gradient, Matrix
from keepsight.transformation.values import Colour

ART = (
    *("al_dente", "athena", "audrey", "aurora", "daguerre", "eucalyptus", "fes", "frost", "hairspray", "hokusai"),
    *("incognito", "linen", "peacock", "primavera", "quartz", "red_rock", "refresh", "sizzle", "sonnet", "ukulele"),
    "zorro",
)
"""The names of the filters of `e_art`."""

CONDITIONS = (
    *("deuteranopia", "protanopia", "tritanopia", "tritanomaly", "deuteranomaly", "cone_monochromacy"),
    "rod_monochromacy",
)
"""Kinds of colour blindness."""

COLOURING = (
    Declaration("grayscale", Kind.PIXELS, "Turns colours into shades of grey.", sample="e_grayscale"),
    Declaration(
        "blackwhite",
        Kind.PIXELS,
        "Makes every pixel black or white.",
        (Whole("threshold", 0, 100, 50, "Percent of lightness from which a pixel is white: 0 white, 100 black."),),
        sample="e_blackwhite",
    ),
    Declaration(
        "sepia",
        Kind.PIXELS,
        "Gives the picture the brown of an old print.",
        (Whole("level", 1, 100, 80, "Strength."),),
        sample="e_sepia",
    ),
    Declaration(
        "saturation",
        Kind.PIXELS,
        "Strengthens or weakens all colours.",
        (Whole("level", -100, 100, 80, "Percent by which the colours change; -100 leaves shades of grey."),),
        sample="e_saturation:70",
    ),
    Declaration(
        "vibrance",
        Kind.PIXELS,
        "Strengthens or weakens pale colours more than those that are strong already.",
        (Whole("strength", -100, 100, 20, "Above 0 stronger, below 0 paler."),),
        sample="e_vibrance:70",
    ),
    Declaration(
        "hue",
        Kind.PIXELS,
        "Turns the circle of colours.",
        (Whole("level", -100, 100, 80, "Share of a half turn in percent: 100 shows every colour as its opposite."),),
        sample="e_hue:40",
    ),
    Declaration(
        "colorize",
        Kind.PIXELS,
        "Covers the picture with a colour, grey unless co_ names one.",
        (Whole("level", 0, 100, 100, "How opaque the colour is."),),
        qualifiers=("co",),
        sample="co_darkviolet,e_colorize:35",
    ),
    Declaration(
        "tint",
        Kind.PIXELS,
        "Maps dark to light onto a row of colours.",
        (
            Flag("equalize", "Spreads light and dark evenly first."),
            Decimal("amount", 0.0, 100.0, 60.0, "How much of the tinted picture is mixed in."),
        ),
        Gradient(
            "colors",
            "The colours from the shadows to the lights; before the first place it is black, after the last white.",
            (Stop(Colour(255, 0, 0), 50.0),),
        ),
        sample="e_tint:80:midnightblue:tomato:khaki",
    ),
    Declaration(
        "replace_color",
        Kind.PIXELS,
        "Turns one colour and those like it into another, with the shading kept.",
        (
            Paint("to", REQUIRED, "The colour to show."),
            Whole("tolerance", 0, 100, 50, "How unlike colours may be and still be replaced: a radius in CIE L*a*b*."),
            Paint("from", None, "The colour to replace; without it the most prominent of the strong colours."),
        ),
        sample="e_replace_color:saddlebrown:60",
    ),
    Declaration(
        "recolor",
        Kind.PIXELS,
        "Mixes new channels from the old ones by a matrix.",
        rest=Matrix("matrix", "Rows for red, green and blue, or for red, green, blue and alpha."),
        sample="e_recolor:0.3:0.7:0.1:0.3:0.6:0.1:0.2:0.5:0.1",
    ),
    Declaration(
        "simulate_colorblind",
        Kind.PIXELS,
        "Shows the picture as somebody with the condition sees it.",
        (Word("condition", CONDITIONS, "deuteranopia", "The condition."),),
        sample="e_simulate_colorblind:protanopia",
    ),
    Declaration(
        "assist_colorblind",
        Kind.PIXELS,
        "Helps to tell reds and greens apart.",
        (
            Whole(
                "strength",
                1,
                100,
                10,
                "Strength of the stripes, upright over reds and level over greens; xray replaces the colours instead.",
                ("xray",),
            ),
        ),
        sample="e_assist_colorblind:xray",
    ),
    Declaration(
        "art",
        Kind.PIXELS,
        "Applies a filter of tones, grain and vignette: looks of Keepsight's own under Cloudinary's names.",
        (Word("filter", ART, REQUIRED, "The filter."),),
        sample="e_art:athena",
    ),
)
"""In the order of the documents."""
