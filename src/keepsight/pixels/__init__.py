"""Pictures in, pictures out: headers, reduced decodes, cuts, turns, colours, encoders. Knows no storage, no HTTP."""

from keepsight.pixels.encode import Encoding, encode
from keepsight.pixels.formats import EXTENSIONS, Format
from keepsight.pixels.header import Header, Limits, read_header
from keepsight.pixels.operations import Cut, Operation
from keepsight.pixels.picture import Picture
from keepsight.pixels.quality import QUALITY_AUTO, Level, auto_quality
from keepsight.pixels.render import render
from keepsight.transformation.values import Turn

__all__ = [
    "EXTENSIONS",
    "QUALITY_AUTO",
    "Cut",
    "Encoding",
    "Format",
    "Header",
    "Level",
    "Limits",
    "Operation",
    "Picture",
    "Turn",
    "auto_quality",
    "encode",
    "read_header",
    "render",
]
