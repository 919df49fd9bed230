"""Transformations that the server keeps under a name: `t_badge`, `t_one.two`, `bl_base`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from keepsight.errors import BadRequest
from keepsight.transformation.items import Items, parse_items
from keepsight.transformation.parameters import BASELINE, NAMED

Named = Mapping[str, str]
"""Name to transformation, as it stands in URLs."""

_DEEPEST = 8
_MOST = 200
"""Components that names may add up to: each may name others."""


def expand(components: Sequence[str], named: Named) -> list[str]:
    """Put the components of named transformations in the place of their names.

    Other parameters of the component run after them. Raises BadRequest for an unknown name, for names that go in
    circles, and for a baseline that is not alone in the first component.
    """
    most = max(_MOST, len(components))
    texts = (text for at, component in enumerate(components) for text in _expanded(component, at, named, 0))
    expanded = list(islice(texts, most + 1))  # each name may stand for many: stop before they are all written out
    if len(expanded) > most:
        raise BadRequest(f"Invalid transformation (named transformations add up to more than {_MOST} components)")
    return expanded


def _expanded(text: str, at: int, named: Named, depth: int) -> Iterator[str]:
    items = parse_items(text)
    names, rest = _names(items, at, depth)
    if not names:
        yield text
        return
    if depth == _DEEPEST:
        raise BadRequest(f"Invalid transformation (named transformations go more than {_DEEPEST} deep)")
    if items.condition is not None:
        yield f"if_{items.condition}"
    for name in names:
        if name not in named:
            raise BadRequest(f"Unknown transformation {name}")
        for component in named[name].strip("/").split("/"):
            yield from _expanded(component, 1, named, depth + 1)
    if rest:
        yield ",".join(rest)
    if items.condition is not None:
        yield "if_end"


def _names(items: Items, at: int, depth: int) -> tuple[list[str], list[str]]:
    names: list[str] = []
    rest = [f"${name}_{value}" for name, value in items.assignments]
    for key, value in items.pairs:
        if key == BASELINE.key:
            if at or depth or len(items.pairs) > 1 or items.assignments or items.condition:
                raise BadRequest(f"Invalid transformation component - {items.text} (bl_ is alone in the first one)")
            names += BASELINE.read(value)
        elif key == NAMED.key:
            names += NAMED.read(value)
        else:
            rest.append(f"{key}_{value}")
    return names, rest
