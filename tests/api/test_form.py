"""Multipart bodies: whatever way they arrive, whole or not at all."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multipart import MultipartError
from urllib3 import encode_multipart_formdata

from keepsight.api.form.body import Body, gathered
from keepsight.api.form.segments import Segments
from keepsight.errors import BadRequest

_NAMES = st.text(
    st.characters(min_codepoint=0x30, max_codepoint=0x7A, blacklist_characters='"\\'), min_size=1, max_size=8
)
_FIELDS = st.lists(st.tuples(_NAMES.filter(lambda name: name != "file"), st.text(max_size=30)), max_size=5)


def read(pieces: list[bytes], boundary: str, max_bytes: int = 10_000) -> tuple[Body, bytes]:
    with TemporaryDirectory() as folder, (Path(folder) / "file").open("wb") as file:
        segments = Segments(boundary, file, Path(file.name), max_bytes)
        for piece in pieces:
            if piece:
                segments.feed(piece)
        body = segments.finish()
        return body, Path(file.name).read_bytes()


@given(_FIELDS, st.binary(max_size=400), st.lists(st.integers(0, 2_000), max_size=6))
def test_what_is_sent_arrives_however_it_is_cut(fields: list[tuple[str, str]], data: bytes, cuts: list[int]) -> None:
    body, _ = encode_multipart_formdata([*fields, ("file", ("/some/ü.jpg", data))], boundary="edge")
    ends = sorted({min(cut, len(body)) for cut in cuts} | {len(body)})
    pieces = [body[start:end] for start, end in zip([0, *ends], ends, strict=False)]
    arrived, file = read(pieces, "edge")
    assert arrived.parameters == tuple(fields)
    assert arrived.file is not None
    assert (arrived.file.filename, arrived.file.bytes, file) == ("/some/ü.jpg", len(data), data)


@given(st.integers(0, 10_000))
def test_no_beginning_is_taken_for_the_whole(cut: int) -> None:
    body, _ = encode_multipart_formdata([("a", "b"), ("file", ("x.jpg", b"data\r\n--edge"))], boundary="other")
    cut %= len(body) - 4  # up to the two dashes of the end
    with pytest.raises((MultipartError, BadRequest)):
        read([body[:cut]], "other")


def test_a_file_may_be_a_text() -> None:
    body, _ = encode_multipart_formdata([("file", "https://example.com/x.jpg")], boundary="edge")
    arrived, file = read([body], "edge")
    assert arrived.file is not None
    assert (arrived.file.filename, file) == (None, b"https://example.com/x.jpg")


def test_lists() -> None:
    assert gathered([("a[]", "1"), ("a[]", "2"), ("b[0]", "x"), ("c", "y")]) == {"a": ["1", "2"], "b": ["x"], "c": "y"}


@pytest.mark.parametrize("pairs", [[("a", "1"), ("a", "2")], [("a", "1"), ("a[]", "2")], [("a[]", "1"), ("a", "2")]])
def test_nothing_counts_twice(pairs: list[tuple[str, str]]) -> None:
    with pytest.raises(BadRequest, match="it is there twice"):
        gathered(pairs)


def test_a_query_does_not_add_to_what_was_signed() -> None:
    assert Body((("a", "1"),), query=(("overwrite", "1"),)).values() == {"a": "1"}
    assert Body(query=(("a", "1"),)).values() == {"a": "1"}
