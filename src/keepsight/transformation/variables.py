"""Variables: `$name_value` gives, `$name` takes, `$(name)` takes inside of text."""

from __future__ import annotations

import re
from collections.abc import Mapping

from keepsight.errors import BadRequest

ASSIGNMENT = re.compile(r"\$(?P<name>[A-Za-z][A-Za-z0-9]*)_(?P<value>.+)", re.ASCII | re.DOTALL)
"""Names begin with a letter and hold no underscore (Cloudinary, user-defined variables)."""

_TAKEN = re.compile(r"\$(?:\((?P<inside>[A-Za-z][A-Za-z0-9]*)\)|(?P<bare>[A-Za-z][A-Za-z0-9]*))", re.ASCII)
_INSIDE = re.compile(r"\$\((?P<inside>[A-Za-z][A-Za-z0-9]*)\)", re.ASCII)

LONGEST = 8_192
"""Characters that a text may have once its variables are put in: as many as a whole URL, or each could double them."""

Variables = Mapping[str, str]
"""Name to value as it was written: a number, or text between exclamation marks."""


def bind(text: str, variables: Variables, *, quoted: bool = False, only_inside: bool = False) -> str:
    """Replace every variable whose value is known, and leave the others as they stand.

    `quoted` keeps the exclamation marks of text, as expressions and conditions need them. `only_inside` replaces
    `$(name)` alone: in the words of a text layer a dollar sign is a dollar sign. Raises BadRequest for a result
    beyond LONGEST.
    """
    if "$" not in text:
        return text

    def replaced(match: re.Match[str]) -> str:
        name = match["inside"] or match["bare"]
        if name not in variables:
            return match.group()
        value = variables[name]
        return value if quoted and match["inside"] is None else bare(value)

    bound = (_INSIDE if only_inside else _TAKEN).sub(replaced, text)
    if len(bound) > LONGEST:
        raise BadRequest(f"Invalid transformation (variables make a text longer than expected, at most {LONGEST})")
    return bound


def names_in(text: str, *, only_inside: bool = False) -> tuple[str, ...]:
    """The variables that a text takes, in order."""
    if "$" not in text:
        return ()
    matches = (_INSIDE if only_inside else _TAKEN).finditer(text)
    return tuple(m["inside"] or m.groupdict().get("bare") or "" for m in matches)


def bare(value: str) -> str:
    """A value without its exclamation marks."""
    return value[1:-1] if len(value) > 1 and value.startswith("!") and value.endswith("!") else value
