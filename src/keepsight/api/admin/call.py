"""What every action of the Admin API gets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from pydantic import BeforeValidator, Field
from sqlalchemy import Connection

from keepsight.api.library import Caller, Library
from keepsight.api.parsing import Parameters, parsed
from keepsight.api.upload.uploading import urls_for
from keepsight.api.urls import Urls
from keepsight.assets.catalogue.cursor import seal, unseal

Json = dict[str, Any]
MOST_RESULTS = 500

Read = TypeVar("Read", bound=Parameters)


@dataclass(frozen=True, slots=True)
class Call:
    """One call."""

    library: Library
    caller: Caller
    path: Mapping[str, str]
    """The variable parts of its address."""
    values: Mapping[str, Any]
    """Its parameters, from the query or the body."""

    def read(self, model: type[Read]) -> Read:
        """The parameters as a model. Raises BadRequest."""
        return parsed(model, self.values)

    @property
    def urls(self) -> Urls:
        """Addresses as the caller may ask for them."""
        return urls_for(self.library, self.caller)


Action = Callable[[Call], Json]
UploadAction = Callable[[Library, Caller, str, Mapping[str, Any]], Json]
"""Of the Upload API: library, caller, resource type, parameters."""


class Paged(Parameters):
    """A page of a list."""

    max_results: Annotated[int, Field(ge=1, le=MOST_RESULTS)] = 10
    next_cursor: str | None = None


def after(connection: Connection, question: object, cursor: str | None) -> str:
    """The name that the page before ended with; "" for the first page. Raises BadRequest."""
    return str(unseal(connection, question, cursor)[0]) if cursor else ""


def cursor_after(connection: Connection, question: object, names: list[str], most: int) -> Json:
    """`next_cursor` where there may be more; the list has one name more than `most` then."""
    return {"next_cursor": seal(connection, question, [names[most - 1]])} if len(names) > most else {}


def _listed(value: Any) -> tuple[str, ...]:
    """A list of texts; one text is a list of one."""
    listed = value if isinstance(value, list | tuple) else [value]
    if not listed or len(listed) > 1_000 or not all(isinstance(each, str) and each for each in listed):
        raise ValueError("expected 1 to 1000 texts")
    return tuple(listed)


Texts = Annotated[tuple[str, ...], BeforeValidator(_listed, json_schema_input_type=str | list[str])]
"""`name[]` of a query, a list of JSON."""
