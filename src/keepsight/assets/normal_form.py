"""Names that look the same and are spelt with other code points: `ü` is one, or `u` and a combining diaeresis.

Macs name files in the decomposed form (NFD), nearly everything else types the composed one (NFC).
"""

from __future__ import annotations

from itertools import islice, product
from unicodedata import normalize

_MOST_SPELLINGS = 16
"""Of one path: each costs a look at the disk."""


def composed(name: str) -> str:
    """The name in NFC, as catalogues keep it."""
    return name if name.isascii() else normalize("NFC", name)


def normal_forms(name: str) -> tuple[str, ...]:
    """The name as it is, in NFC and in NFD, none twice."""
    return (name,) if name.isascii() else tuple(dict.fromkeys((name, normalize("NFC", name), normalize("NFD", name))))


def path_spellings(path: str) -> tuple[str, ...]:
    """The path as it is, then with its parts in their other normal forms: a folder and a file may differ in theirs."""
    if path.isascii():
        return (path,)
    whole = normal_forms(path)
    mixed = ("/".join(parts) for parts in product(*(normal_forms(part) for part in path.split("/"))))
    return tuple(islice(dict.fromkeys((*whole, *islice(mixed, 4 * _MOST_SPELLINGS))), _MOST_SPELLINGS))
