"""What a search asks for, as a tree. Whoever parses an expression builds it; `search.py` compiles it to SQL.

Fields are named as in Cloudinary's search expressions (`public_id`, `tags`, `context.caption`, `metadata.sku`,
`bytes`, `uploaded_at` ...); `fields.py` has the whole list. A field that nobody knows matches nothing, as theirs does.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Literal

Operator = Literal["=", ">", ">=", "<", "<="]


class How(Enum):
    """How a text has to agree."""

    EXACT = "exact"
    """`field=value`: the whole value, letter for letter. Of a list such as tags: any one of them."""
    TOKEN = "token"  # noqa: S105 - a word of a text, no secret
    """`field:value`: the words of `value` stand in it one after another, whatever their case."""
    PREFIX = "prefix"
    """`field:value*`: as TOKEN, and the last word may go on."""


@dataclass(frozen=True, slots=True)
class RelativeDate:
    """So long before now; later dates are the greater ones, so `uploaded_at>1d` is since yesterday."""

    seconds: float
    """At least 0."""


Number = int | float
Value = Number | datetime | RelativeDate
"""What is compared by size. A datetime without a zone is one of UTC."""


@dataclass(frozen=True, slots=True)
class Everything:
    """Every asset: the empty expression."""


@dataclass(frozen=True, slots=True)
class Match:
    """A text agrees. For a field of numbers or dates it compares equal if the text is one, else matches nothing."""

    field: str | None
    """None: any of the fields that a bare word is looked for in."""
    value: str
    how: How = How.TOKEN


@dataclass(frozen=True, slots=True)
class Compare:
    """A number or a date compares so. On a field of text it matches nothing."""

    field: str
    operator: Operator
    value: Value


@dataclass(frozen=True, slots=True)
class Range:
    """`[low TO high]`, or `{low TO high}` without the ends; None is an open end."""

    field: str
    low: Value | None
    high: Value | None
    includes_low: bool = True
    includes_high: bool = True


@dataclass(frozen=True, slots=True)
class And:
    """All of them; none at all: everything."""

    parts: tuple[Query, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Any of them; none at all: nothing."""

    parts: tuple[Query, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The others."""

    part: Query


Query = Everything | Match | Compare | Range | And | Or | Not


@dataclass(frozen=True, slots=True)
class SortBy:
    """One key of the order; assets without a value come last."""

    field: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Aggregate:
    """Count what was found by the values of a field or, for a field of numbers, by ranges."""

    field: str
    ranges: tuple[AggregateRange, ...] = ()


@dataclass(frozen=True, slots=True)
class AggregateRange:
    """`low` included, `high` not; None is an open end."""

    key: str
    low: Number | None = None
    high: Number | None = None
