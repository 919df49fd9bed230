"""One declaration per effect: the parser, the printer, the error texts and the documents come from it."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

from keepsight.transformation.effects.argument import REQUIRED, Argument, Rest, out_of_range
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
        """The effect with these arguments; numbers out of range are brought into it, and the warnings say so.

        Raises ValueError with the reason.
        """
        warnings: list[str] = []
        while texts and not texts[-1]:  # e_sharpen: has no argument
            texts = texts[:-1]
        if texts and not self.arguments and self.rest is None:
            warnings.append(f"e_{self.name} has no argument: {':'.join(texts)} is ignored")
            texts = ()
        values = self._by_name(texts, warnings) if self._names(texts) else self._in_order(texts, warnings)
        settled = self.settle(values)
        for argument, before, after in zip(self.arguments, values, settled, strict=False):
            if before is not None and before != after:
                warnings.append(f"e_{self.name}: {argument.name} {before} is out of range, taken for {after}")
        return Effect(self.name, settled, tuple(warnings))

    def print(self, values: Values) -> str:
        """The spelling of an effect of this declaration, every argument written out."""
        parts = [self.name]
        for argument, value in zip(self.arguments, values, strict=False):
            if value is not None and value is not False:
                parts.append(argument.text(value))
        if self.rest:
            parts += self.rest.texts(values[-1])
        return ":".join(parts)

    def _read(self, argument: Argument, text: str, warnings: list[str]) -> Hashable:
        value = argument.read(text)
        if said := out_of_range(argument, text, value):
            warnings.append(f"e_{self.name}: {said}")
        return value

    def _in_order(self, texts: Sequence[str], warnings: list[str]) -> Values:
        left, values = list(texts), []
        for argument in self.arguments:
            if left and argument.fits(left[0]):
                values.append(self._read(argument, left.pop(0), warnings))
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

    def _by_name(self, texts: Sequence[str], warnings: list[str]) -> Values:
        given: dict[str, Hashable] = {}
        for item in (item for text in texts for item in text.split(";")):
            argument = next((a for a in self.arguments if item.startswith(f"{a.name}_")), None)
            if argument is None or argument.name in given:
                raise ValueError(f"{item!r} is not understood; expected {self.expected}")
            text = item.removeprefix(f"{argument.name}_")
            if not argument.fits(text):
                raise ValueError(f"{argument.name} {text!r} is not understood; expected {argument.expected}")
            given[argument.name] = self._read(argument, text, warnings)
        return tuple(given[a.name] if a.name in given else self._default(a) for a in self.arguments)

    def _default(self, argument: Argument | Rest) -> Hashable:
        if argument.default == REQUIRED:
            raise ValueError(f"{self.name} needs its {argument.name}; expected {argument.expected}")
        return argument.default
