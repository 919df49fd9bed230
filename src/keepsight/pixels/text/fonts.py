"""Which fonts there are: those of the system, found by fontconfig, and those that Python packages bring along.

A server without any font of its own draws Latin, Greek, Cyrillic, Hebrew, Arabic, Devanagari, Bengali, Tamil, Telugu,
Thai, Khmer, Chinese, Japanese and Korean all the same, because the font packages in pyproject.toml are part of every
installation; `pip install fontpkg-<family>` adds one. No path ever comes from a URL: a family is a name, and only the
files of packages are opened.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path
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
_CJK = "manimgx_fonts_cjk"
"""Noto Sans CJK in a package that registers nothing: its folder is looked up."""
_SCRIPTS = MappingProxyType(
    {
        "JP": re.compile("[\u3041-\u30ff]"),
        "KR": re.compile("[\u1100-\u11ff\uac00-\ud7af]"),
        "TC": re.compile("[\u3105-\u312f]"),
    }
)
"""Kana, Hangul and Bopomofo: each is written in one country."""
_HAN = re.compile("[\u2e80-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_REGION = re.compile(r"\b(JP|KR|SC|TC|HK)\b")
_CHARSETS = MappingProxyType({"JP": "shift_jis", "SC": "gb2312", "TC": "big5"})


def families(family: str, text: str) -> str:
    """The family and what stands in for it in `text`, the best first, as Pango takes them."""
    register()
    region = han_region(family, text)
    return ", ".join(filter(None, (family, _LIKE.get(family.lower()), DEFAULT, region and f"Noto Sans CJK {region}")))


def han_region(family: str, text: str) -> str | None:
    """Whose forms Han characters of a text have: JP, KR, SC, TC, HK; None where there are no letters of these scripts.

    Unicode gives one code to forms that differ between countries. The script beside them tells, or the name of the
    font; of Han alone the national character set that holds all of it, and Japan's forms where several do.
    """
    for region, script in _SCRIPTS.items():
        if script.search(text):
            return region
    han = "".join(_HAN.findall(text))
    if not han:
        return None
    if named := _REGION.search(family):
        return named[1]
    return next((region for region, charset in _CHARSETS.items() if _encodes(charset, han)), "JP")


def _encodes(charset: str, text: str) -> bool:
    try:
        text.encode(charset)
    except UnicodeEncodeError:
        return False
    return True


@cache
def font_files() -> tuple[str, ...]:
    """The files of the font packages."""
    registered = tuple(str(file.path) for family in fontpkg.families().values() for file in family.files)
    spec = find_spec(_CJK)
    folders = (spec.submodule_search_locations or ()) if spec else ()
    return registered + tuple(str(file) for folder in folders for file in sorted(Path(folder).glob("*.[ot]t[cf]")))


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
