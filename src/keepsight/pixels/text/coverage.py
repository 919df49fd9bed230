"""Which characters of a text no font here has, so that boxes with their code would stand for them.

Neither libvips nor fontconfig tells it from Python, and fonts of the system count as well, so the character is drawn:
Pango's box for what is missing has one frame, whatever code stands in it. Two milliseconds for each new character.
"""

from __future__ import annotations

import unicodedata
from functools import cache, lru_cache
from itertools import islice

import pyvips

from keepsight.pixels.text.fonts import DEFAULT, families

_SURELY = 0x180
"""Below this code the fonts of every installation have all there is."""
_MOST = 250
_NEVER = ("\u0378", "\U000efff0")
"""Characters that Unicode has not assigned, of four and of five digits: boxes of both widths."""
_INVISIBLE = frozenset(("Cc", "Cf", "Cn", "Cs", "Zl", "Zp", "Zs"))

Drawn = tuple[int, int, tuple[int, ...], bytes]


def missing_scripts(text: str) -> tuple[str, ...]:
    """Names of the scripts of which a text has letters that no font here has, in their order in it, each once.

    Of its first `_MOST` different characters: more would take longer than drawing them.
    """
    checked = islice((char for char in dict.fromkeys(text) if ord(char) >= _SURELY), _MOST)
    return tuple(dict.fromkeys(script_name(char) for char in checked if is_missing(char)))


@lru_cache(maxsize=16_384)
def is_missing(char: str) -> bool:
    """Whether no font here has a character that should be seen."""
    if unicodedata.category(char) in _INVISIBLE:
        return False
    drawn = _framed(char)
    return drawn is not None and drawn in _boxes()


def script_name(char: str) -> str:
    """The script of a character, as Unicode calls it; `emoji` or `symbols` of what belongs to none."""
    from fontTools import unicodedata as scripts  # noqa: PLC0415 - tables that a server with all fonts never needs

    script = scripts.script(char)
    if script not in ("Zyyy", "Zinh", "Zzzz"):
        return str(scripts.script_name(script)).replace("_", " ")
    return "emoji" if ord(char) >= 0x1F000 and unicodedata.category(char) in ("So", "Sk") else "symbols"


@cache
def _boxes() -> frozenset[Drawn]:
    return frozenset(drawn for char in _NEVER if (drawn := _framed(char)) is not None)


def _framed(char: str) -> Drawn | None:
    """Place, size and outermost pixels of a drawn character: those of a box for what is missing no letter has."""
    markup = f'<span font_family="{families(DEFAULT, "")}" size="32768">&#{ord(char)};</span>'
    try:
        image = pyvips.Image.text(markup, dpi=72)
    except pyvips.Error:  # nothing to be seen
        return None
    pixels = image.numpy()
    ring = b"".join(line.tobytes() for line in (pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]))
    return image.xoffset, image.yoffset, pixels.shape, ring
