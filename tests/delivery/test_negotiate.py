from __future__ import annotations

import pytest

from keepsight.delivery.negotiate import Wanted, accepted, wanted_format
from keepsight.errors import BadRequest
from keepsight.pixels.formats import Format
from keepsight.pixels.header import Header
from keepsight.transformation.output import Output

CHROME = b"image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"
OLD = b"*/*"


def header(format_: Format = Format.GIF, *, frames: int = 1, has_alpha: bool = False) -> Header:
    durations = (100,) * frames if frames > 1 else ()
    return Header(format_, 100, 100, 1, frames, has_alpha, 1000, durations=durations, plays=0)


@pytest.mark.parametrize(
    ("accept", "formats"),
    [
        (CHROME, (Format.AVIF, Format.WEBP)),
        (b"image/webp,*/*", (Format.WEBP,)),
        (b"*/*", ()),
        (b"image/*", ()),
        (b"", ()),
        (b"image/avif;q=0, image/webp;q=0.5", (Format.WEBP,)),
        (b"image/avif;q=0.0,image/png", ()),
        (b"image/avif;q=0.05", (Format.AVIF,)),
        (b"image/webp,image/jxl", (Format.JXL, Format.WEBP)),
    ],
)
def test_what_a_client_accepts(accept: bytes, formats: tuple[Format, ...]) -> None:
    assert accepted(accept) == formats


@pytest.mark.parametrize(
    ("named", "extension", "accept", "alpha", "pixels", "chosen"),
    [
        (None, None, CHROME, False, 10**6, Format.GIF),  # the original's own
        (None, "jpg", CHROME, True, 10**6, Format.JPEG),
        ("png", "jpg", CHROME, False, 10**6, Format.PNG),  # f_ wins over the extension
        ("auto", "png", CHROME, False, 10**6, Format.AVIF),
        ("auto", None, CHROME, False, 4_999, Format.WEBP),  # too small for AVIF to pay
        ("auto", None, b"image/webp", True, 10**6, Format.WEBP),
        ("auto", None, b"*/*", False, 10**6, Format.JPEG),
        ("auto", None, b"*/*", True, 10**6, Format.PNG),  # transparency is kept
    ],
)
def test_which_format_is_answered(
    named: str | None, extension: str | None, accept: bytes, alpha: bool, pixels: int, chosen: Format
) -> None:
    wanted = wanted_format(named, extension, accept)
    assert wanted.choose(header(), Output(format=named), alpha=alpha, pixels=pixels) == (chosen,)


@pytest.mark.parametrize(
    ("original", "alpha", "chosen"),
    [(Format.HEIC, False, Format.JPEG), (Format.SVG, True, Format.PNG), (Format.TIFF, True, Format.TIFF)],
)
def test_an_original_that_is_only_read_becomes_one_that_is_shown(
    original: Format, alpha: bool, chosen: Format
) -> None:
    assert Wanted(None).choose(header(original), Output(), alpha=alpha, pixels=9) == (chosen,)


def test_jpeg_xl_is_for_those_who_name_it() -> None:
    wanted = wanted_format("auto", None, b"image/jxl,image/webp")
    assert wanted.choose(header(), Output(format="auto"), alpha=True, pixels=10**6) == (Format.JXL,)


def test_the_format_with_alpha_is_kept_where_that_is_asked() -> None:
    wanted, original = wanted_format("auto", None, OLD), header(Format.PNG, has_alpha=True)
    assert wanted.choose(original, Output(format="auto"), alpha=False, pixels=9) == (Format.JPEG,)
    asked = Output(format="auto", preserve_transparency=True)
    assert wanted.choose(original, asked, alpha=False, pixels=9) == (Format.PNG,)


def test_cmyk_is_a_jpeg() -> None:
    asked = Output(format="auto", colour_space="cmyk")
    assert wanted_format("auto", None, CHROME).choose(header(), asked, alpha=False, pixels=10**6) == (Format.JPEG,)


@pytest.mark.parametrize(
    ("accept", "alpha", "offers"),
    [
        (CHROME, False, (Format.AVIF, Format.WEBP)),
        (b"image/webp", False, (Format.WEBP,)),
        (OLD, False, (Format.PNG, Format.JPEG)),
        (OLD, True, (Format.PNG,)),
    ],
)
def test_of_a_drawing_the_smaller_of_two_is_sent(accept: bytes, alpha: bool, offers: tuple[Format, ...]) -> None:
    wanted = wanted_format("auto", None, accept)
    assert wanted.choose(header(), Output(format="auto"), alpha=alpha, pixels=10**6, flat=True) == offers


@pytest.mark.parametrize(
    ("original", "output", "accept", "moves", "chosen"),
    [
        (Format.GIF, Output(), CHROME, True, Format.GIF),
        (Format.WEBP, Output(), CHROME, True, Format.WEBP),
        (Format.WEBP, Output(format="gif"), CHROME, True, Format.GIF),
        (Format.GIF, Output(format="webp"), CHROME, False, Format.WEBP),
        (Format.GIF, Output(format="webp", animated="awebp"), CHROME, True, Format.WEBP),
        (Format.GIF, Output(format="webp", animated="animated"), CHROME, True, Format.WEBP),
        (Format.GIF, Output(format="webp", animated="apng"), CHROME, False, Format.WEBP),
        (Format.GIF, Output(format="png", animated="apng"), CHROME, True, Format.PNG),
        (Format.GIF, Output(format="jpeg", animated="animated"), CHROME, False, Format.JPEG),
        (Format.GIF, Output(pages=((2, 2),)), CHROME, False, Format.GIF),
        (Format.GIF, Output(pages=((2, 3),)), CHROME, True, Format.GIF),
        (Format.GIF, Output(format="auto"), CHROME, True, Format.AVIF),
        (Format.GIF, Output(format="auto", loop=2), CHROME, True, Format.WEBP),
        (Format.GIF, Output(format="auto"), b"image/webp", True, Format.WEBP),
        (Format.GIF, Output(format="auto"), OLD, True, Format.GIF),
        (Format.PNG, Output(format="auto:animated"), OLD, True, Format.PNG),
        (Format.WEBP, Output(format="auto"), OLD, True, Format.GIF),
        (Format.GIF, Output(format="auto:image"), CHROME, False, Format.AVIF),
    ],
)
def test_what_keeps_moving(original: Format, output: Output, accept: bytes, moves: bool, chosen: Format) -> None:
    wanted, animation = wanted_format(output.format, None, accept), header(original, frames=3)
    assert wanted.moves(animation, output) is moves
    assert wanted.choose(animation, output, alpha=False, pixels=10**6) == (chosen,)
    assert not wanted.moves(header(original), output)


@pytest.mark.parametrize("extension", ["exe", "svg", "heic"])
def test_an_unknown_extension_is_named(extension: str) -> None:
    with pytest.raises(BadRequest, match=f"Invalid extension in transformation: {extension} .*jp2, j2k, tiff"):
        wanted_format(None, extension, b"")


def test_only_automatic_formats_depend_on_the_client() -> None:
    assert wanted_format("webp", None, CHROME) == wanted_format("webp", None, b"")
    assert wanted_format("auto", None, CHROME) != wanted_format("auto", None, b"")
