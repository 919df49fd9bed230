from __future__ import annotations

import pytest

from keepsight.delivery.negotiate import accepted, wanted_format
from keepsight.errors import BadRequest
from keepsight.pixels.formats import Format

CHROME = b"image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"


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
    assert wanted_format(named, extension, accept).choose(Format.GIF, alpha=alpha, pixels=pixels) is chosen


def test_an_unknown_extension_is_named() -> None:
    with pytest.raises(BadRequest, match="Invalid extension in transformation: bmp"):
        wanted_format(None, "bmp", b"")


def test_only_automatic_formats_depend_on_the_client() -> None:
    assert wanted_format("webp", None, CHROME) == wanted_format("webp", None, b"")
    assert wanted_format("auto", None, CHROME) != wanted_format("auto", None, b"")
