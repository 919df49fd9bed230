"""Which format is answered, and whether it moves."""

from __future__ import annotations

import re
from dataclasses import dataclass

from keepsight.errors import BadRequest
from keepsight.pixels.formats import EXTENSIONS, Format
from keepsight.pixels.header import Header
from keepsight.transformation.output import Output

AUTO = "auto"
_AVIF_PIXELS = 5_000
"""Below this many pixels AVIF's container costs more than it saves; Cloudinary answers WebP there too."""
_OFFERS = tuple(
    (format_, re.compile(rb"image/%s(?!\s*;\s*q=0(\.0*)?\s*(,|$))" % format_.encode()))
    for format_ in (Format.AVIF, Format.JXL, Format.WEBP)
)
"""Modern formats, the one that is answered first where a client takes several, and how an Accept header names them."""
_KEEPERS = {Format.WEBP: ("animated", "awebp"), Format.PNG: ("animated", "apng"), Format.AVIF: ("animated",)}
"""The flags with which an animation keeps moving in a format that a URL names (Cloudinary, transformation reference);
without them it is the first frame. A GIF always moves."""


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

    def moves(self, header: Header, output: Output) -> bool:
        """Whether the answer shows more than one frame of this original."""
        one_page = len(output.pages) == 1 and output.pages[0][0] == output.pages[0][1]
        if not header.animated or one_page:
            return False
        if self.auto:
            return output.format != "auto:image"
        target = self.format or header.format
        return target in (Format.GIF, header.format) or output.animated in _KEEPERS.get(target, ())

    def choose(
        self, header: Header, output: Output, *, alpha: bool, pixels: int, flat: bool = False
    ) -> tuple[Format, ...]:
        """The format for a rendered picture of that many pixels, transparent or not.

        `flat` says that it is a drawing of few colours; there may then be two formats, of which the smaller answer is
        to be sent.
        """
        if self.format is not None:
            return (self.format,)
        alpha = alpha or (output.preserve_transparency and header.has_alpha)
        plain = Format.PNG if alpha or (flat and not self.auto) else Format.JPEG
        if not self.auto:
            return (header.format if header.format.written else plain,)
        if output.colour_space == "cmyk":
            return (Format.JPEG,)
        if self.moves(header, output):
            return (self._moving(header, output),)
        modern = tuple(f for f in self.accepted if f is not Format.AVIF or pixels >= _AVIF_PIXELS)
        if flat:
            return tuple(dict.fromkeys((*modern[:1], *modern[-1:]))) or ((plain,) if alpha else (Format.PNG, plain))
        return modern[:1] or (plain,)

    def _moving(self, header: Header, output: Output) -> Format:
        """AVIF predicts frames from each other: a panned photograph of 50 frames in a thirteenth of WebP's bytes.

        It plays for ever, though, or rather its writer knows nothing else.
        """
        plays = header.plays if output.loop is None else output.loop
        if Format.AVIF in self.accepted and plays == 0:
            return Format.AVIF
        if Format.WEBP in self.accepted:
            return Format.WEBP
        return header.format if header.format in (Format.GIF, Format.PNG) else Format.GIF


def wanted_format(named: str | None, extension: str | None, accept: bytes) -> Wanted:
    """From `f_`, which wins, and the extension of the URL. Raises BadRequest for an unknown extension."""
    if named is not None and named.partition(":")[0] == AUTO:
        return Wanted(None, auto=True, accepted=accepted(accept))
    if named is not None:
        return Wanted(Format(named))
    if extension is None:
        return Wanted(None)
    check_extension(extension)
    return Wanted(EXTENSIONS[extension])


def check_extension(extension: str) -> None:
    """Return if it names a format. Raises BadRequest."""
    if extension not in EXTENSIONS or not EXTENSIONS[extension].written:
        expected = ", ".join(word for word, format_ in EXTENSIONS.items() if format_.written)
        raise BadRequest(f"Invalid extension in transformation: {extension} (expected one of {expected})")
