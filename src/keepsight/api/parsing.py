"""Parameters into models, with a sentence for what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from keepsight.errors import BadRequest


class Parameters(BaseModel):
    """What an action takes; another name is an error, since a misspelt one would be ignored in silence."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=False)


Read = TypeVar("Read", bound=Parameters)
Action = TypeVar("Action", bound=Callable[..., Any])

TAKEN: dict[Callable[..., Any], type[Parameters]] = {}
"""The parameters of each action, for the document of the APIs."""


def takes(model: type[Parameters]) -> Callable[[Action], Action]:
    """Notes what an action reads."""

    def noted(action: Action) -> Action:
        TAKEN[action] = model
        return action

    return noted


def parsed(model: type[Read], values: Mapping[str, Any]) -> Read:
    """The model of these values. Raises BadRequest that names every parameter that is wrong."""
    try:
        return model.model_validate(dict(values))
    except ValidationError as error:
        faults = [_fault(model, fault) for fault in error.errors(include_url=False)]
        raise BadRequest("; ".join(dict.fromkeys(faults))) from None


def _fault(model: type[Parameters], fault: Any) -> str:
    name = str(fault["loc"][0]) if fault["loc"] else ""
    if fault["type"] == "extra_forbidden":
        near = get_close_matches(name, [f.alias or n for n, f in model.model_fields.items()], n=1)
        return f"Unknown parameter {name[:80]}" + (f" (expected {near[0]}?)" if near else "")
    if fault["type"] == "missing":
        return f"Missing required parameter - {name}"
    message = str(fault["msg"]).removeprefix("Value error, ")
    given = fault.get("input")
    said = "" if isinstance(given, dict | list | tuple | None.__class__) else f" {str(given)[:80]!r}"
    return f"Invalid {name}{said}: {message[0].lower()}{message[1:]}"
