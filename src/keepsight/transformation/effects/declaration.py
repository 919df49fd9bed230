"""One declaration per effect: the parser, the printer, the error texts and the documents come from it."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

from keepsight.transformation.effects.argument import REQUIRED, Argument, Rest
from keepsight.transformation.effects.effect import Effect, Kind

Values = tuple[Hashable, ...]


def _as_they_are(values: Values) -> Values:
    return values


@dataclass(frozen=True, slots=True)
class Declaration:
    """An effect by its name."""

    name: str
    kind: Kind
    help: str
    """What it does, in a sentence."""
    arguments: tuple[Argument, ...] = ()
    """In the order in which they are written; one may be left out where the next cannot be mistaken for it."""
    rest: Rest | None = None
    """What takes all texts that are left."""
    qualifiers: tuple[str, ...] = ()
    """Keys of other parameters of the component that this effect listens to."""
    sample: str = ""
    """A component that shows the effect well."""
    settle: Callable[[Values], Values] = _as_they_are
    """Rules between arguments: fills in defaults that depend on others. Raises ValueError with the reason."""

    @property
    def expected(self) -> str:
        """The arguments, as the end of "expected …"."""
        parts = [f"{a.name}: {a.expected}" for a in (*self.arguments, *((self.rest,) if self.rest else ()))]
        return "; ".join(parts) if parts else f"no argument after {self.name}"

    def parse(self, texts: Sequence[str]) -> Effect:
        """The effect with these arguments. Raises ValueError with the reason."""
        values = self._by_name(texts) if self._names(texts) else self._in_order(texts)
        return Effect(self.name, self.settle(values))

    def print(self, values: Values) -> str:
        """The spelling of an effect of this declaration, every argument written out."""
        parts = [self.name]
        for argument, value in zip(self.arguments, values, strict=False):
            if value is not None and value is not False:
                parts.append(argument.text(value))
        if self.rest:
            parts += self.rest.texts(values[-1])
        return ":".join(parts)

    def _in_order(self, texts: Sequence[str]) -> Values:
        left, values = list(texts), []
        for argument in self.arguments:
            if left and argument.fits(left[0]):
                values.append(argument.read(left.pop(0)))
            elif left and argument.default == REQUIRED:
                raise ValueError(f"{left[0]!r} is not understood; expected {argument.expected}")
            else:
                values.append(self._default(argument))
        if self.rest:
            values.append(self.rest.read_all(left) if left else self._default(self.rest))
        elif left:
            raise ValueError(f"{left[0]!r} is not understood; expected {self.expected}")
        return tuple(values)

    def _names(self, texts: Sequence[str]) -> bool:
        """Whether arguments are given by name, as in `level_150;type_linear`."""
        return bool(texts) and any(texts[0].startswith(f"{a.name}_") and not a.fits(texts[0]) for a in self.arguments)

    def _by_name(self, texts: Sequence[str]) -> Values:
        given: dict[str, Hashable] = {}
        for item in (item for text in texts for item in text.split(";")):
            argument = next((a for a in self.arguments if item.startswith(f"{a.name}_")), None)
            if argument is None or argument.name in given:
                raise ValueError(f"{item!r} is not understood; expected {self.expected}")
            text = item.removeprefix(f"{argument.name}_")
            if not argument.fits(text):
                raise ValueError(f"{argument.name} {text!r} is not understood; expected {argument.expected}")
            given[argument.name] = argument.read(text)
        return tuple(given[a.name] if a.name in given else self._default(a) for a in self.arguments)

    def _default(self, argument: Argument | Rest) -> Hashable:
        if argument.default == REQUIRED:
            raise ValueError(f"{self.name} needs its {argument.name}; expected {argument.expected}")
        return argument.default
