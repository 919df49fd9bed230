"""Arithmetic of the URL language: `300_mul_2_add_iw`, from left to right.

Words are joined by `_`; a string stands between exclamation marks and may hold anything but them. Variables are
replaced by their text before (`variables.bind`). Operators and characteristics: Cloudinary, transformation reference,
user-defined variables and conditional transformations.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Protocol

OPERATORS = frozenset({"add", "sub", "mul", "div", "mod", "pow"})

CHARACTERISTICS = {
    "w": "width of the picture at this point of the chain, in pixels",
    "h": "height at this point, in pixels",
    "ar": "width over height at this point",
    "iw": "width of the original, in pixels",
    "ih": "height of the original, in pixels",
    "iar": "width over height of the original",
    "tar": "width over height of the original once its plain border is trimmed away",
    "fc": "number of faces in the original",
    "pc": "number of pages or frames of the original",
    "cp": "page or frame that is shown",
    "px": "horizontal offset of the page in the file, in pixels",
    "py": "vertical offset of the page in the file, in pixels",
    "tags": "tags of the asset, a list",
}
"""What a picture is asked about, and what it answers."""

SYNONYMS = {
    "ow": "iw",
    "oh": "ih",
    "width": "w",
    "height": "h",
    "initialwidth": "iw",
    "initialheight": "ih",
}
"""Other spellings that SDKs send."""

NOT_OFFERED = {
    "ils": "illustration score",
    "ccc": "colour count",
    "du": "duration of a video",
    "idu": "initial duration of a video",
    "pgnames": "names of the layers of a Photoshop document",
    "rn": "named regions",
    "current": "the picture itself as a value",
}
"""Words of the language that need a service, a video or more than one picture, refused by name."""

_WORD = re.compile(r"![^!]*!|(?:ctx|md):![^!]*!|[^_!]+")
_NUMBER = re.compile(r"-?(\d{1,9}(\.\d{0,100})?|\.\d{1,100})", re.ASCII)
_RATIO = re.compile(r"(\d{1,9}(?:\.\d{0,9})?):(\d{1,9}(?:\.\d{0,9})?)", re.ASCII)
"""`16:9`, as ratios are written everywhere in the language."""
_STORED = re.compile(r"(?P<kind>ctx|md):!(?P<key>[^!]*)!")
_LARGEST = 10**12
"""No size, angle or percentage needs more; a power beyond it is refused before it is computed."""


class Unsettled(Exception):
    """The expression asks for something that only a picture can answer."""


class Scope(Protocol):
    """Who answers for the picture."""

    def characteristic(self, name: str) -> Fraction | str:
        """One of CHARACTERISTICS, a number or a list joined by colons. Raises Unsettled without a picture."""

    def stored(self, kind: str, key: str) -> str:
        """A value of the asset's context (`ctx`) or metadata (`md`), empty if there is none. May raise Unsettled."""


class NoPicture:
    """The scope of what can be computed before a picture is there."""

    def characteristic(self, name: str) -> Fraction | str:
        """Raises Unsettled."""
        raise Unsettled(name)

    def stored(self, kind: str, key: str) -> str:
        """Raises Unsettled."""
        raise Unsettled(f"{kind}:{key}")


@dataclass(frozen=True, slots=True)
class Operand:
    """One word of an expression: exactly as it is written."""

    text: str

    def value(self, scope: Scope) -> Fraction | str:
        """A number where it reads as one, else text."""
        if self.text.startswith("!"):
            return self.text[1:-1]
        if stored := _STORED.fullmatch(self.text):
            return as_number(scope.stored(stored["kind"], stored["key"]))
        if _NUMBER.fullmatch(self.text):
            return _number(self.text)
        if ratio := _RATIO.fullmatch(self.text):
            return _quotient(ratio[1], ratio[2])
        return scope.characteristic(self.text)


@dataclass(frozen=True, slots=True)
class Expression:
    """Operands and what is done with them, from left to right."""

    first: Operand
    rest: tuple[tuple[str, Operand], ...] = ()
    cast: str | None = None
    """`to_i` or `to_f`: the value as a whole or as a decimal number, 0 where the text is none."""

    def __str__(self) -> str:
        parts = [self.first.text, *(f"{operator}_{operand.text}" for operator, operand in self.rest)]
        return "_".join([*parts, *([self.cast] if self.cast else [])])

    def value(self, scope: Scope) -> Fraction | str:
        """Compute it. Raises ValueError with the reason, or Unsettled."""
        value = self.first.value(scope)
        for operator, operand in self.rest:
            value = _apply(operator, _needs_number(value), _needs_number(operand.value(scope)))
        if self.cast is None:
            return value
        number = as_number(value) if isinstance(value, str) else value
        number = number if isinstance(number, Fraction) else Fraction(0)
        return Fraction(int(number)) if self.cast == "to_i" else number

    def text(self, scope: Scope) -> str:
        """The value as it would be written in its place. Raises ValueError with the reason, or Unsettled."""
        if not self.rest and self.cast is None and _is_literal(self.first.text):
            return self.first.text  # its own spelling counts: 1.0 is a share, 1 a pixel
        value = self.value(scope)
        return value if isinstance(value, str) else number_text(value)

    def assigned(self, scope: Scope) -> str:
        """The value as a variable keeps it: a number as it is written, text between exclamation marks.

        Raises ValueError with the reason, or Unsettled.
        """
        value = self.value(scope)
        return f"!{value}!" if isinstance(value, str) else self.text(scope)


