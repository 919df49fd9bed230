"""Formats whose decoders are not trusted with the server: they run in processes that may die."""

from keepsight.pixels.outside.decoding import Loaded, decode_outside, frames_outside
from keepsight.pixels.outside.job import OUTSIDE

__all__ = ["OUTSIDE", "Loaded", "decode_outside", "frames_outside"]
