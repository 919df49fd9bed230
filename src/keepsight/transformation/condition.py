"""Conditions: `if_w_gt_300_and_ar_lt_1.0`. `and` binds tighter than `or`."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from keepsight.transformation.expression import Expression, Scope, as_number, parse_expression, split_words

COMPARISONS = frozenset({"eq", "ne", "lt", "gt", "lte", "gte", "in", "nin"})


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two expressions and what must hold between them."""

    left: Expression
    operator: str
    right: Expression

    def __str__(self) -> str:
        return f"{self.left}_{self.operator}_{self.right}"

    def holds(self, scope: Scope) -> bool:
        """Numbers compare as numbers, text as text; `in`: every entry of the left list is one of the right list."""
        left, right = self.left.value(scope), self.right.value(scope)
        match self.operator:
            case "in" | "nin":
                every = _entries(left) <= _entries(right)
                return every if self.operator == "in" else not every
            case "eq" | "ne":
                return (left == right) == (self.operator == "eq")
            case _:
                low, high = as_number(left), as_number(right)
                if isinstance(low, str) or isinstance(high, str):
                    raise ValueError(f"{self} compares text by size")
                return _ordered(self.operator, low, high)


@dataclass(frozen=True, slots=True)
class Condition:
    """True when all comparisons of at least one of the alternatives hold."""

    alternatives: tuple[tuple[Comparison, ...], ...]

    def __str__(self) -> str:
        return "_or_".join("_and_".join(str(c) for c in every) for every in self.alternatives)

    def holds(self, scope: Scope) -> bool:
        """Decide it. Raises ValueError with the reason, or Unsettled."""
        return any(all(c.holds(scope) for c in every) for every in self.alternatives)


def parse_condition(text: str) -> Condition:
    """Read what follows `if_`. Raises ValueError with the reason."""
    words = split_words(text)
    return Condition(
        tuple(tuple(_comparison(comparison) for comparison in _split(every, "and")) for every in _split(words, "or"))
    )


def _split(words: list[str], joint: str) -> list[list[str]]:
    parts: list[list[str]] = [[]]
    for word in words:
        if word == joint:
            parts.append([])
        else:
            parts[-1].append(word)
    return parts


def _comparison(words: list[str]) -> Comparison:
    at = [i for i, word in enumerate(words) if word in COMPARISONS]
    if len(at) != 1:
        raise ValueError(f"{'_'.join(words) or 'nothing'!r} holds not exactly one of {', '.join(sorted(COMPARISONS))}")
    left, right = words[: at[0]], words[at[0] + 1 :]
    return Comparison(parse_expression("_".join(left)), words[at[0]], parse_expression("_".join(right)))


def _entries(value: Fraction | str) -> frozenset[str]:
    return frozenset(entry for entry in str(value).split(":") if entry)


def _ordered(operator: str, left: Fraction, right: Fraction) -> bool:
    match operator:
        case "lt":
            return left < right
        case "gt":
            return left > right
        case "lte":
            return left <= right
        case _:
            return left >= right
