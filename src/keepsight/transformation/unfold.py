"""The steps of a plan for one picture: branches taken, computations carried out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from keepsight.errors import BadRequest
from keepsight.transformation.build import settle_step
from keepsight.transformation.condition import parse_condition
from keepsight.transformation.expression import Scope, parse_expression
from keepsight.transformation.plan import Assign, Branch, Deferred, Step
from keepsight.transformation.variables import bind, tell_defined


def unfold(
    steps: Sequence[Step],
    scope: Scope,
    variables: dict[str, str] | None = None,
    warn: Callable[[str], None] = lambda _: None,
) -> Iterator[Step]:
    """One step after the other; `scope` is asked as each comes up, so that it can tell what the picture has become.

    `warn` is told what is ignored in a component that had to wait for the picture.

    Raises BadRequest for a value that turns out to be wrong.
    """
    known = {} if variables is None else variables
    for step in steps:
        match step:
            case Assign(name, text):
                known[name] = _value(name, bind(text, known, quoted=True), scope)
            case Branch(condition, then, otherwise):
                yield from unfold(
                    then if _holds(bind(tell_defined(condition, known), known, quoted=True), scope) else otherwise,
                    scope,
                    known,
                    warn,
                )
            case Deferred():
                settled, warnings = settle_step(step, known, scope)
                for warning in warnings:
                    warn(warning)
                yield from unfold(settled, scope, known, warn)
            case _:
                yield step


def _value(name: str, text: str, scope: Scope) -> str:
    try:
        return parse_expression(text).assigned(scope)
    except ValueError as error:
        raise BadRequest(f"Invalid assignment to ${name}: {text} ({error})") from None


def _holds(text: str, scope: Scope) -> bool:
    try:
        return parse_condition(text).holds(scope)
    except ValueError as error:
        raise BadRequest(f"Invalid condition in transformation: {text} ({error})") from None
