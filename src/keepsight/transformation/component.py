"""The items of one component into typed values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar, cast

from keepsight.errors import BadRequest
from keepsight.transformation.backgrounds import BlurredBackground
from keepsight.transformation.effects import Effect
from keepsight.transformation.flags import Flags
from keepsight.transformation.items import Items
from keepsight.transformation.parameters import BY_KEY, EFFECT, FLAGS, Parameter, X, Y

T = TypeVar("T")

_OFFSETS = (X, Y)


@dataclass(frozen=True, slots=True)
class Component:
    """The typed values of one component."""

    text: str
    values: dict[str, object] = field(hash=False)
    hint_missing: bool = False
    """Whether the width was left to client hints, and none came."""
    warnings: tuple[str, ...] = field(default=(), compare=False)
    """What was ignored or brought into its range while it was read, a sentence each."""

    @property
    def effects(self) -> tuple[Effect, ...]:
        """All its effects, in the order in which they are written."""
        return cast(tuple[Effect, ...], self.values.get(EFFECT.key, ()))

    def get(self, parameter: Parameter[T]) -> T | None:
        """The value given for `parameter`, or None."""
        return cast("T | None", self.values.get(parameter.key))  # quoted: the union would be made at each call

    def has(self, *parameters: Parameter[T]) -> bool:
        """Whether any of them is given."""
        return any(p.key in self.values for p in parameters)

    @property
    def flags(self) -> Flags:
        """All its flags."""
        return self.get(FLAGS) or Flags()

    def refused(self, reason: str) -> BadRequest:
        """The answer for what the parameters of a component may not say together."""
        return BadRequest(f"Invalid transformation component - {self.text} ({reason})")


def read_component(items: Items) -> Component:
    """Type every item; their order has no meaning but for several effects, and for several values of one other key,
    of which the last one counts (Cloudinary, support). Raises BadRequest for a value out of range.
    """
    values: dict[str, object] = {}
    written: dict[str, str] = {}
    warnings = list(items.warnings)
    for key, value in items.pairs:
        parameter = BY_KEY[key]
        parsed = read = parameter.read(value)
        if parameter is FLAGS:
            parsed = cast(Flags, values.get(key, Flags())).merged(cast(Flags, parsed))
        elif parameter is EFFECT:
            parsed = (*cast(tuple[Effect, ...], values.get(key, ())), cast(Effect, parsed))
        elif values.get(key, parsed) != parsed:
            warnings.append(f"{key}_{value} counts and not {key}_{written[key]} beside it")
        values[key], written[key] = parsed, value
        if isinstance(read, Effect | Flags | BlurredBackground):
            warnings += read.warnings
        if parameter in _OFFSETS and isinstance(read, int) and "." in value:
            warnings.append(f"{key}_{value} is too much for a share of the picture: taken for {read} pixels")
    return Component(items.text, values, items.hint_missing, tuple(warnings))
