"""Texts as they are drawn, and measures of their ink."""

import numpy as np

from keepsight.pixels.text import draw_text
from keepsight.transformation.text_style import parse_text_style
from keepsight.transformation.values import Colour

WHITE = Colour(255, 255, 255)
RED = Colour(255, 0, 0)
ARABIC = "\u0645\u0631\u062d\u0628\u0627"  # marhaba
LONG = "The quick brown fox jumps over the lazy dog and runs away from all of it before anybody has seen anything"


def drawn(text, style="Noto Sans_40", **options):
    return draw_text(text, parse_text_style(style), **options)


def ink(image):
    """Opacity of every pixel, 0..1."""
    return np.asarray(image.getchannel("A"), float) / 255


def edges(image, rows=slice(None)):
    """First and last inked column of some rows."""
    columns = np.flatnonzero(ink(image)[rows].max(axis=0) > 0.5)
    return columns[0], columns[-1]


def lines(image):
    """Slices of rows, one a line of text."""
    inked = ink(image).max(axis=1) > 0
    starts = np.flatnonzero(inked & ~np.concatenate(([False], inked[:-1])))
    ends = np.flatnonzero(inked & ~np.concatenate((inked[1:], [False]))) + 1
    return [slice(start, end) for start, end in zip(starts, ends, strict=True)]
