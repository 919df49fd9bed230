"""A search as SQL, the same for both databases."""

from __future__ import annotations

import operator
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, false, func, literal, not_, or_, select, true

from keepsight.assets.catalogue.fields import Field, Kind, field_named
from keepsight.assets.catalogue.listing import begins_with, has_value
from keepsight.assets.catalogue.query import (
    And,
    Compare,
    Everything,
    How,
    Match,
    Not,
    Number,
    Or,
    Query,
    Range,
    RelativeDate,
    Value,
)
from keepsight.assets.catalogue.tables import assets, terms
from keepsight.assets.catalogue.words import words

_COMPARES = {"=": operator.eq, ">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le}
_GREATEST = 2**63 - 1
"""Of the numbers that both databases hold."""


def condition(query: Query, now: datetime) -> ColumnElement[bool]:
    """Which rows of `assets` agree; never NULL, so that NOT is all the others. Relative dates are from `now`."""
    match query:
        case And(parts):
            return and_(true(), *(condition(part, now) for part in parts))
        case Or(parts):
            return or_(false(), *(condition(part, now) for part in parts))
        case Not(part):
            return not_(condition(part, now))
        case Match(name, value, how):
            if name is None:
                return _has_words(None, value, prefix=how is How.PREFIX)
            field = field_named(name)
            return false() if field is None else _known(field, _match(field, value, how))
        case Compare(name, sign, value):
            return _compare(name, sign, value, now)
        case Range(name, low, high, includes_low, includes_high):
            ends = [(low, ">=" if includes_low else ">"), (high, "<=" if includes_high else "<")]
            given = [(value, sign) for value, sign in ends if value is not None]
            return and_(_is_there(name), *(_compare(name, sign, value, now) for value, sign in given))
        case Everything():
            return true()


def _is_there(name: str) -> ColumnElement[bool]:
    field = field_named(name)
    if field is None or field.kind not in {Kind.NUMBER, Kind.DATE} or field.column is None:
        return false()
    return field.column.is_not(None)


def _compare(name: str, sign: str, value: Value, now: datetime) -> ColumnElement[bool]:
    field = field_named(name)
    if field is None or field.column is None:
        return false()
    wanted: Any
    if isinstance(value, int | float):
        if field.kind is not Kind.NUMBER:
            return false()
        wanted = _in_reach(value)
    else:
        if field.kind is not Kind.DATE:
            return false()
        wanted = _moment(value, now)
    return _known(
        field, _COMPARES[sign](field.column, literal(wanted, None if field.kind is Kind.NUMBER else field.column.type))
    )


def _in_reach(value: Number) -> Number:
    return max(-_GREATEST, min(_GREATEST, value)) if isinstance(value, int) else value


def _moment(value: datetime | RelativeDate, now: datetime) -> datetime:
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    try:
        return now - timedelta(seconds=value.seconds)
    except OverflowError:
        return datetime.min.replace(tzinfo=UTC)


def _match(field: Field, value: str, how: How) -> ColumnElement[bool]:
    match field.kind:
        case Kind.NUMBER | Kind.DATE:
            return _equal(field, value, how)
        case Kind.LIST:
            if how is How.EXACT:
                return has_value(field.name, value)
            if how is How.PREFIX and not words(value):
                return or_(has_value(field.name), _has_words(field.name, "", prefix=True))
            return _has_words(field.name, value, prefix=how is How.PREFIX)
    column = field.column
    assert column is not None, "only lists have no column"  # noqa: S101 - said to the type checker
    if how is How.EXACT:
        return column == value
    if field.kind is Kind.WORD:
        return begins_with(column, value.lower()) if how is How.PREFIX else column == value.lower()
    if how is How.TOKEN:
        return or_(column == value, _has_words(field.name, value, prefix=False))
    begins = begins_with(column, value)
    if field.kind is Kind.PATH:
        # The folder itself belongs to what is in it: the command line client of Cloudinary relies on that.
        begins = or_(begins, column == value.removesuffix("/")) if value.endswith("/") else begins
        if "/" in value:
            return begins
    return or_(begins, _has_words(field.name, value, prefix=True)) if words(value) else begins


def _equal(field: Field, text: str, how: How) -> ColumnElement[bool]:
    """A number, or a date: that of a whole day without a time."""
    column = field.column
    if how is How.PREFIX or column is None:
        return and_(false() if text or column is None else column.is_not(None))
    try:
        if field.kind is Kind.NUMBER:
            number = float(text)
            return column == (int(number) if number.is_integer() and abs(number) <= _GREATEST else number)
        moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        return false()
    start = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if "T" in text or " " in text:
        return column == start
    try:
        return and_(column >= start, column < start + timedelta(days=1))
    except OverflowError:  # the last day that there is
        return column >= start


def _has_words(field: str | None, value: str, *, prefix: bool) -> ColumnElement[bool]:
    """Whether every word of `value` is a word of the field, the last perhaps of a longer one."""
    wanted = words(value)
    if not wanted:
        found = select(terms.c.asset)
        return assets.c.id.in_(found if field is None else found.where(terms.c.field == field)) if prefix else false()
    conditions = []
    for number, word in enumerate(wanted, start=1):
        goes_on = prefix and number == len(wanted)
        found = select(terms.c.asset).where(begins_with(terms.c.term, word) if goes_on else terms.c.term == word)
        conditions.append(assets.c.id.in_(found if field is None else found.where(terms.c.field == field)))
    return and_(*conditions)


def _known(field: Field, agrees: ColumnElement[bool]) -> ColumnElement[bool]:
    return func.coalesce(agrees, false()) if field.nullable and field.column is not None else agrees
