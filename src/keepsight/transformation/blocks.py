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


@dataclass(slots=True)
class _Open:
    """A block whose end has not been met; or, if it never is, a component that stands alone."""

    at: int
    kind: str
    middle: int | None = None
    end: int | None = None


@dataclass(slots=True)
class _Ends:
    """Where the blocks end, by the index at which they begin."""

    opened: list[_Open] = field(default_factory=list)
    closed: dict[int, _Open] = field(default_factory=dict)

    def top(self, kind: str) -> _Open | None:
        """The innermost open block of a kind; what was opened inside of it stood alone."""
        at = next((i for i in range(len(self.opened) - 1, -1, -1) if self.opened[i].kind == kind), None)
        if at is None:
            return None
        del self.opened[at + 1 :]
        return self.opened[at]


def group(components: Sequence[Items]) -> tuple[Node, ...]:
    """Components into blocks. Raises BadRequest for an `if_else`, `if_end` or `fl_layer_apply` that ends nothing."""
    ends = _find_ends(components)
    return tuple(_nodes(components, 0, len(components), ends))


def _find_ends(components: Sequence[Items]) -> dict[int, _Open]:
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
            block.end = at
            ends.closed[block.at] = ends.opened.pop()
        elif items.condition is not None:
            ends.opened.append(_Open(at, "if"))
        if items.layer is not None and not items.applies:
            ends.opened.append(_Open(at, "layer"))
        elif items.applies and items.layer is None:
            block = ends.top("layer")
            if block is None:
                raise _astray(items, "fl_layer_apply follows an l_ or u_")
            block.end = at
            ends.closed[block.at] = ends.opened.pop()
    for block in ends.opened:
        # A condition alone in its component opens a block even where nothing ends it.
        if block.kind == "if" and (block.middle is not None or not components[block.at].pairs):
            block.end = len(components)
            ends.closed[block.at] = block
    return ends.closed


def _nodes(components: Sequence[Items], start: int, stop: int, ends: dict[int, _Open]) -> Iterator[Node]:
    at = start
    while at < stop:
        items = components[at]
        block = ends.get(at)
        if items.condition is not None:
            yield from _conditional(components, at, stop, ends)
        elif items.layer is not None:
            inside: tuple[Node, ...] = ()
            if block is not None and block.end is not None:
                inside = tuple(_nodes(components, at + 1, block.end, ends))
            yield Layered(items, inside, components[block.end] if block and block.end is not None else None)
        else:
            yield Single(items)
        at = at + 1 if block is None or block.end is None else block.end + 1


def _conditional(components: Sequence[Items], at: int, stop: int, ends: dict[int, _Open]) -> Iterator[Conditional]:
    items, block = components[at], ends.get(at)
    own = items.without_condition()
    first: tuple[Node, ...] = () if own is None else _alone(own)
    if block is None or block.end is None:
        yield Conditional(items.condition or "", first, ())
        return
    end, middle = min(block.end, stop), block.middle
    then = first + tuple(_nodes(components, at + 1, end if middle is None else middle, ends))
    otherwise: tuple[Node, ...] = ()
    if middle is not None:
        beside = components[middle].without_condition()
        otherwise = () if beside is None else _alone(beside)
        otherwise += tuple(_nodes(components, middle + 1, end, ends))
    yield Conditional(items.condition or "", then, otherwise)


def _alone(items: Items) -> tuple[Node, ...]:
    return (Layered(items, (), None) if items.layer is not None else Single(items),)


def _astray(items: Items, rule: str) -> BadRequest:
    return BadRequest(f"Invalid transformation component - {items.text} ({rule})")
