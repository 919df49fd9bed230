"""No content of a file ends a check with a traceback."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st

from keepsight.check.addresses import address_of
from keepsight.check.markup import urls_of
from keepsight.check.reading import read

TOKENS = """
    <img srcset=' <![ <!-- <script> </ &amp \\u00 \\ud83d {"url": "GET HTTP/1.1"200 url( https://res.cloudinary.com/ ://[
    /image/upload/ c_fill,w_5 // [ ) % %2F https%3A%2F%2F @ s-- {} $ \0 \udc80
"""
PIECES = st.sampled_from((*TOKENS.split(" "), "\t", " ", "#Fields: a b c d\n"))
JUNK = st.lists(st.one_of(PIECES, st.text(max_size=6)), max_size=25).map("".join)


@given(JUNK, st.booleans())
def test_markup(text: str, xml: bool) -> None:
    for url in urls_of(text, xml=xml):
        address_of(url)


@given(st.one_of(JUNK.map(lambda text: text.encode("utf-8", "surrogatepass")), st.binary(max_size=200)))
def test_files(content: bytes) -> None:
    with TemporaryDirectory() as folder:
        file = Path(folder, "file")
        file.write_bytes(content)
        for found in read(str(file), lambda stream, _: stream, lambda: None, lambda _: None):
            address_of(found.url, ("*.test",), ("demo",))
