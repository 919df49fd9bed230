"""Variables and computations in the items of a component, as far as they can be settled."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from keepsight.errors import BadRequest
from keepsight.transformation.expression import Scope, Unsettled, is_expression, number_text, parse_expression
from keepsight.transformation.items import Items
from keepsight.transformation.parameters import BY_KEY, PARAMETERS
from keepsight.transformation.rounding import half_up
from keepsight.transformation.scalars import MAX_SIDE
from keepsight.transformation.variables import Variables, bind, names_in

_LAYERS = frozenset({"l", "u"})


def bind_items(items: Items, variables: Variables, waiting: Collection[str] = ()) -> Items:
    """Put the variables that are known into the values; those in `waiting` only a picture can settle.

    Raises BadRequest for a variable that is neither, and for one that waits where no value may wait.
    """
    if not any("$" in value for _, value in items.pairs):
        return items
    pairs = tuple((key, _bound(key, value, variables)) for key, value in items.pairs)
    for key, value in pairs:
        for name in names_in(_styled(key, value)[0]) + names_in(_styled(key, value)[1], only_inside=True):
            if name not in waiting:
                raise BadRequest(f"Invalid transformation component - {items.text} (${name} has no value yet)")
            if BY_KEY[key].computed is None:
                reason = f"{key}_ takes only variables whose values do not depend on the picture"
                raise BadRequest(f"Invalid transformation component - {items.text} ({reason})")
    return replace(items, text=_text(pairs) if pairs != items.pairs else items.text, pairs=pairs)


def compute_items(items: Items, scope: Scope) -> Items:
    """Carry out every computation.

    Raises BadRequest for one that is wrong; else Unsettled, once the values that need no picture are seen to be right.
    """
    pairs: list[tuple[str, str]] = []
    unsettled = None
    for key, value in items.pairs:
        try:
            pairs.append((key, _computed(key, value, scope)))
        except Unsettled as reason:
            unsettled = reason
    if unsettled is not None:
        for key, value in pairs:
            BY_KEY[key].read(value)
        raise unsettled
    return items if tuple(pairs) == items.pairs else replace(items, pairs=tuple(pairs))


def sorted_text(items: Items) -> str:
    """The items in one order, whatever order they were written in."""
    order = {parameter.key: at for at, parameter in enumerate(PARAMETERS)}
    return _text(tuple(sorted(items.pairs, key=lambda pair: order[pair[0]])))


def _text(pairs: tuple[tuple[str, str], ...]) -> str:
    return ",".join(f"{key}_{value}" for key, value in pairs)


def _styled(key: str, value: str) -> tuple[str, str]:
    """A value without its words, and the words: those of a text layer, where a dollar sign may be just that."""
    if key in _LAYERS and value.startswith("text:"):
        kind, font, *words = value.split(":", 2)
        return f"{kind}:{font}", f":{words[0]}" if words else ""
    return value, ""


def _bound(key: str, value: str, variables: Variables) -> str:
    value, words = _styled(key, value)
    return bind(value, variables) + bind(words, variables, only_inside=True)


def _computed(key: str, value: str, scope: Scope) -> str:
    kind = BY_KEY[key].computed
    if kind is None or kind == "text":
        if names_in(_styled(key, value)[0]):  # a dollar sign alone is one
            raise Unsettled(value)
        return value
    return ":".join(_part(part, key, kind == "pixels", scope) for part in value.split(":"))


def _part(text: str, key: str, pixels: bool, scope: Scope) -> str:
    if names_in(text):
        raise Unsettled(text)
    if not is_expression(text):
        return text
    try:
        value = parse_expression(text).value(scope)
    except ValueError as error:
        raise BadRequest(f"Invalid {BY_KEY[key].name} in transformation: {text} ({error})") from None
    if isinstance(value, str):
        return value
    # What was computed for a size is pixels: a share of something would have been written as a decimal. How large a
    # picture may become is limited later.
    if not pixels:
        return number_text(value)
    return str(max(-MAX_SIDE, min(half_up(value), MAX_SIDE)))
