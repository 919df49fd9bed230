"""What stands after an operator of size: numbers with units, dates, and spans of time before now."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from fractions import Fraction

from keepsight.assets.catalogue.query import RelativeDate, Value

_NUMBER = re.compile(r"[+-]?(\d+(\.\d+)?|\.\d+)", re.ASCII)
_SIZE = re.compile(r"(\d+(?:\.\d+)?)(b|kb?|mb?|gb?)", re.ASCII | re.IGNORECASE)
_SPAN = re.compile(r"(\d{1,5})([smhdwy])", re.ASCII)
_RATIO = re.compile(r"(\d{1,6})[:/](\d{1,6})", re.ASCII)
_DATE = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})", re.ASCII)

_UNITS = {"": 1, "b": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}
_DAY = 86_400
_SPANS = {"s": 1, "h": 3_600, "d": _DAY, "w": 7 * _DAY, "m": 30 * _DAY, "y": 365 * _DAY}
"""Seconds; a month counts 30 days and a year 365."""

EXPECTED = "expected a number (1024, 1.5, 10kb, 2mb), a date (2025-06-30, 2025-06-30T12:00:00Z) or a span (1d, 2w)"


def compared(text: str, *, of_time: bool) -> Value | None:
    """The value that a text means, None for one that is none.

    `of_time`: the field holds dates, so `3m` is three months before now; else three megabytes. Sizes are counted in
    powers of 1024. A date without a time is its first moment, UTC.
    """
    if of_time and (span := _SPAN.fullmatch(text)):
        return RelativeDate(float(int(span[1]) * _SPANS[span[2]]))
    if _NUMBER.fullmatch(text) and len(text) < 40:
        return float(text) if "." in text else int(text)
    if size := _SIZE.fullmatch(text):
        number = float(size[1]) * _UNITS[size[2][0].lower()]
        return int(number) if number.is_integer() else number
    if (span := _SPAN.fullmatch(text)) and span[2] != "m":
        return RelativeDate(float(int(span[1]) * _SPANS[span[2]]))
    if (ratio := _RATIO.fullmatch(text)) and int(ratio[2]):
        return float(Fraction(int(ratio[1]), int(ratio[2])))
    return _moment(text)


def _moment(text: str) -> datetime | None:
    try:
        if day := _DATE.fullmatch(text):
            return datetime.combine(date(int(day[1]), int(day[2]), int(day[3])), time(), UTC)
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):  # overflow: a year at the end of time, moved by its zone
        return None
