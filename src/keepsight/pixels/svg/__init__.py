"""Drawings: read, cleaned of all that could do harm, and rendered in a process of their own."""

from keepsight.pixels.svg.clean import sanitize
from keepsight.pixels.svg.render import render_svg
from keepsight.pixels.svg.size import svg_size

__all__ = ["render_svg", "sanitize", "svg_size"]
