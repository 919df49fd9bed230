"""Which components belong together: `if_ … if_else … if_end`, and `l_ … fl_layer_apply`.

Both may stand alone as well: a condition with parameters in its own component, a layer whose one component says all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from keepsight.errors import BadRequest
from keepsight.transformation.items import Items


@dataclass(frozen=True, slots=True)
class Single:
    """A component by itself."""

    items: Items


@dataclass(frozen=True, slots=True)
class Conditional:
    """Nodes that run only if the condition holds, and those that run otherwise."""

    condition: str
    then: tuple[Node, ...]
    otherwise: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Layered:
    """A layer: the component that opens it, what is done to it, and the component that applies it, if there is one."""

    opening: Items
    inside: tuple[Node, ...]
    closing: Items | None


Node = Single | Conditional | Layered

DEEPEST = 50
"""Blocks inside of each other: far more than pages have, and few enough for everything that walks through them."""


@dataclass(slots=True)
class _Open:
    """A block whose end has not been met; or, if it never is, a component that stands alone."""

    at: int
    kind: str
    middle: int | None = None
    end: int | None = None


@dataclass(slots=True)
class _Ends:
    """Where the blocks end, by the index at which they begin; a condition and a layer may begin at the same one."""

    opened: list[_Open] = field(default_factory=list)
    conditions: dict[int, _Open] = field(default_factory=dict)
    layers: dict[int, _Open] = field(default_factory=dict)

    def top(self, kind: str) -> _Open | None:
        """The innermost open block of a kind; what was opened inside of it stood alone."""
        at = next((i for i in range(len(self.opened) - 1, -1, -1) if self.opened[i].kind == kind), None)
        if at is None:
            return None
        del self.opened[at + 1 :]
        return self.opened[at]

    def close(self, block: _Open, end: int) -> None:
        """The block ends before the component at `end`."""
        block.end = end
        (self.conditions if block.kind == "if" else self.layers)[block.at] = block


def group(components: Sequence[Items]) -> tuple[Node, ...]:
    """Components into blocks.

    Raises BadRequest for an `if_else`, `if_end` or `fl_layer_apply` that ends nothing, and for blocks inside of each
    other beyond DEEPEST.
    """
    ends = _find_ends(components)
    return tuple(_nodes(components, 0, len(components), ends))


def _find_ends(components: Sequence[Items]) -> _Ends:
    ends = _Ends()
    for at, items in enumerate(components):
        if items.condition == "else":
            block = ends.top("if")
            if block is None or block.middle is not None:
                raise _astray(items, "if_else follows an if_ and comes once")
            block.middle = at
        elif items.condition == "end":
            block = ends.top("if")
            if block is None:
                raise _astray(items, "if_end follows an if_")
            ends.close(ends.opened.pop(), at)
        elif items.condition is not None:
            ends.opened.append(_Open(at, "if"))
        if items.layer is not None and not items.applies:
            ends.opened.append(_Open(at, "layer"))
        elif items.applies and items.layer is None:
            block = ends.top("layer")
            if block is None:
                raise _astray(items, "fl_layer_apply follows an l_ or u_")
            if items.condition is not None:
                raise _astray(items, "a condition stands around a whole layer, not at its end")
            ends.close(ends.opened.pop(), at)
    for block in ends.opened:
        # A condition alone in its component opens a block even where nothing ends it.
        if block.kind == "if" and (block.middle is not None or not components[block.at].pairs):
            ends.close(block, len(components))
    _check_depth(components, ends)
    return ends


def _check_depth(components: Sequence[Items], ends: _Ends) -> None:
    around: list[int] = []
    for block in sorted((*ends.conditions.values(), *ends.layers.values()), key=lambda b: (b.at, b.kind)):
        while around and around[-1] <= block.at:
            around.pop()
        around.append(block.end or block.at)
        if len(around) > DEEPEST:
            raise _astray(components[block.at], f"blocks go at most {DEEPEST} deep")


def _nodes(components: Sequence[Items], start: int, stop: int, ends: _Ends) -> Iterator[Node]:
    at = start
    while at < stop:
        if components[at].condition is not None:
            node, at = _conditional(components, at, stop, ends)
            yield node
        else:
            nodes, at = _plain(components, at, ends)
            yield from nodes


def _conditional(components: Sequence[Items], at: int, stop: int, ends: _Ends) -> tuple[Conditional, int]:
    """The condition at `at`, and where the walk goes on behind it."""
    condition, block = components[at].condition or "", ends.conditions.get(at)
    then, after = _plain(components, at, ends)
    if block is None or block.end is None:
        return Conditional(condition, then, ()), after
    end, middle = min(block.end, stop), block.middle
    otherwise: tuple[Node, ...] = ()
    if middle is None:
        then += tuple(_nodes(components, after, end, ends))
    else:
        then += tuple(_nodes(components, after, middle, ends))
        otherwise, after = _plain(components, middle, ends)
        otherwise += tuple(_nodes(components, after, end, ends))
    return Conditional(condition, then, otherwise), block.end + 1


def _plain(components: Sequence[Items], at: int, ends: _Ends) -> tuple[tuple[Node, ...], int]:
    """What the component at `at` says besides its condition, a layer up to its end, and where the walk goes on."""
    items = components[at].without_condition()
    if items is None:
        return (), at + 1
    if items.layer is None:
        return (Single(items),), at + 1
    block = ends.layers.get(at)
    if block is None or block.end is None:
        return (Layered(items, (), None),), at + 1
    inside = tuple(_nodes(components, at + 1, block.end, ends))
    return (Layered(items, inside, components[block.end]),), block.end + 1


def _astray(items: Items, rule: str) -> BadRequest:
    return BadRequest(f"Invalid transformation component - {items.text} ({rule})")
