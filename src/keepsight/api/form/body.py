"""What a body says, whatever its encoding."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_INDEX = re.compile(r"([^\[\]]+)\[\d*\]")
"""`public_ids[]` of the SDKs, `public_ids[0]` of others."""


@dataclass(frozen=True, slots=True)
class Part:
    """The part called `file`, on disk: a picture, or the text of an address or of a data URI."""

    path: Path
    bytes: int
    filename: str | None
    """As it was sent, by whoever sent it; None for a part that is no file but text."""


@dataclass(frozen=True, slots=True)
class Body:
    """Parameters in the order in which they came."""

    parameters: tuple[tuple[str, str], ...] = ()
    """Names and values of a form, as they are signed."""
    file: Part | None = None
    json: dict[str, Any] | None = None
    """The object of a JSON body; `parameters` is empty then."""
    query: tuple[tuple[str, str], ...] = field(default=())
    """Names and values after the question mark; used where a method has no body."""

    def values(self) -> dict[str, Any]:
        """Every parameter once: a text, or of `name[]` a list of texts; of a JSON body what it says, without nulls."""
        if self.json is not None:
            return {name: value for name, value in self.json.items() if value is not None}
        return gathered((*self.query, *self.parameters))


def gathered(pairs: Iterator[tuple[str, str]] | tuple[tuple[str, str], ...]) -> dict[str, Any]:
    """Pairs by name; the members of `name[]` as a list, of others the last one counts."""
    values: dict[str, Any] = {}
    for name, value in pairs:
        if indexed := _INDEX.fullmatch(name):
            listed = values.get(indexed[1])
            values[indexed[1]] = [*listed, value] if isinstance(listed, list) else [value]
        else:
            values[name] = value
    return values
