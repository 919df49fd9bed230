"""Components into a Plan: what the URL alone settles is settled, the rest waits for the picture."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from types import MappingProxyType

from keepsight.errors import BadRequest
from keepsight.transformation.blocks import Conditional, Layered, Node, Single, group
from keepsight.transformation.component import Component, read_component
from keepsight.transformation.component_steps import component_output, component_steps, idle, upright
from keepsight.transformation.condition import parse_condition
from keepsight.transformation.expression import NoPicture, Scope, Unsettled, parse_expression
from keepsight.transformation.hinted import with_hints
from keepsight.transformation.hints import NO_HINTS, Hints
from keepsight.transformation.items import Items, parse_items
from keepsight.transformation.layer_source import AssetLayer, FetchLayer, TextSource, parse_layer_source
from keepsight.transformation.layering import ITSELF, layer
from keepsight.transformation.named import Named, expand
from keepsight.transformation.output import Output
from keepsight.transformation.parameters import ANGLE, DEFAULT, DENSITY, DPR, GRAVITY, PAGES
from keepsight.transformation.plan import (
    Assign,
    Branch,
    Deferred,
    Deliver,
    Plan,
    Resize,
    Step,
    every_step,
    gravities_of,
    sources_of,
)
from keepsight.transformation.scalars import decimal_text
from keepsight.transformation.settle import bind_items, compute_items, sorted_text
from keepsight.transformation.text_style import TextLayer
from keepsight.transformation.variables import bind, names_in, tell_defined

_ORIGINAL = frozenset({DEFAULT.key, DENSITY.key, PAGES.key})
"""Which original is read, and how."""
_ONE = Fraction(1)
_NOTHING: Named = MappingProxyType({})


def build_plan(components: Sequence[str], hints: Hints = NO_HINTS, named: Named = _NOTHING) -> Plan:
    """The plan of percent-decoded components, in their order; of output settings the last one counts.

    `hints` are what the client said of itself, `named` the transformations behind `t_`. A `dpr_` in a component
    without a size multiplies every size that has none of its own, which is where Cloudinary's newer SDKs put it.
    Raises BadRequest.
    """
    items, vary = with_hints([parse_items(text) for text in expand(components, named)], hints)
    try:
        return _plan(items, vary)
    except BadRequest as error:
        error.vary = vary
        raise


def _plan(items: Sequence[Items], vary: tuple[str, ...]) -> Plan:
    build = _Build(NoPicture(), dpr=_shared_dpr(items))
    steps = build.nodes(group(items))
    if build.dpr != _ONE and not any(isinstance(s, Resize | Deferred) for s in every_step(steps)):
        build.warnings.append("dpr_ without a width or a height multiplies nothing")
    return Plan(
        *_gathered(steps),
        upright=build.upright,
        default=build.default,
        warnings=tuple(dict.fromkeys(build.warnings)),
        vary=vary,
    )


def settle_step(step: Deferred, variables: dict[str, str], scope: Scope) -> tuple[tuple[Step, ...], tuple[str, ...]]:
    """The steps of a deferred one, now that there is a picture, and its warnings. Raises BadRequest."""
    build = _Build(scope, variables=dict(variables))
    steps = tuple(build.nodes(group([parse_items(text) for text in step.components])))
    return steps, tuple(build.warnings)


@dataclass(slots=True)
class _Build:
    """One walk over the nodes."""

    scope: Scope
    dpr: Fraction = _ONE
    variables: dict[str, str] = field(default_factory=dict)
    """Those that are known."""
    waiting: set[str] = field(default_factory=set)
    """Those that only a picture can settle."""
    upright: bool = True
    default: str | None = None
    warnings: list[str] = field(default_factory=list)

    def nodes(self, nodes: Iterable[Node]) -> list[Step]:
        return [step for node in nodes for step in self._node(node)]

    def _node(self, node: Node) -> Iterable[Step]:
        match node:
            case Single(items):
                yield from self._assignments(items)
                yield from self._component(items)
            case Conditional():
                yield from self._conditional(node)
            case Layered():
                yield from self._assignments(node.opening)
                if node.closing is not None:
                    yield from self._assignments(node.closing)
                yield from self._layer(node)

    def _assignments(self, items: Items) -> Iterable[Step]:
        for name, text in items.assignments:
            bound = bind(text, self.variables, quoted=True)
            if bound.startswith("ref:!"):  # the id of a file, as text
                bound = bound.removeprefix("ref:")
            self.variables.pop(name, None)
            if self._waits(bound, items):
                self.waiting.add(name)
                yield Assign(name, bound)
                continue
            try:
                value = parse_expression(bound).assigned(self.scope)
            except Unsettled:
                self.waiting.add(name)
                yield Assign(name, bound)
            except ValueError as error:
                raise BadRequest(f"Invalid assignment to ${name}: {text} ({error})") from None
            else:
                self.waiting.discard(name)
                self.variables[name] = value

    def _conditional(self, node: Conditional) -> Iterable[Step]:
        bound = self._condition(node)
        waits = self._waits(bound, Items(f"if_{node.condition}"))
        try:
            condition = None if waits else parse_condition(bound)
            holds = None if condition is None else condition.holds(self.scope)
        except Unsettled:
            holds = None
        except ValueError as error:
            raise BadRequest(f"Invalid condition in transformation: {node.condition} ({error})") from None
        if holds is not None:
            yield from self.nodes(node.then if holds else node.otherwise)
            return
        then, otherwise = self._fork(), self._fork()
        chains = tuple(then.nodes(node.then)), tuple(otherwise.nodes(node.otherwise))
        if self.upright and not (then.upright and otherwise.upright):
            raise BadRequest(
                f"Invalid condition in transformation: {node.condition} (a_ignore is expected outside of it: the "
                "picture is read before it is asked)"
            )
        # A variable that one chain changes has, behind the condition, a value that only the picture knows.
        for name in sorted(self.variables):
            if any(branch.variables.get(name) != self.variables[name] for branch in (then, otherwise)):
                yield Assign(name, self.variables[name])
        yield Branch(bound, *(_with_constants(c, b, self) for c, b in zip(chains, (then, otherwise), strict=True)))
        settled = {n: v for n, v in self.variables.items() if then.variables.get(n) == otherwise.variables.get(n) == v}
        self.waiting |= (
            then.variables.keys() | otherwise.variables.keys() | then.waiting | otherwise.waiting
        ) - settled.keys()
        self.variables = settled
        self.default = self.default or then.default or otherwise.default
        self.warnings += then.warnings + otherwise.warnings

    def _condition(self, node: Conditional) -> str:
        told = tell_defined(node.condition, self.variables, self.waiting)
        return bind(told, self.variables, quoted=True)

    def _component(self, items: Items) -> Iterable[Step]:
        if not items.pairs:
            return
        bound = bind_items(items, self.variables, self.waiting)
        try:
            settled = compute_items(bound, self.scope)
        except Unsettled:
            yield from self._deferred(bound)
            return
        component = read_component(settled)
        self._remember(component)
        yield from component_steps(component, self.dpr)
        if (output := component_output(component)) != Output():
            yield Deliver(output)

    def _layer(self, node: Layered) -> Iterable[Step]:
        opening = bind_items(node.opening, self.variables, self.waiting)
        closing = bind_items(node.closing, self.variables, self.waiting) if node.closing else None
        # Inside a layer the picture is another one, so what waits there goes on waiting.
        build = _Build(NoPicture(), self.dpr, self.variables, self.waiting)
        inside = build.nodes(node.inside)
        self.warnings += build.warnings
        if not build.upright or build.default is not None or _reads(inside):
            raise BadRequest(f"Invalid transformation component - {opening.text} ({ITSELF})")
        try:
            first = read_component(compute_items(opening, self.scope))
            last = read_component(compute_items(closing, self.scope)) if closing else None
        except Unsettled:
            yield self._deferred_layer(node, opening, closing, inside)
            return
        settings = [s for s in inside if isinstance(s, Deliver)]
        steps = [s for s in inside if not isinstance(s, Deliver)]
        laid, said = layer(first, steps, last, self.dpr)
        self.warnings += said
        yield laid
        for component in (first, last):
            if component is None:
                continue
            if (output := component_output(component)) != Output():
                yield Deliver(output)
        yield from settings

    def _deferred(self, items: Items) -> Iterable[Step]:
        """What the component says of how the original is read is needed before there is a picture; the rest waits."""
        early = tuple(p for p in items.pairs if p[0] in _ORIGINAL or p == (ANGLE.key, "ignore"))
        settled = read_component(compute_items(replace(items, pairs=early), NoPicture()))
        self._remember(settled)
        if (output := component_output(settled)) != Output():
            yield Deliver(output)
        yield self._waiting(replace(items, pairs=tuple(p for p in items.pairs if p not in early)))

    def _waiting(self, items: Items) -> Deferred:
        gravity = items.value(GRAVITY.key)
        return Deferred((self._text(items),), gravities=(GRAVITY.read(gravity),) if gravity is not None else ())

    def _deferred_layer(
        self, node: Layered, opening: Items, closing: Items | None, inside: Sequence[Step]
    ) -> Deferred:
        texts = [self._text(opening), *self._texts(node.inside), *([self._text(closing)] if closing else [])]
        written = [items.value(GRAVITY.key) for items in (opening, closing) if items is not None]
        shown = parse_layer_source(opening.layer or "")
        source: AssetLayer | FetchLayer | TextSource = TextSource(shown) if isinstance(shown, TextLayer) else shown
        return Deferred(
            tuple(texts),
            gravities=tuple(GRAVITY.read(g) for g in written if g is not None) + gravities_of(inside),
            sources=(source, *sources_of(inside)),
        )

    def _text(self, items: Items) -> str:
        """A component that waits, as it is read again later: variables and the shared device pixel ratio put in."""
        bound = bind_items(items, self.variables, self.waiting)
        keys = {key for key, _ in bound.pairs}
        if self.dpr != _ONE and keys & {"c", "w", "h"} and DPR.key not in keys:
            bound = replace(bound, pairs=(*bound.pairs, (DPR.key, decimal_text(self.dpr))))
        return sorted_text(bound)

    def _texts(self, nodes: Iterable[Node]) -> Iterable[str]:
        """The components of nodes inside of a layer that waits."""
        for node in nodes:
            match node:
                case Single(items):
                    yield self._text(items)
                case Layered(opening, inside, closing):
                    yield self._text(opening)
                    yield from self._texts(inside)
                    if closing is not None:
                        yield self._text(closing)
                case Conditional(_, then, otherwise):
                    yield f"if_{self._condition(node)}"
                    yield from self._texts(then)
                    yield "if_else"
                    yield from self._texts(otherwise)
                    yield "if_end"

    def _remember(self, component: Component) -> None:
        self.upright = self.upright and upright(component)
        self.default = component.get(DEFAULT) or self.default
        self.warnings += idle(component)

    def _fork(self) -> _Build:
        return _Build(self.scope, self.dpr, dict(self.variables), set(self.waiting), self.upright)

    def _waits(self, bound: str, items: Items) -> bool:
        """Whether a bound text takes variables that wait. Raises BadRequest for one that nobody assigned."""
        names = names_in(bound)
        if unknown := next((n for n in names if n not in self.waiting), None):
            raise BadRequest(f"Invalid transformation component - {items.text} (${unknown} has no value yet)")
        return bool(names)


def _with_constants(chain: tuple[Step, ...], branch: _Build, before: _Build) -> tuple[Step, ...]:
    """A chain that ends by saying which constants it gave to variables, for whoever takes them behind the branch."""
    given = {n: v for n, v in branch.variables.items() if before.variables.get(n) != v}
    return (*chain, *(Assign(name, value) for name, value in sorted(given.items())))


def _gathered(steps: Sequence[Step]) -> tuple[tuple[Step, ...], Output]:
    """Output settings out of the chain, where no branch can come between them.

    Else only those that say how the original is read, which is before any branch.
    """
    output = Output()
    for step in steps:
        if isinstance(step, Deliver):
            output = output.merged(step.output)
    if not any(isinstance(s, Branch | Deferred) for s in steps):
        return tuple(s for s in steps if not isinstance(s, Deliver)), output
    chain = (Deliver(_unread(s.output)) if isinstance(s, Deliver) else s for s in steps)
    return tuple(s for s in chain if s != Deliver(Output())), Output(pages=output.pages, density=output.density)


def _unread(output: Output) -> Output:
    """Without what says how the original is read."""
    return replace(output, pages=(), density=None)


def _reads(steps: Sequence[Step]) -> bool:
    """Whether a chain says how its original is read."""
    return any(isinstance(s, Deliver) and s.output != _unread(s.output) for s in steps)


def _shared_dpr(components: Sequence[Items]) -> Fraction:
    """A `dpr_` in a component without a size."""
    for items in components:
        text = items.value(DPR.key)
        if text is not None and "$" not in text and not any(k in ("c", "w", "h") for k, _ in items.pairs):
            return DPR.read(text)
    return _ONE
