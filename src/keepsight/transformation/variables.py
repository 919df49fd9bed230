"""Variables: `$name_value` gives, `$name` takes, `$(name)` takes inside of text."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping

from keepsight.errors import BadRequest

ASSIGNMENT = re.compile(r"\$(?P<name>[A-Za-z][A-Za-z0-9]*)_(?P<value>.+)", re.ASCII | re.DOTALL)
"""Names begin with a letter and hold no underscore (Cloudinary, user-defined variables)."""

_TAKEN = re.compile(r"\$(?:\((?P<inside>[A-Za-z][A-Za-z0-9]*)\)|(?P<bare>[A-Za-z][A-Za-z0-9]*))", re.ASCII)
_INSIDE = re.compile(r"\$\((?P<inside>[A-Za-z][A-Za-z0-9]*)\)", re.ASCII)

_DEFINED = re.compile(r"(?:(?<=_)|^)is(?P<not>n?)def_\$(?P<name>[A-Za-z][A-Za-z0-9]*)(?=_|$)", re.ASCII)

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


def tell_defined(text: str, defined: Container[str], undecided: Container[str] = ()) -> str:
    """A condition in which `isdef_$name` and `isndef_$name` are decided; where `undecided` holds the name it stays."""
    if "def_$" not in text:
        return text

    def replaced(match: re.Match[str]) -> str:
        if match["name"] in undecided:
            return match.group()
        return "1_eq_1" if (match["name"] in defined) != bool(match["not"]) else "1_eq_0"

    return _DEFINED.sub(replaced, text)


def names_in(text: str, *, only_inside: bool = False) -> tuple[str, ...]:
    """The variables that a text takes, in order."""
    if "$" not in text:
        return ()
    matches = (_INSIDE if only_inside else _TAKEN).finditer(text)
    return tuple(m["inside"] or m.groupdict().get("bare") or "" for m in matches)


def bare(value: str) -> str:
    """A value without its exclamation marks."""
    return value[1:-1] if len(value) > 1 and value.startswith("!") and value.endswith("!") else value