def parse_expression(text: str) -> Expression:
    """Read an expression. Raises ValueError with the reason."""
    words = split_words(text)
    cast = None
    if len(words) > 2 and words[-2] == "to" and words[-1] in ("i", "f"):
        cast = f"to_{words[-1]}"
        words = words[:-2]
    if len(words) % 2 == 0:
        raise ValueError(f"{text} ends or begins with an operator")
    operands = [_operand(word) for word in words[::2]]
    operators = words[1::2]
    if unknown := next((o for o in operators if o not in OPERATORS), None):
        raise ValueError(f"{unknown} is none of {', '.join(sorted(OPERATORS))}")
    return Expression(operands[0], tuple(zip(operators, operands[1:], strict=True)), cast)


def is_expression(text: str) -> bool:
    """Whether the value of a number is meant to be computed: it asks for something of the picture, or has an operator.

    Only asked of parameters that are numbers, whose other values hold none of these words.
    """
    words = text.split("_")
    first = words[0]
    return (len(words) > 2 and words[1] in OPERATORS | {"to"}) or bool(
        canonical(first) in CHARACTERISTICS or first in NOT_OFFERED or _STORED.fullmatch(text)
    )


def split_words(text: str) -> list[str]:
    """The words of an expression or condition; what stands between exclamation marks stays whole."""
    words = [m.group() for m in _WORD.finditer(text)]
    if "_".join(words) != text:
        raise ValueError(f"{text} has an empty word or an open exclamation mark")
    return words


def canonical(word: str) -> str:
    """The short name of a characteristic."""
    return SYNONYMS.get(word, word)


def as_number(text: Fraction | str) -> Fraction | str:
    """A number where the text reads as one."""
    return _number(text) if isinstance(text, str) and _NUMBER.fullmatch(text) else text


def number_text(value: Fraction) -> str:
    """A number as URLs write it: whole where it is, else up to six decimals."""
    if value.denominator == 1:
        return str(value.numerator)
    rounded = round(Decimal(value.numerator) / Decimal(value.denominator), 6).normalize()
    return f"{rounded:f}"


def _operand(word: str) -> Operand:
    if word in NOT_OFFERED:
        raise ValueError(f"{word} ({NOT_OFFERED[word]}) is not offered by this server")
    if word.startswith("!") or _is_literal(word) or _STORED.fullmatch(word):
        return Operand(word)
    if canonical(word) in CHARACTERISTICS:
        return Operand(canonical(word))
    raise ValueError(f"{word} is no number, no ratio such as 16:9, no !text! and none of {', '.join(CHARACTERISTICS)}")


def _is_literal(text: str) -> bool:
    return bool(_NUMBER.fullmatch(text) or _RATIO.fullmatch(text))


def _number(text: str) -> Fraction:
    """A number as it is written, the digits of a page's arithmetic rounded."""
    return Fraction(text).limit_denominator(10**9)


def _quotient(left: str, right: str) -> Fraction:
    if Fraction(right) == 0:
        raise ValueError(f"{left}:{right} is no ratio: a division by 0")
    return Fraction(left) / Fraction(right)


def _needs_number(value: Fraction | str) -> Fraction:
    if isinstance(value, str):
        raise ValueError(f"{value or 'nothing'!r} is no number to compute with")
    return value


def _apply(operator: str, left: Fraction, right: Fraction) -> Fraction:
    if operator in ("div", "mod") and right == 0:
        raise ValueError("a division by 0")
    match operator:
        case "add":
            result = left + right
        case "sub":
            result = left - right
        case "mul":
            result = left * right
        case "div":
            result = left / right
        case "mod":
            result = left % right
        case _:
            result = _power(left, right)
    if abs(result) > _LARGEST:
        raise ValueError("a number beyond all measure")
    # Chains of divisions would let denominators grow without end; a billionth of a pixel is nobody's.
    return result.limit_denominator(10**9)


def _power(base: Fraction, exponent: Fraction) -> Fraction:
    if abs(exponent) > 64 or (base == 0 and exponent < 0):
        raise ValueError("a power beyond all measure")
    if exponent.denominator == 1 and abs(base) <= _LARGEST:
        return base**exponent.numerator
    result = float(base) ** float(exponent)
    if isinstance(result, complex):
        raise ValueError("a root of a negative number")
    return Fraction(result)
