"""What a body says, whatever its encoding."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from keepsight.errors import BadRequest

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
    query: tuple[tuple[str, str], ...] = ()
    """Names and values after the question mark: they count where there is no body, since nobody signs them."""

    def values(self) -> dict[str, Any]:
        """Every parameter once: a text, or of `name[]` a list of texts; of a JSON body what it says, without nulls.

        Raises BadRequest for a name that is there twice.
        """
        if self.json is not None:
            return {name: value for name, value in self.json.items() if value is not None}
        return gathered(self.parameters or self.query)


def gathered(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Pairs by name, the members of `name[]` as a list. Raises BadRequest for any other name that is there twice.

    Which of two would count is not what was signed: `a=1,2` and `a=1` with `a=2` have one signature.
    """
    values: dict[str, Any] = {}
    for name, value in pairs:
        indexed = _INDEX.fullmatch(name)
        there = values.get(indexed[1] if indexed else name)
        if there is not None and not (indexed and isinstance(there, list)):
            raise BadRequest(f"Invalid {name[:80]}: it is there twice")
        if indexed:
            values[indexed[1]] = [*(there or ()), value]
        else:
            values[name] = value
    return values
