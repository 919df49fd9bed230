"""The kinds of arguments that an effect takes: how each is recognised, read and printed."""

from __future__ import annotations

import re
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from math import floor
from typing import Final, Protocol

from keepsight.transformation import colours
from keepsight.transformation.values import Colour

REQUIRED: Final = "required"
"""In place of a default."""

_DECIMAL = re.compile(r"[+-]?(\d{1,9}(\.\d{0,100})?|\.\d{1,100})", re.ASCII)


class Argument(Protocol):
    """One argument between colons."""

    @property
    def name(self) -> str:
        """The word before the underscore where arguments are given by name, as in `level_150`."""

    @property
    def default(self) -> Hashable:
        """The value where none is given; REQUIRED where one must be."""

    @property
    def help(self) -> str:
        """What it does, in a sentence."""

    @property
    def expected(self) -> str:
        """Type and range, as the end of "expected …"."""

    def fits(self, text: str) -> bool:
        """Whether the text has the form of this argument, in range or not; if not, it may be the next one's."""

    def read(self, text: str) -> Hashable:
        """The value of a text that fits. Raises ValueError with the reason."""

    def text(self, value: Hashable) -> str:
        """The spelling that reads back as the value."""


class Rest(Protocol):
    """The last arguments of an effect that takes any number of them."""

    @property
    def name(self) -> str:
        """What they are together."""

    @property
    def default(self) -> Hashable:
        """The value where none is given; REQUIRED where one must be."""

    @property
    def help(self) -> str:
        """What they do, in a sentence."""

    @property
    def expected(self) -> str:
        """Types and ranges, as the end of "expected …"."""

    def read_all(self, texts: Sequence[str]) -> Hashable:
        """One value of one or more texts. Raises ValueError with the reason."""

    def texts(self, value: Hashable) -> list[str]:
        """The spellings that read back as the value."""


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number, or one of some words in its place."""

    name: str
    minimum: int
    maximum: int
    default: int | str | None
    """None: decided when the picture is seen."""
    help: str
    words: tuple[str, ...] = ()

    @property
    def expected(self) -> str:
        """Type and range."""
        words = "".join(f", or {word}" for word in self.words)
        return f"a whole number from {self.minimum} to {self.maximum}{words}"

    def fits(self, text: str) -> bool:
        """Digits, with a point or not, or one of the words."""
        return text in self.words or bool(_DECIMAL.fullmatch(text))

    def read(self, text: str) -> int | str:
        """The number, rounded and brought into its range, or the word."""
        if text in self.words:
            return text
        return max(self.minimum, min(floor(number(text) + 0.5), self.maximum))

    def text(self, value: Hashable) -> str:
        """Plain digits, or the word."""
        return str(value)


@dataclass(frozen=True, slots=True)
class Decimal:
    """A number with or without a decimal point."""

    name: str
    minimum: float
    maximum: float
    default: float | str
    help: str

    @property
    def expected(self) -> str:
        """Type and range."""
        return f"a number from {number_text(self.minimum)} to {number_text(self.maximum)}"

    def fits(self, text: str) -> bool:
        """Digits with an optional point."""
        return bool(_DECIMAL.fullmatch(text))

    def read(self, text: str) -> float:
        """The number, brought into its range."""
        return max(self.minimum, min(number(text), self.maximum))

    def text(self, value: Hashable) -> str:
        """Without an exponent and without trailing zeros."""
        assert isinstance(value, float)  # noqa: S101  # what `read` gave
        return number_text(value)


@dataclass(frozen=True, slots=True)
class Word:
    """One of a few words."""

    name: str
    words: tuple[str, ...]
    default: str | None
    """None: a behaviour of its own that no word names."""
    help: str

    @property
    def expected(self) -> str:
        """The words."""
        return "one of " + ", ".join(self.words) if len(self.words) > 1 else self.words[0]

    def fits(self, text: str) -> bool:
        """Only the words themselves."""
        return text in self.words

    def read(self, text: str) -> str:
        """The word."""
        return text

    def text(self, value: Hashable) -> str:
        """The word."""
        return str(value)


@dataclass(frozen=True, slots=True)
class Flag:
    """A word that is there or not."""

    name: str
    help: str
    default: bool = False

    @property
    def expected(self) -> str:
        """The word itself."""
        return f"the word {self.name}"

    def fits(self, text: str) -> bool:
        """Only the word itself."""
        return text == self.name

    def read(self, text: str) -> bool:
        """True."""
        return text == self.name

    def text(self, value: Hashable) -> str:
        """The word; only a flag that is set is printed."""
        return self.name if value else ""


@dataclass(frozen=True, slots=True)
class Paint:
    """A colour."""

    name: str
    default: str | None
    """None: found in the picture."""
    help: str

    @property
    def expected(self) -> str:
        """The spellings."""
        return colours.EXPECTED

    def fits(self, text: str) -> bool:
        """Names and hex digits."""
        return colours.is_colour(text)

    def read(self, text: str) -> Colour:
        """The colour."""
        return colours.colour(text)

    def text(self, value: Hashable) -> str:
        """Hex digits."""
        assert isinstance(value, Colour)  # noqa: S101  # what `read` gave
        return colours.colour_text(value)


def number(text: str) -> float:
    """A decimal number of at most nine digits before the point, rounded to nine after it. Raises ValueError."""
    if not _DECIMAL.fullmatch(text):
        raise ValueError(f"{text!r} is not a number")
    return round(float(text), 9) + 0.0  # -0 is 0


def out_of_range(argument: Argument, text: str, value: Hashable) -> str | None:
    """What is said of a number that was brought into its range; None where it lay in it."""
    if not isinstance(argument, Whole | Decimal) or not isinstance(value, int | float) or not _DECIMAL.fullmatch(text):
        return None
    if argument.minimum <= number(text) <= argument.maximum:
        return None
    return f"{argument.name} {text} is out of range, taken for {number_text(value)}"


def number_text(value: float) -> str:
    """The number without an exponent and without trailing zeros."""
    return f"{value:.9f}".rstrip("0").rstrip(".")
