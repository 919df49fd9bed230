from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepsight.delivery.ranges import wanted_range
from keepsight.errors import RangeNotSatisfiable


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        (b"bytes=0-0", (0, 0)),
        (b"bytes=0-", (0, 99)),
        (b"bytes=90-200", (90, 99)),
        (b"bytes=-10", (90, 99)),
        (b"bytes=-1000", (0, 99)),
        (b"Bytes = 5-9 ", (5, 9)),
        (b"bytes=5-9,", (5, 9)),  # empty elements of a list do not count
        (b"bytes=0-99999999999999999999999", (0, 99)),
        (b"bytes=0-1,5-9", None),  # several parts: the whole
        (b"bytes=9-5", None),
        (b"bytes=-", None),
        (b"bytes=", None),
        (b"bytes=a-b", None),
        (b"bytes=1 - 2", None),
        (b"bytes=+1-2", None),
        ("bytes=٣-٤".encode(), None),
        (b"items=0-1", None),
        (b"0-1", None),
        (b"", None),
        (b"bytes=" + b"1" * 5_000 + b"-", None),
    ],
)
def test_which_part(header: bytes, wanted: tuple[int, int] | None) -> None:
    assert wanted_range(header, 100) == wanted


@pytest.mark.parametrize("header", [b"bytes=100-", b"bytes=100-200", b"bytes=-0", b"bytes=999999999999999999999-"])
def test_a_part_behind_the_end(header: bytes) -> None:
    with pytest.raises(RangeNotSatisfiable, match="below 100") as caught:
        wanted_range(header, 100)
    assert caught.value.size == 100


@given(st.integers(0, 300), st.integers(0, 300), st.integers(1, 200))
def test_a_range_is_the_slice_that_it_says(first: int, last: int, size: int) -> None:
    body = bytes(i % 251 for i in range(size))
    header = f"bytes={first}-{last}".encode()
    if first > last:
        assert wanted_range(header, size) is None
    elif first >= size:
        with pytest.raises(RangeNotSatisfiable):
            wanted_range(header, size)
    else:
        found = wanted_range(header, size)
        assert found is not None
        assert body[found[0] : found[1] + 1] == body[first : last + 1]


@given(st.one_of(st.binary(max_size=120), st.binary(max_size=40).map(lambda b: b"bytes=" + b)), st.integers(0, 50))
def test_any_header_gives_a_part_of_the_body_or_the_whole(header: bytes, size: int) -> None:
    try:
        wanted = wanted_range(header, size)
    except RangeNotSatisfiable:
        return
    assert wanted is None or 0 <= wanted[0] <= wanted[1] < size
