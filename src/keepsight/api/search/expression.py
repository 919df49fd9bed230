"""The expression language of the Search API, read into the catalogue's tree.

    resource_type:image AND (tags=cat OR context.alt:"a cat*") AND NOT folder=drafts AND uploaded_at>1w

`field:value` finds the words of the value, `field=value` the whole of it, a star at the end what begins so;
`> >= < <=` and `[a TO b]` (with the ends) or `{a TO b}` (without) compare numbers and dates. AND, OR and NOT are
written in capitals; AND binds tighter than OR and may be left out; `-` before a term is NOT. `field:(a OR b)` asks one
field for several values.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from keepsight.api.search.values import EXPECTED, compared
from keepsight.api.search.words import Kind, QueryError, Token, tokens
from keepsight.assets.catalogue.query import (
    And,
    Compare,
    Everything,
    How,
    Match,
    Not,
    Operator,
    Or,
    Query,
    Range,
    Value,
)
from keepsight.errors import BadRequest

LONGEST = 8_192
"""Characters of an expression."""
MOST_TERMS = 256
DEEPEST = 32
"""Brackets and negations inside one another: SQL would refuse far more of either."""

_COMPARISONS: dict[str, Operator] = {">": ">", ">=": ">=", "<": "<", "<=": "<="}


def parse_expression(expression: str) -> Query:
    """The tree of an expression; an empty one finds everything.

    Raises QueryError, whose message has the position of the fault, and BadRequest for one that is too long.
    """
    if "\0" in expression:
        raise QueryError(expression, expression.index("\0"), "no value holds a zero character")
    if len(expression) > LONGEST:
        raise BadRequest(f"expression is too long ({len(expression)} characters; expected at most {LONGEST})")
    return _Reader(expression).whole()


@dataclass(frozen=True, slots=True)
class _Asked:
    """The field and the operator that the values in brackets share."""

    field: str | None
    operator: str


_ANY_FIELD = _Asked(None, ":")


class _Reader:
    def __init__(self, expression: str) -> None:
        self._expression = expression
        self._tokens = tokens(expression)
        self._next = next(self._tokens)
        self._terms = 0
        self._depth = 0

    def whole(self) -> Query:
        if self._is("end"):
            return Everything()
        query = self._either(_ANY_FIELD)
        if not self._is("end"):
            raise self._fault("expected AND, OR, NOT or the end")
        return query

    def _either(self, asked: _Asked) -> Query:
        parts = [self._every(asked)]
        while self._is_join("OR"):
            self._take()
            parts.append(self._every(asked))
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def _every(self, asked: _Asked) -> Query:
        parts = [self._term(asked)]
        while True:
            if self._is_join("AND"):
                self._take()
            elif not self._begins_term():
                break
            parts.append(self._term(asked))
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def _term(self, asked: _Asked) -> Query:
        token = self._next
        if token.kind == "minus" or self._is_join("NOT"):
            self._take()
            with self._deeper():
                return Not(self._term(asked))
        if self._is("bracket", "("):
            return self._bracketed(asked)
        if token.kind != "word" or self._is_join("AND", "OR"):
            raise self._fault("expected a term such as tags:cat")
        self._count()
        self._take()
        if not self._is("operator"):
            return self._match(asked, token)
        if asked is not _ANY_FIELD:
            raise self._fault("expected a value: the field stands before the bracket")
        if token.quoted or token.prefix or not token.text:
            raise QueryError(self._expression, token.at, "expected the name of a field before the operator")
        return self._valued(_Asked(token.text, self._take().text))

    def _valued(self, asked: _Asked) -> Query:
        token = self._next
        if self._is("bracket", "(") and asked.operator in ":=":
            return self._bracketed(asked)
        if self._is("bracket", "[", "{") and asked.operator in ":=":
            return self._range(str(asked.field))
        if self._is("operator", *_COMPARISONS) and asked.operator == ":":  # bytes:>100
            return self._valued(_Asked(asked.field, self._take().text))
        if token.kind != "word":
            raise self._fault(f"expected a value after {asked.field}{asked.operator}")
        return self._match(asked, self._take())

    def _bracketed(self, asked: _Asked) -> Query:
        opened = self._take()
        with self._deeper():
            query = self._either(asked)
        if not self._is("bracket", ")"):
            raise self._fault(f"expected ) for the bracket at position {opened.at + 1}")
        self._take()
        return query

    def _match(self, asked: _Asked, token: Token) -> Query:
        if asked.operator in _COMPARISONS:
            operator = _COMPARISONS[asked.operator]
            return Compare(str(asked.field), operator, self._value(str(asked.field), token))
        if token.prefix:
            return Match(asked.field, token.text, How.PREFIX)
        return Match(asked.field, token.text, How.EXACT if asked.operator == "=" else How.TOKEN)

    def _range(self, field: str) -> Range:
        opened = self._take()
        self._count()
        low = self._end_of_range(field)
        if not (self._next.kind == "word" and self._next.text.upper() == "TO" and not self._next.quoted):
            raise self._fault("expected TO, as in [1 TO 5]")
        self._take()
        high = self._end_of_range(field)
        if not self._is("bracket", "]", "}"):
            raise self._fault("expected ] or } at the end of the range")
        closed = self._take()
        return Range(field, low, high, opened.text == "[", closed.text == "]")

    def _end_of_range(self, field: str) -> Value | None:
        if not self._is("word"):
            raise self._fault(EXPECTED)
        return self._value(field, self._take())

    def _value(self, field: str, token: Token) -> Value:
        value = None if token.prefix else compared(token.text, of_time=is_of_time(field))
        if value is None:
            raise QueryError(self._expression, token.at, EXPECTED)
        return value

    @contextmanager
    def _deeper(self) -> Iterator[None]:
        self._depth += 1
        if self._depth > DEEPEST:
            raise self._fault(f"expected at most {DEEPEST} brackets and negations inside one another")
        yield
        self._depth -= 1

    def _count(self) -> None:
        self._terms += 1
        if self._terms > MOST_TERMS:
            raise self._fault(f"expected at most {MOST_TERMS} terms")

    def _begins_term(self) -> bool:
        opens = self._is("minus") or self._is("bracket", "(")
        return opens or (self._is("word") and not self._is_join("OR", "AND"))

    def _is(self, kind: Kind, *texts: str) -> bool:
        return self._next.kind == kind and (not texts or self._next.text in texts)

    def _is_join(self, *words: str) -> bool:
        token = self._next
        written = self._expression[token.at : token.ends]  # neither quoted nor escaped nor with a star
        return token.kind == "word" and written in words

    def _take(self) -> Token:
        token = self._next
        self._next = next(self._tokens)
        return token

    def _fault(self, expected: str) -> QueryError:
        return QueryError(self._expression, self._next.at, expected)


def is_of_time(field: str) -> bool:
    """Whether a field holds dates: `created_at`, `uploaded_at`, `last_updated.tags_at` ..."""
    return field.endswith("_at") or field.partition(".")[0] == "last_updated"
