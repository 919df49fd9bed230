"""Conditions of a request, and what they make of an answer (RFC 9110, sections 13 and 14)."""

from __future__ import annotations

from collections.abc import Mapping

from keepsight.delivery.answer import Answer, Headers, error_answer, length
from keepsight.delivery.http_date import seconds_of
from keepsight.delivery.ranges import wanted_range
from keepsight.errors import PreconditionFailed, RequestError

CONDITIONS = frozenset(
    {b"if-match", b"if-unmodified-since", b"if-none-match", b"if-modified-since", b"if-range", b"range"}
)
"""Headers without which every answer goes out whole."""
_BEFORE = frozenset({b"if-match", b"if-unmodified-since"})
"""Conditions that come before `If-None-Match`."""


def conditioned(answer: Answer, method: str, headers: Mapping[bytes, bytes]) -> tuple[int, Headers, bytes]:
    """Status, headers and body for a GET or HEAD with conditions, whose answer without them is a success."""
    if is_plainly_known(answer, headers):
        return 304, answer.unchanged, b""  # nearly always, so before all else
    try:
        return _conditioned(answer, method, headers)
    except RequestError as error:
        refused = error_answer(error, 0)
        return refused.status, (*refused.complete, *(pair for pair in answer.said if pair[0] == b"vary")), refused.body


def is_plainly_known(answer: Answer, headers: Mapping[bytes, bytes]) -> bool:
    """Whether the client has this very answer, and says so in the simplest way."""
    return headers.get(b"if-none-match") == answer.etag and _BEFORE.isdisjoint(headers)


def _conditioned(answer: Answer, method: str, headers: Mapping[bytes, bytes]) -> tuple[int, Headers, bytes]:
    # The order of precedence of section 13.2.2.
    _check_match(answer, headers)
    if _is_known(answer, headers):
        return 304, answer.unchanged, b""
    wanted = headers.get(b"range")
    if wanted is not None and method == "GET" and _still_holds(answer, headers.get(b"if-range")):
        span = wanted_range(wanted, len(answer.body))
        if span is not None:
            first, last = span
            part = answer.body[first : last + 1]
            where = f"bytes {first}-{last}/{len(answer.body)}".encode()
            return 206, (*answer.headers, (b"content-range", where), length(part)), part
    return answer.status, answer.complete, answer.body


def _check_match(answer: Answer, headers: Mapping[bytes, bytes]) -> None:
    match, since = headers.get(b"if-match"), headers.get(b"if-unmodified-since")
    if match is not None:
        if match.strip() != b"*" and answer.etag not in _tags(match):  # strong comparison
            raise PreconditionFailed("The picture is another version than the one that If-Match names")
    elif since is not None and (date := seconds_of(since)) is not None and answer.modified > date:
        raise PreconditionFailed("The picture has changed since the time that If-Unmodified-Since names")


def _is_known(answer: Answer, headers: Mapping[bytes, bytes]) -> bool:
    match, since = headers.get(b"if-none-match"), headers.get(b"if-modified-since")
    if match is not None:  # weak comparison; a date beside it says nothing
        return match.strip() == b"*" or answer.etag in (tag.removeprefix(b"W/") for tag in _tags(match))
    return since is not None and (date := seconds_of(since)) is not None and answer.modified <= date


def _still_holds(answer: Answer, validator: bytes | None) -> bool:
    """`If-Range`: a strong entity tag or the very date of the last change."""
    if validator is None:
        return True
    return validator.strip() == answer.etag or seconds_of(validator) == answer.modified


def _tags(header: bytes) -> list[bytes]:
    # Our tags are hexadecimal digits: a comma inside of a foreign one cannot make it equal to one of them.
    return [tag.strip() for tag in header.split(b",")]
