"""Every parameter of a component, declared once: the parser, the error text and the documents come from here."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from keepsight.errors import BadRequest
from keepsight.transformation import backgrounds, colours, flags, gravity_parser, output_values, scalars
from keepsight.transformation.effects import EXPECTED as EXPECTED_EFFECT
from keepsight.transformation.effects import parse_effect
from keepsight.transformation.layer_source import parse_layer_source
from keepsight.transformation.values import Mode

T_co = TypeVar("T_co", covariant=True)


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
    computed: Literal["pixels", "number", "text"] | None = None
    """What a computation gives, which may wait for the picture: whole pixels, a number, or text that takes variables.
    None: variables in it need a value that the URL itself settles."""

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
    raise ValueError("a paid add-on: not offered by this server" if text.startswith("imagga_") else "")


def _names(text: str) -> tuple[str, ...]:
    names = tuple(text.split("."))
    if not all(_NAME.fullmatch(name) for name in names):
        raise ValueError
    return names


def _default(text: str) -> str:
    name = "/".join(part for part in text.replace(":", "/").split("/") if part)
    if not name:
        raise ValueError
    return name


def _prefix(text: str) -> str:
    return text


_NAME = re.compile(r"[^/,$]{1,255}")
_MODES = frozenset(Mode)
_SIDE = (
    f"a whole number of pixels from 1 to {scalars.MAX_SIDE}, a decimal share of the picture such as 0.5 or 1.0, at "
    f"most {scalars.MAX_SHARE}.0, or a computation such as iw_div_2"
)
_OFFSET = "a whole number of pixels or a decimal share such as 0.1, negative or not"
_LAYER = "a public id with a colon for every slash, text:<font>_<size>:<text>, or fetch:<address in URL-safe base64>"

MODE = Parameter("c", "crop mode", "one of " + ", ".join(Mode), "scale", "How the picture is resized or cut.", _mode)
WIDTH = Parameter(
    "w",
    "width",
    f"{_SIDE}, or auto[:step[:fallback]]",
    "follows the height",
    "Wanted width; auto takes it from the client hints `Width` and `Viewport-Width`.",
    scalars.side,
    "pixels",
)
HEIGHT = Parameter("h", "height", _SIDE, "follows the width", "Wanted height.", scalars.side, "pixels")
RATIO = Parameter(
    "ar",
    "aspect ratio",
    "width:height such as 16:9, or a decimal such as 1.5, from 0.0001 to 10000",
    "that of the picture",
    "Wanted width over height.",
    scalars.ratio,
    "number",
)
GRAVITY = Parameter("g", "gravity", gravity_parser.EXPECTED, "center", "What the cut keeps.", gravity_parser.gravity)
X = Parameter("x", "x", _OFFSET, "0", "Horizontal offset, or the left edge of a crop.", scalars.offset, "pixels")
Y = Parameter("y", "y", _OFFSET, "0", "Vertical offset, or the top edge of a crop.", scalars.offset, "pixels")
ZOOM = Parameter(
    "z",
    "zoom",
    "a factor from 0.01 to 10000",
    "1.0",
    "Above 1 closer to what was found, below 1 wider.",
    scalars.zoom,
    "number",
)
QUALITY = Parameter(
    "q",
    "quality",
    "a number from 1 to 100, or auto, auto:best, auto:good, auto:eco, auto:low, with :420 or :444 if wanted",
    "80 for JPEG, 82 for WebP, 67 for AVIF, which look alike",
    "Quality of the encoder; auto aims at equal seen quality.",
    output_values.quality,
    "number",
)
FORMAT = Parameter(
    "f",
    "format",
    "one of " + ", ".join(output_values.FORMATS),
    "the extension, else the original's",
    "Format of the answer; auto negotiates by the Accept header.",
    output_values.output_format,
)
DPR = Parameter(
    "dpr",
    "dpr",
    "a factor from 0.1 to 10, or auto",
    "1.0",
    "Device pixel ratio: multiplies widths and heights given in pixels; auto takes it from the client hint `DPR`.",
    scalars.device_pixel_ratio,
    "number",
)
ANGLE = Parameter(
    "a",
    "angle",
    "whole degrees clockwise, hflip, vflip, auto_left, auto_right, exif or ignore, joined by dots",
    "0",
    "Turns and flips, after the resize of the same component; exif is what happens anyway, ignore leaves the EXIF "
    "orientation alone.",
    scalars.angle,
    "number",
)
BACKGROUND = Parameter(
    "b",
    "background",
    backgrounds.EXPECTED,
    "white",
    "Colour of padding, and under transparency.",
    backgrounds.background,
    "text",
)
EFFECT = Parameter("e", "effect", EXPECTED_EFFECT, "none", "An effect.", parse_effect, "number")
COLOUR = Parameter(
    "co",
    "color",
    colours.EXPECTED,
    "black for text",
    "Colour of a text, of a shadow, of an outline, and of other effects that take one.",
    colours.colour,
    "text",
)
OPACITY = Parameter("o", "opacity", "a number from 0 to 100", "100", "How opaque.", scalars.percent, "number")
RADIUS = Parameter(
    "r",
    "radius",
    "pixels, or up to four of them joined by colons, or max",
    "0",
    "Rounded corners; max makes an ellipse.",
    scalars.radii,
    "pixels",
)
BORDER = Parameter(
    "bo",
    "border",
    "<width>px_solid_<colour>, such as 3px_solid_red, up to 1000 pixels",
    "none",
    "A border, which follows rounded corners.",
    scalars.border,
    "text",
)
OVERLAY = Parameter(
    "l", "overlay", _LAYER, "none", "Lays a picture or a text over the one so far.", parse_layer_source
)
UNDERLAY = Parameter("u", "underlay", _LAYER, "none", "Lays a picture under the one so far.", parse_layer_source)
NAMED = Parameter(
    "t", "named transformation", "names joined by dots", "none", "Transformations that the server keeps.", _names
)
BASELINE = Parameter(
    "bl", "baseline", "a name, alone in the first component", "none", "As t_, where the URL begins.", _names
)
DEFAULT = Parameter(
    "d",
    "default image",
    "a public id with a colon for every slash",
    "none",
    "Stands in for a missing picture.",
    _default,
)
PAGES = Parameter(
    "pg", "page", "numbers and ranges such as 2-5;7;9-", "all of them", "Which frames or pages.", output_values.pages
)
DELAY = Parameter(
    "dl",
    "delay",
    f"milliseconds from 1 to {output_values.MOST_DELAY}",
    "the original's",
    "How long each frame of an animation is shown.",
    output_values.delay,
)
PREFIX = Parameter("p", "prefix", "a name", "none", "Names CSS classes of a sprite; a picture has none.", _prefix)
DENSITY = Parameter(
    "dn", "density", "dots an inch from 1 to 2400", "150 for drawings", "Density.", output_values.density
)
COLOUR_SPACE = Parameter(
    "cs",
    "color space",
    "one of " + ", ".join(output_values.COLOUR_SPACES),
    "srgb",
    "Colour space of the answer.",
    output_values.colour_space,
)
FLAGS = Parameter("fl", "flag", flags.EXPECTED, "none", "Switches.", flags.parse_flags)

PARAMETERS: tuple[Parameter[object], ...] = (
    MODE,
    WIDTH,
    HEIGHT,
    RATIO,
    GRAVITY,
    X,
    Y,
    ZOOM,
    DPR,
    ANGLE,
    EFFECT,
    COLOUR,
    RADIUS,
    BORDER,
    OPACITY,
    BACKGROUND,
    OVERLAY,
    UNDERLAY,
    FORMAT,
    QUALITY,
    COLOUR_SPACE,
    DENSITY,
    PAGES,
    DELAY,
    FLAGS,
    NAMED,
    BASELINE,
    DEFAULT,
    PREFIX,
)
"""Everything a component may hold, in the order of the documents."""

BY_KEY = {p.key: p for p in PARAMETERS}

NOT_OFFERED = {
    "cu": "custom crop modes",
    "fn": "custom function",
    "du": "duration",
    "eo": "end offset",
    "fps": "frames per second",
    "so": "start offset",
    "vs": "video sampling",
}
"""Keys of the language that this server refuses by name, so that they are never taken for a folder."""

VIDEO_ONLY = {
    "ac": "audio codec",
    "af": "audio frequency",
    "br": "bit rate",
    "ki": "key frame interval",
    "sp": "streaming profile",
    "vc": "video codec",
}
"""Keys that say how a video is encoded: without effect on a picture, so they are ignored, and the answer says so."""
