"""Words as pictures: shaped, wrapped, outlined."""

from keepsight.pixels.text.coverage import missing_scripts
from keepsight.pixels.text.draw import draw_text
from keepsight.pixels.text.fonts import is_installed

__all__ = ["draw_text", "is_installed", "missing_scripts"]
