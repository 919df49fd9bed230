"""One component, `c_thumb,g_auto:cat,w_300`, into what it asks for."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TypeVar, cast

from keepsight.errors import BadRequest
from keepsight.transformation.parameters import BY_KEY, FLAGS, NOT_OFFERED, Parameter

T = TypeVar("T")

_ITEM = re.compile(r"(?P<key>[a-z]{1,3})_(?P<value>.+)", re.DOTALL)
_VARIABLE = re.compile(r"\$[A-Za-z][A-Za-z0-9]*(_.*)?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Component:
    """The typed values of one component."""

    text: str
    values: dict[str, object] = field(hash=False)

    def get(self, parameter: Parameter[T]) -> T | None:
        """The value given for `parameter`, or None."""
        return cast(T | None, self.values.get(parameter.key))

    def has(self, *parameters: Parameter[T]) -> bool:
        """Whether any of them is given."""
        return any(p.key in self.values for p in parameters)


def looks_like_component(text: str) -> bool:
    """Whether a path segment, percent-decoded, is meant as a component rather than as part of a public id.

    Every item must begin with a known key; a segment with commas is taken for a component as soon as one item does,
    because a folder is rarely named so and the reason why it is refused should be heard. No document gives the rule
    of the service; a folder such as `w_100` is taken for a component there too, and a version before the id says
    otherwise.
    """
    items = text.split(",")
    known = [_is_known(item) for item in items]
    return all(known) or (len(items) > 1 and any(known))


def _is_known(item: str) -> bool:
    match = _ITEM.fullmatch(item)
    return bool(_VARIABLE.fullmatch(item) or (match and (match["key"] in BY_KEY or match["key"] in NOT_OFFERED)))


def parse_component(text: str) -> Component:
    """Type every item of a percent-decoded component; their order has no meaning.

    Raises BadRequest for an unknown key, a value out of range, or one key with two values.
    """
    values: dict[str, object] = {}
    written: dict[str, str] = {}
    for item in text.split(","):
        parameter, value = _split(item, text)
        parsed = parameter.read(value)
        if parameter is FLAGS:
            parsed = cast(frozenset[str], values.get(FLAGS.key, frozenset())) | cast(frozenset[str], parsed)
        elif values.get(parameter.key, parsed) != parsed:
            other = written[parameter.key]
            raise BadRequest(f"Conflicting transformation on {parameter.name} {other}!={value}")
        values[parameter.key], written[parameter.key] = parsed, value
    return Component(text, values)


def _split(item: str, component: str) -> tuple[Parameter[object], str]:
    if _VARIABLE.fullmatch(item):
        raise BadRequest(f"Invalid transformation component - {component} (variables are not offered by this server)")
    match = _ITEM.fullmatch(item)
    if match and match["key"] in BY_KEY:
        return BY_KEY[match["key"]], match["value"]
    if match and match["key"] in NOT_OFFERED:
        what = f"{match['key']}_ ({NOT_OFFERED[match['key']]}) is not offered by this server"
        raise BadRequest(f"Invalid transformation component - {component} ({what})")
    expected = ", ".join(f"{key}_" for key in BY_KEY)
    raise BadRequest(f"Invalid transformation component - {component} ({item!r} is none of {expected})")
