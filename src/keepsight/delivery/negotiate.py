"""Which format is answered."""

from __future__ import annotations

import re
from dataclasses import dataclass

from keepsight.errors import BadRequest
from keepsight.pixels.formats import EXTENSIONS, Format

AUTO = "auto"
_AVIF_PIXELS = 5_000
"""Below this many pixels AVIF's container costs more than it saves; Cloudinary answers WebP there too."""
_OFFERS = ((Format.AVIF, re.compile(rb"image/avif(?!\s*;\s*q=0(\.0*)?\s*(,|$))")),
           (Format.WEBP, re.compile(rb"image/webp(?!\s*;\s*q=0(\.0*)?\s*(,|$))")))  # fmt: skip


def accepted(accept: bytes) -> tuple[Format, ...]:
    """The modern formats that an Accept header names. Wildcards promise nothing: old clients send them too."""
    return tuple(f for f, pattern in _OFFERS if pattern.search(accept))


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a URL and a client want; the picture itself may have the last word."""

    format: Format | None
    """None: that of the original, or with `auto` the best of `accepted`."""
    auto: bool = False
    accepted: tuple[Format, ...] = ()

    def choose(self, original: Format, *, alpha: bool, pixels: int) -> Format:
        """The format for a rendered picture of that many pixels, transparent or not."""
        if self.format is not None:
            return self.format
        if not self.auto:
            return original
        if Format.AVIF in self.accepted and pixels >= _AVIF_PIXELS:
            return Format.AVIF
        if Format.WEBP in self.accepted:
            return Format.WEBP
        return Format.PNG if alpha else Format.JPEG


def wanted_format(named: str | None, extension: str | None, accept: bytes) -> Wanted:
    """From `f_`, which wins, and the extension of the URL. Raises BadRequest for an unknown extension."""
    if named == AUTO:
        return Wanted(None, auto=True, accepted=accepted(accept))
    if named is not None:
        return Wanted(Format(named))
    if extension is None:
        return Wanted(None)
    check_extension(extension)
    return Wanted(EXTENSIONS[extension])


def check_extension(extension: str) -> None:
    """Return if it names a format. Raises BadRequest."""
    if extension not in EXTENSIONS:
        expected = ", ".join(EXTENSIONS)
        raise BadRequest(f"Invalid extension in transformation: {extension} (expected one of {expected})")
