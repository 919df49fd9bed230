"""Pictures in, pictures out: headers, reduced decodes, cuts, turns, colours, encoders. Knows no storage, no HTTP."""

from keepsight.pixels.animation import chosen_frames, encode_animation, frame_durations
from keepsight.pixels.encode import encode, encode_smallest, is_flat
from keepsight.pixels.encoding import Automatic, Encoding
from keepsight.pixels.formats import EXTENSIONS, Format
from keepsight.pixels.header import Header, read_header
from keepsight.pixels.limits import Limits
from keepsight.pixels.metadata import Metadata, read_metadata
from keepsight.pixels.operations import Cut, Operation
from keepsight.pixels.picture import Picture
from keepsight.pixels.quality import TARGETS, usual_quality
from keepsight.pixels.render import render
from keepsight.transformation.values import Turn

__all__ = [
    "EXTENSIONS",
    "TARGETS",
    "Automatic",
    "Cut",
    "Encoding",
    "Format",
    "Header",
    "Limits",
    "Metadata",
    "Operation",
    "Picture",
    "Turn",
    "chosen_frames",
    "encode",
    "encode_animation",
    "encode_smallest",
    "frame_durations",
    "is_flat",
    "read_header",
    "read_metadata",
    "render",
    "usual_quality",
]
