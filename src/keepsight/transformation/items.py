"""One component, `c_thumb,g_auto:cat,w_$size`, into its items, before any value is understood."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from keepsight.errors import BadRequest
from keepsight.transformation.parameters import BY_KEY, NOT_OFFERED, VIDEO_ONLY
from keepsight.transformation.variables import ASSIGNMENT

_ITEM = re.compile(r"(?P<key>[a-z]{1,3})_(?P<value>.+)", re.DOTALL)
_KEYS = frozenset({*BY_KEY, *NOT_OFFERED, *VIDEO_ONLY, "if"})
_OPENED = re.compile(r"\$[A-Za-z][A-Za-z0-9]*(_.*)?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Items:
    """A component as keys and texts."""

    text: str
    condition: str | None = None
    """What follows `if_`; `else` and `end` are words of their own."""
    assignments: tuple[tuple[str, str], ...] = ()
    """Variables without `$`, and what they are set to; they count before everything else in the component."""
    pairs: tuple[tuple[str, str], ...] = ()
    """Keys and values of the rest, in the order in which they stand."""
    hint_missing: bool = False
    """Whether the width was left to client hints, and none came: the picture keeps its own."""
    warnings: tuple[str, ...] = field(default=(), compare=False)
    """What was ignored, a sentence each."""

    def value(self, key: str) -> str | None:
        """The last value of a key, or None."""
        return next((value for k, value in reversed(self.pairs) if k == key), None)

    @property
    def layer(self) -> str | None:
        """The value of `l_` or `u_`."""
        return self.value("l") or self.value("u")

    @property
    def applies(self) -> bool:
        """Whether it ends a layer."""
        return any(key == "fl" and "layer_apply" in value.split(".") for key, value in self.pairs)

    def without_condition(self) -> Items | None:
        """What is left beside the condition; None where there is nothing."""
        return replace(self, condition=None) if self.pairs or self.assignments or self.warnings else None


def parse_items(text: str) -> Items:
    """Split a percent-decoded component; stray commas mean nothing.

    Raises BadRequest for an item that is no parameter.
    """
    condition: str | None = None
    assignments: list[tuple[str, str]] = []
    pairs: list[tuple[str, str]] = []
    warnings: list[str] = []
    for item in filter(None, map(str.lstrip, _split(text))):
        if assignment := ASSIGNMENT.fullmatch(item):
            assignments.append((assignment["name"], assignment["value"]))
            continue
        match = _ITEM.fullmatch(item)
        if match is None or (match["key"] not in _KEYS):
            raise _invalid(text, f"{item!r} is none of {', '.join(f'{key}_' for key in BY_KEY)}")
        key, value = match["key"], match["value"]
        if key in VIDEO_ONLY:
            warnings.append(f"{key}_ ({VIDEO_ONLY[key]}) does nothing to a picture")
            continue
        if key in NOT_OFFERED:
            raise _invalid(text, f"{key}_ ({NOT_OFFERED[key]}) is not offered by this server")
        if key != "if":
            pairs.append((key, value))
        elif condition is None:
            condition = value
        else:
            raise _invalid(text, "one condition in a component; _and_ and _or_ join several")
    if condition == "end" and (pairs or assignments):
        raise _invalid(text, "if_end stands alone")
    return Items(text, condition, tuple(assignments), tuple(pairs), warnings=tuple(warnings))


def looks_like_component(text: str) -> bool:
    """Whether a path segment, percent-decoded, is meant as a component rather than as part of a public id.

    Every item must begin with a known key; a segment with commas is taken for a component as soon as one item does,
    because a folder is rarely named so and the reason why it is refused should be heard. No document gives the rule
    of the service; a folder such as `w_100` is taken for a component there too, and a version before the id says
    otherwise.
    """
    known = [_is_known(item) for item in map(str.lstrip, text.split(",")) if item]
    return bool(known) and (all(known) or (len(known) > 1 and any(known)))


def _split(text: str) -> list[str]:
    """At commas; those between exclamation marks belong to the text there."""
    return re.split(r",(?=(?:[^!]*![^!]*!)*[^!]*$)", text) if "!" in text else text.split(",")


def _is_known(item: str) -> bool:
    match = _ITEM.fullmatch(item)
    return bool(_OPENED.fullmatch(item)) or (match is not None and match["key"] in _KEYS)


def _invalid(component: str, reason: str) -> BadRequest:
    return BadRequest(f"Invalid transformation component - {component} ({reason})")
