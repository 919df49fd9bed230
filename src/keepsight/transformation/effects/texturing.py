"""Effects on edges and texture. Ranges and defaults: Cloudinary, transformation reference, unless said otherwise."""

from __future__ import annotations

from keepsight.transformation.effects.argument import Decimal, Whole, Word
from keepsight.transformation.effects.declaration import Declaration
from keepsight.transformation.effects.effect import Kind

DITHERS = (
    *("threshold", "checkerboard", "dispersed 2x2", "dispersed 3x3", "dispersed 4x4", "dispersed 8x8"),
    *("halftone 4x4 angled", "halftone 6x6 angled", "halftone 8x8 angled"),
    *("halftone 4x4", "halftone 6x6", "halftone 8x8", "halftone 16x16"),
    *("circles 5x5 black", "circles 5x5 white", "circles 6x6 black", "circles 6x6 white"),
    *("circles 7x7 black", "circles 7x7 white"),
)
"""What the numbers of `e_ordered_dither` mean, from 0."""

KERNELS = ("octagon", "diamond", "square", "disk", "plus", "cross", "ring")
"""Shapes of `e_morphology`."""

_STRENGTH = "Strength: a standard deviation of a twentieth of this in pixels."
_SQUARE = "Width of the squares in pixels; without it it follows the size of the picture or of the box."

TEXTURING = (
    Declaration(
        "blur",
        Kind.PIXELS,
        "Blurs the picture with a Gaussian.",
        (Whole("strength", 1, 2000, 100, _STRENGTH),),
        sample="e_blur:150",
    ),
    Declaration(
        "blur_region",
        Kind.REGION,
        "Blurs a box, or the text that g_ocr_text finds.",
        (Whole("strength", 1, 2000, 100, _STRENGTH),),
        qualifiers=("x", "y", "w", "h", "g"),
        sample="e_blur_region:300,h_0.5,w_0.5,x_0.25,y_0.25",
    ),
    Declaration(
        "blur_faces",
        Kind.FACES,
        "Blurs every face.",
        (Whole("strength", 1, 2000, 500, _STRENGTH),),
        sample="e_blur_faces",
    ),
    Declaration(
        "pixelate",
        Kind.PIXELS,
        "Shows the picture as a mosaic of squares.",
        (Whole("square", 1, 200, None, _SQUARE),),
        sample="e_pixelate:12",
    ),
    Declaration(
        "pixelate_region",
        Kind.REGION,
        "Turns a box, or the text that g_ocr_text finds, into a mosaic.",
        (Whole("square", 1, 200, None, _SQUARE),),
        qualifiers=("x", "y", "w", "h", "g"),
        sample="e_pixelate_region:20,h_0.5,w_0.5,x_0.25,y_0.25",
    ),
    Declaration(
        "pixelate_faces",
        Kind.FACES,
        "Turns every face into a mosaic.",
        (Whole("square", 1, 200, None, _SQUARE),),
        sample="e_pixelate_faces",
    ),
    Declaration(
        "sharpen",
        Kind.PIXELS,
        "Sharpens fine detail.",
        (Whole("strength", 1, 2000, 100, "Percent by which detail is strengthened."),),
        sample="e_sharpen:300",
    ),
    Declaration(
        "unsharp_mask",
        Kind.PIXELS,
        "Sharpens edges over a wider reach than sharpen and leaves grain alone.",
        (Whole("strength", 1, 2000, 100, "Percent by which edges are strengthened."),),
        sample="e_unsharp_mask:300",
    ),
    Declaration(
        "noise",
        Kind.PIXELS,
        "Adds grain, the same every time.",
        (Whole("level", 0, 100, 0, "Standard deviation of the grain in percent of half the range of a channel."),),
        sample="e_noise:30",
    ),
    Declaration(
        "vignette",
        Kind.PIXELS,
        "Darkens the corners.",
        (Whole("level", 0, 100, 20, "How dark the corners become; at 100 they are black."),),
        sample="e_vignette:60",
    ),
    Declaration(
        "oil_paint",
        Kind.PIXELS,
        "Paints the picture in strokes of oil.",
        (Whole("strength", 0, 100, 30, "How broad the strokes are."),),
        sample="e_oil_paint:60",
    ),
    Declaration(
        "cartoonify",
        Kind.PIXELS,
        "Draws the picture as a cartoon.",
        (
            Whole("line", 0, 100, 50, "How thick the lines are; 0 draws none."),
            Whole(
                "reduction",
                0,
                100,
                None,
                "How few and how strong the colours are, or bw for black and white; without it it follows the lines.",
                ("bw",),
            ),
        ),
        sample="e_cartoonify:60:70",
    ),
    Declaration(
        "ordered_dither",
        Kind.PIXELS,
        "Draws every channel in dots of none or all of it.",
        (
            Whole(
                "type", 0, 18, 0, "The pattern: " + ", ".join(f"{at} {name}" for at, name in enumerate(DITHERS)) + "."
            ),
        ),
        sample="e_ordered_dither:8",
    ),
    Declaration(
        "morphology",
        Kind.PIXELS,
        "Replaces every pixel by the darkest, the lightest or the mean of those around it.",
        (
            Word(
                "method", ("dilate", "erode", "convolve"), "erode", "dilate lightens, erode darkens, convolve blurs."
            ),
            Whole("iterations", 1, 5, 1, "How many times it is done."),
            Word("kernel", KERNELS, "disk", "The shape of what lies around."),
            # Cloudinary names no limit; ours bounds the time.
            Decimal("radius", 0.5, 10.0, 2.0, "Half the width of the shape in pixels."),
        ),
        sample="e_morphology:method_dilate;kernel_plus;radius_3.0",
    ),
)
"""In the order of the documents."""
