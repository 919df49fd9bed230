"""The words of a search expression: text with escapes and quotes becomes tokens that know where they stand.

Cloudinary's reserved characters are `! ( ) { } [ ] * ^ ~ ? : \\ = & > < "` and white space; each stands for itself
after a backslash. Inside double quotes only `"`, `*` and the backslash need one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from keepsight.errors import BadRequest

RESERVED = frozenset('!(){}[]*^~?:\\=&><"')
_OPERATORS = re.compile(r">=|<=|[:=><]")
_BRACKETS = frozenset("()[]{}")

Kind = Literal["word", "operator", "bracket", "minus", "end"]


@dataclass(frozen=True, slots=True)
class Token:
    """One word, operator or bracket."""

    kind: Kind
    text: str
    """Of a word: without quotes, escapes and the star at its end."""
    at: int
    """Where it begins, in characters from 0."""
    ends: int
    quoted: bool = False
    prefix: bool = False
    """Whether a word ends with a star that is not escaped."""


class QueryError(BadRequest):
    """An expression that is none. The message has the position, from 1, and shows it, as Cloudinary's does."""

    def __init__(self, expression: str, at: int, expected: str) -> None:
        shown = f"{expression[max(0, at - 60) : at]} {expression[at : at + 60]}".strip()
        super().__init__(f"Query Error (at position {at + 1}) '{shown}': {expected}")


def tokens(expression: str) -> Iterator[Token]:
    """The tokens of an expression, ended by one of kind `end`. Raises QueryError while it is read."""
    at = 0
    while at < len(expression):
        character = expression[at]
        if character.isspace():
            at += 1
            continue
        if operator := _OPERATORS.match(expression, at):
            token = Token("operator", operator[0], at, operator.end())
        elif character in _BRACKETS:
            token = Token("bracket", character, at, at + 1)
        elif character == "-" and at + 1 < len(expression) and not expression[at + 1].isspace():
            token = Token("minus", "-", at, at + 1)
        elif character == '"':
            token = _quoted(expression, at)
        else:
            token = _bare(expression, at)
        yield token
        at = token.ends
        if token.kind == "operator":  # a value may begin with a minus: width>-5
            if at < len(expression) and expression[at] == "-":
                token = _bare(expression, at)
                yield token
                at = token.ends
        elif token.kind == "word" and at < len(expression) and not _may_follow(expression[at]):
            raise QueryError(expression, at, _unescaped(expression[at]))
    yield Token("end", "", len(expression), len(expression))


def _quoted(expression: str, start: int) -> Token:
    text: list[str] = []
    prefix = False
    at = start + 1
    while at < len(expression):
        character = expression[at]
        if character == "\\" and at + 1 < len(expression):
            text.append(expression[at + 1])
            at += 2
            continue
        if character == '"':
            return _checked(Token("word", "".join(text), start, at + 1, quoted=True, prefix=prefix), expression)
        if character == "*":
            if expression[at + 1 : at + 2] != '"':
                raise QueryError(expression, at, "a star may only end a value (expected \\* for the character)")
            prefix = True
        else:
            text.append(character)
        at += 1
    raise QueryError(expression, len(expression), f"the quote at position {start + 1} is not closed")


def _bare(expression: str, start: int) -> Token:
    text: list[str] = []
    at = start
    prefix = False
    while at < len(expression):
        character = expression[at]
        if character == "\\":
            if at + 1 == len(expression):
                raise QueryError(expression, at, "a backslash escapes the character after it")
            text.append(expression[at + 1])
            at += 2
            continue
        if character == "*":
            at, prefix = at + 1, True
            break
        if character.isspace() or character in RESERVED:
            break
        text.append(character)
        at += 1
    if at == start:
        raise QueryError(expression, at, _unescaped(expression[at]))
    return _checked(Token("word", "".join(text), start, at, prefix=prefix), expression)


def _checked(word: Token, expression: str) -> Token:
    if word.prefix and not word.text:
        raise QueryError(expression, word.at, "a star may not begin a value (expected text before it)")
    return word


def _may_follow(character: str) -> bool:
    return character.isspace() or character in "()[]{}:=><"


def _unescaped(character: str) -> str:
    if character in RESERVED:
        return f"{character} needs a backslash before it, or quotes around the value"
    return "expected a space after the value"
