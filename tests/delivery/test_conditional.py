from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepsight.delivery.answer import Answer
from keepsight.delivery.conditional import CONDITIONS, conditioned
from keepsight.delivery.http_date import http_date, seconds_of

CHANGED = 1_700_000_000
DATE, EARLIER, LATER = (http_date(CHANGED + days * 86_400) for days in (0, -1, 1))
ANSWER = Answer(200, ((b"etag", b'"one"'),), b"0123456789", b'"one"', CHANGED, cache=b"hit")


@pytest.mark.parametrize(
    ("headers", "status", "body"),
    [
        ({}, 200, b"0123456789"),
        ({"if-none-match": b'"one"'}, 304, b""),
        ({"if-none-match": b'W/"one"'}, 304, b""),
        ({"if-none-match": b'"two" , "one"'}, 304, b""),
        ({"if-none-match": b"*"}, 304, b""),
        ({"if-none-match": b'"two"'}, 200, b"0123456789"),
        ({"if-none-match": b'"two"', "if-modified-since": LATER}, 200, b"0123456789"),  # the tag counts
        ({"if-modified-since": DATE}, 304, b""),
        ({"if-modified-since": LATER}, 304, b""),
        ({"if-modified-since": EARLIER}, 200, b"0123456789"),
        ({"if-modified-since": b"yesterday"}, 200, b"0123456789"),
        ({"if-match": b'"one"'}, 200, b"0123456789"),
        ({"if-match": b"*"}, 200, b"0123456789"),
        ({"if-match": b'"two"'}, 412, None),
        ({"if-match": b'W/"one"'}, 412, None),  # strong comparison
        ({"if-unmodified-since": EARLIER}, 412, None),
        ({"if-unmodified-since": DATE}, 200, b"0123456789"),
        ({"if-unmodified-since": EARLIER, "if-match": b'"one"'}, 200, b"0123456789"),
        ({"if-match": b'"two"', "if-none-match": b'"one"'}, 412, None),
        ({"range": b"bytes=2-4"}, 206, b"234"),
        ({"range": b"bytes=2-4", "if-range": b'"one"'}, 206, b"234"),
        ({"range": b"bytes=2-4", "if-range": DATE}, 206, b"234"),
        ({"range": b"bytes=2-4", "if-range": b'W/"one"'}, 200, b"0123456789"),
        ({"range": b"bytes=2-4", "if-range": b'"two"'}, 200, b"0123456789"),
        ({"range": b"bytes=2-4", "if-range": LATER}, 200, b"0123456789"),  # the very date only
        ({"range": b"bytes=20-", "if-range": b'"two"'}, 200, b"0123456789"),
        ({"range": b"bytes=20-"}, 416, None),
        ({"range": b"bytes=20-", "if-none-match": b'"one"'}, 304, b""),
        ({"range": b"bytes=0-1,3-4"}, 200, b"0123456789"),
        ({"if-range": b'"two"'}, 200, b"0123456789"),
    ],
    ids=str,
)
def test_what_conditions_make_of_an_answer(headers: dict[str, bytes], status: int, body: bytes | None) -> None:
    given_headers = {name.encode(): value for name, value in headers.items()}
    assert given_headers.keys() <= CONDITIONS
    found, head, sent = conditioned(ANSWER, "GET", given_headers)
    assert found == status
    assert body is None or sent == body
    said = dict(head)
    assert said.get(b"content-length") == (None if status == 304 else str(len(sent)).encode())
    assert (b"etag" in said) == (status < 400)
    if status == 206:
        assert said[b"content-range"] == b"bytes 2-4/10"
    if status == 416:
        assert said[b"content-range"] == b"bytes */10"
        assert said[b"cache-control"] == b"no-store"


def test_a_range_is_for_get_only() -> None:
    assert conditioned(ANSWER, "HEAD", {b"range": b"bytes=2-4"}) == (200, ANSWER.complete, ANSWER.body)


@given(st.integers(0, 2**33))
def test_dates_round_trip(seconds: int) -> None:
    assert seconds_of(http_date(seconds)) == seconds


@given(st.dictionaries(st.sampled_from(sorted(CONDITIONS)), st.binary(max_size=40)))
def test_any_conditions_get_an_answer(headers: dict[bytes, bytes]) -> None:
    status, _, body = conditioned(ANSWER, "GET", headers)
    assert status in (200, 206, 304, 412, 416)
    assert len(body) > 0 or status == 304


@pytest.mark.parametrize(
    "date", [b"Sunday, 06-Nov-94 08:49:37 GMT", b"Sun Nov  6 08:49:37 1994", b"Sun, 06 Nov 1994 08:49:37 GMT"]
)
def test_the_three_forms_of_a_date(date: bytes) -> None:
    assert seconds_of(date) == 784_111_777
