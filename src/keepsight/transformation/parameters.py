"""Every parameter of a component, declared once: the parser, the error text and the documents come from here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from keepsight.errors import BadRequest
from keepsight.transformation import gravity_parser, scalars
from keepsight.transformation.values import Mode

T_co = TypeVar("T_co", covariant=True)

FORMATS = {
    "auto": "auto",
    "jpg": "jpeg",
    "jpeg": "jpeg",
    "png": "png",
    "webp": "webp",
    "avif": "avif",
    "gif": "gif",
}
"""What `f_` accepts, and the format that it means."""


@dataclass(frozen=True, slots=True)
class Parameter(Generic[T_co]):
    """One `<key>_<value>` of a component."""

    key: str
    name: str
    """The word that error texts use, as Cloudinary's do: `Invalid width in transformation: abc`."""
    expected: str
    """Type and range, as the end of "expected …"."""
    default: str
    help: str
    parse: Callable[[str], T_co]
    """Percent-decoded text into a value; raises ValueError, with the reason if `expected` does not give it."""

    def read(self, text: str) -> T_co:
        """The value of `text`. Raises BadRequest that names the parameter, the value and what was expected."""
        try:
            return self.parse(text)
        except ValueError as error:
            reason = str(error) or f"expected {self.expected}"
            raise BadRequest(f"Invalid {self.name} in transformation: {text} ({reason})") from None


def _mode(text: str) -> Mode:
    if text in _MODES:
        return Mode(text)
    raise ValueError(f"{text} is not offered by this server" if text in _MODES_NOT_OFFERED else "")


def _format(text: str) -> str:
    if text not in FORMATS:
        raise ValueError
    return FORMATS[text]


def _flags(text: str) -> frozenset[str]:
    flags = frozenset(text.split("."))
    if unknown := sorted(flags - {"getinfo"}):
        raise BadRequest(f"Invalid flag in transformation: {unknown[0]} (expected {FLAGS.expected})")
    return flags


_MODES = frozenset(Mode)
_MODES_NOT_OFFERED = frozenset({"auto", "auto_pad", "imagga_crop", "imagga_scale"})
_SIDE = f"a whole number of pixels from 1 to {scalars.MAX_SIDE}, or a decimal share such as 0.5 or 1.0"
_OFFSET = "a whole number of pixels or a decimal share such as 0.1, negative or not"

MODE = Parameter("c", "crop mode", "one of " + ", ".join(Mode), "scale", "How the picture is resized or cut.", _mode)
WIDTH = Parameter("w", "width", _SIDE, "follows the height", "Wanted width.", scalars.side)
HEIGHT = Parameter("h", "height", _SIDE, "follows the width", "Wanted height.", scalars.side)
RATIO = Parameter(
    "ar",
    "aspect ratio",
    "width:height such as 16:9, or a decimal such as 1.5, from 0.01 to 100",
    "that of the picture",
    "Wanted width over height.",
    scalars.ratio,
)
GRAVITY = Parameter("g", "gravity", gravity_parser.EXPECTED, "center", "What the cut keeps.", gravity_parser.gravity)
X = Parameter("x", "x", _OFFSET, "0", "Horizontal offset, or the left edge of a crop.", scalars.offset)
Y = Parameter("y", "y", _OFFSET, "0", "Vertical offset, or the top edge of a crop.", scalars.offset)
ZOOM = Parameter(
    "z", "zoom", "a factor from 0.01 to 100", "1.0", "Above 1 closer to what was found, below 1 wider.", scalars.zoom
)
QUALITY = Parameter(
    "q",
    "quality",
    "a number from 1 to 100, with :420 or :444 if wanted, or auto, auto:best, auto:good, auto:eco, auto:low",
    "80 for JPEG and WebP, 63 for AVIF",
    "Quality of the encoder.",
    scalars.quality,
)
FORMAT = Parameter(
    "f",
    "format",
    "one of " + ", ".join(FORMATS),
    "the extension, else the original's",
    "Format of the answer; auto negotiates by the Accept header.",
    _format,
)
DPR = Parameter(
    "dpr",
    "dpr",
    "a factor from 0.1 to 10",
    "1.0",
    "Device pixel ratio: multiplies widths and heights given in pixels.",
    scalars.device_pixel_ratio,
)
ANGLE = Parameter(
    "a",
    "angle",
    "quarter turns (90, 180, 270, -90), hflip or vflip, joined by dots",
    "0",
    "Turns and flips, after the resize of the same component.",
    scalars.turns,
)
BACKGROUND = Parameter(
    "b",
    "background",
    "rgb: and 3, 4, 6 or 8 hex digits, a CSS colour name, transparent, or auto",
    "white",
    "Colour of padding, and under transparency.",
    scalars.background,
)
FLAGS = Parameter("fl", "flag", "getinfo", "none", "getinfo answers JSON instead of pixels.", _flags)

PARAMETERS: tuple[Parameter[object], ...] = (
    MODE,
    WIDTH,
    HEIGHT,
    RATIO,
    GRAVITY,
    X,
    Y,
    ZOOM,
    QUALITY,
    FORMAT,
    DPR,
    ANGLE,
    BACKGROUND,
    FLAGS,
)
"""Everything a component may hold, in the order of the documents."""

BY_KEY = {p.key: p for p in PARAMETERS}

NOT_OFFERED = {
    "bl": "baseline",
    "bo": "border",
    "co": "colour",
    "cs": "colour space",
    "d": "default image",
    "dl": "delay",
    "dn": "density",
    "e": "effect",
    "fn": "custom function",
    "if": "condition",
    "l": "overlay",
    "o": "opacity",
    "p": "prefix",
    "pg": "page",
    "r": "radius",
    "t": "named transformation",
    "u": "underlay",
    "ac": "audio codec",
    "af": "audio frequency",
    "br": "bit rate",
    "du": "duration",
    "eo": "end offset",
    "fps": "frames per second",
    "ki": "key frame interval",
    "so": "start offset",
    "sp": "streaming profile",
    "vc": "video codec",
    "vs": "video sampling",
}
"""Keys of the language that this server refuses by name, so that they are never taken for a folder."""
