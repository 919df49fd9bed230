"""What a search may ask for besides its expression."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from keepsight.api.parsing import Parameters
from keepsight.api.search.expression import parse_expression
from keepsight.api.values import Words
from keepsight.assets.catalogue.query import Aggregate, AggregateRange, SortBy
from keepsight.assets.catalogue.search import Search

MOST_RESULTS = 500
_MOST_KEYS = 10
Direction = Literal["asc", "desc"]


def _sorted(value: Any) -> tuple[tuple[str, str], ...]:
    """`[{"created_at": "desc"}, …]`; the Node SDK may send one object."""
    listed = value if isinstance(value, list) else [value]
    if len(listed) > _MOST_KEYS or not all(isinstance(each, dict) for each in listed):
        raise ValueError('expected a list such as [{"created_at": "desc"}]')
    found = [(str(name), str(way).lower()) for each in listed for name, way in each.items()]
    if wrong := next((way for _, way in found if way not in ("asc", "desc")), None):
        raise ValueError(f"{wrong[:40]!r} is no direction (expected asc or desc)")
    return tuple(found)


class _Range(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    key: str
    low: float | None = Field(None, alias="from")
    high: float | None = Field(None, alias="to")


class _Ranges(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    type: str
    ranges: Annotated[tuple[_Range, ...], Field(min_length=1, max_length=50)]


def _several(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


class SearchParameters(Parameters):
    """The body of a search."""

    expression: str = ""
    sort_by: Annotated[
        tuple[tuple[str, Direction], ...],
        BeforeValidator(_sorted, json_schema_input_type=dict[str, Direction] | list[dict[str, Direction]]),
    ] = ()
    max_results: Annotated[int, Field(ge=1, le=MOST_RESULTS, strict=True)] = 50
    next_cursor: str | None = None
    aggregate: Annotated[
        Annotated[tuple[str | _Ranges, ...], Field(max_length=_MOST_KEYS)],
        BeforeValidator(_several, json_schema_input_type=str | list[str | _Ranges]),
    ] = ()
    with_field: Words = ()
    fields: Words = ()

    def search(self) -> Search:
        """As the catalogue understands it. Raises QueryError for an expression that is none."""
        return Search(
            parse_expression(self.expression),
            tuple(SortBy(name, way == "desc") for name, way in self.sort_by),
            tuple(_aggregate(each) for each in self.aggregate),
        )


def _aggregate(asked: str | _Ranges) -> Aggregate:
    if isinstance(asked, str):
        return Aggregate(asked)
    return Aggregate(asked.type, tuple(AggregateRange(each.key, each.low, each.high) for each in asked.ranges))
