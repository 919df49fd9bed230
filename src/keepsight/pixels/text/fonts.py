"""Which fonts there are: those of the system, found by fontconfig, and those that Python packages bring along.

A server without any font of its own draws Latin, Greek, Cyrillic, Hebrew, Arabic and Devanagari all the same, because
the font packages in pyproject.toml are part of every installation; `pip install fontpkg-<family>` adds one. No path
ever comes from a URL: a family is a name, and only files that packages registered are opened.
"""

from __future__ import annotations

from functools import cache, lru_cache
from types import MappingProxyType

import fontpkg
import pyvips

DEFAULT = "Noto Sans"
"""Drawn where nothing of what was asked for is there."""

# The first choice of free fonts with the widths of a well-known one, or with its looks where there is none.
_LIKE = MappingProxyType(
    {
        "arial": "Arimo",
        "helvetica": "Arimo",
        "helvetica neue": "Arimo",
        "liberation sans": "Arimo",
        "sans-serif": "Noto Sans",
        "verdana": "DejaVu Sans, Noto Sans",
        "tahoma": "DejaVu Sans, Noto Sans",
        "times": "Tinos, Liberation Serif, Noto Serif",
        "times new roman": "Tinos, Liberation Serif, Noto Serif",
        "georgia": "Gelasio, Noto Serif",
        "palatino": "Noto Serif",
        "garamond": "EB Garamond, Noto Serif",
        "serif": "Noto Serif",
        "courier": "Cousine, Liberation Mono, Roboto Mono",
        "courier new": "Cousine, Liberation Mono, Roboto Mono",
        "monaco": "Roboto Mono",
        "consolas": "Roboto Mono",
        "monospace": "Roboto Mono",
    }
)
_PROBE = "Hamburgefonstiv 0123"


def families(family: str) -> str:
    """The family and what stands in for it, the best first, as Pango takes them."""
    register()
    return ", ".join(filter(None, (family, _LIKE.get(family.lower()), DEFAULT)))


@cache
def font_files() -> tuple[str, ...]:
    """The files of the font packages."""
    return tuple(str(file.path) for family in fontpkg.families().values() for file in family.files)


@cache
def register() -> None:
    """Make the fonts of Python packages known to this process, once; a tenth of a second.

    libvips keeps a list of the files under a lock, so two threads that come here at once do no harm.
    """
    for file in font_files():
        pyvips.Image.text("x", fontfile=file)


@lru_cache(maxsize=512)
def is_installed(family: str) -> bool:
    """Whether letters come from the family itself, or from one that the system declares to be its equal.

    fontconfig always answers with some font, so two fallbacks of different widths tell whether it came to them.
    """
    register()
    widths = {
        pyvips.Image.text(f'<span font_family="{family}, {other}" size="{64 * 1024}">{_PROBE}</span>', dpi=72).width
        for other in ("Roboto Mono", "Noto Serif")
    }
    return len(widths) == 1
