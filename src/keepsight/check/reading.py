"""Files, compressed or not, and standard input as what they name."""

from __future__ import annotations

import gzip
import io
import re
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TextIO, cast

from keepsight.check.logs import Found, read_lines
from keepsight.check.markup import urls_of
from keepsight.errors import ConfigurationError

_HEAD = 4_096
"""Bytes that tell what a file is."""
_GZIP = b"\x1f\x8b"
_MARKUP = re.compile(r"\s*<(?:[!?]|[A-Za-z])")
_XML = re.compile(r"\s*(?:<\?xml|<(?:urlset|sitemapindex|rss|feed)\b)", re.IGNORECASE)
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_LONGEST = 262_144
"""Characters of a line that are read at once."""
_TAIL = 16_384
_GAP = re.compile(r"""[\s"'<>]""")
STANDARD_INPUT = "-"

Wrap = Callable[[IO[bytes], str], IO[bytes]]
"""Puts something around an open file that watches how far it is read."""


def read(name: str, wrap: Wrap, count: Callable[[], None], warn: Callable[[str], None]) -> Iterator[Found]:
    """Every URL that stands in a file, a sitemap, a page or a log, gzip or not; `-` is standard input.

    `count` is called for each line, `warn` with a sentence where a file ends before its time: what came counts.
    Raises ConfigurationError where it cannot be opened.
    """
    with _opened(name, wrap) as stream:
        try:
            head = stream.peek(_HEAD)[:_HEAD]
            text = io.TextIOWrapper(stream, _encoding(head), errors="surrogateescape", newline="\n")
            start = head.decode(text.encoding, "replace")
            if _MARKUP.match(start):
                yield from _of_markup(text.read(), count, xml=_XML.match(start) is not None)
            else:
                yield from read_lines(_lines(text), count)
        except (OSError, EOFError, zlib.error, UnicodeError) as error:
            reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
            warn(f"{name}: cannot be read to its end ({reason})")


def _encoding(head: bytes) -> str:
    """UTF-8, or UTF-16 where its mark or every other octet says so: tools of Windows write it."""
    if head.startswith(_UTF16):
        return "utf-16"
    even, odd = head[::2].count(0), head[1::2].count(0)
    if max(even, odd) > len(head) // 4 and not min(even, odd):
        return "utf-16-be" if even else "utf-16-le"
    return "utf-8-sig"


def _lines(text: TextIO) -> Iterator[str]:
    """The lines; one that is longer than any log's comes in pieces, cut where no URL is."""
    rest = ""
    while piece := text.readline(_LONGEST):
        piece = rest + piece
        rest = ""
        if len(piece) >= _LONGEST and not piece.endswith("\n"):
            gaps = list(_GAP.finditer(piece, len(piece) - _TAIL))
            at = gaps[-1].start() if gaps else len(piece)
            piece, rest = piece[:at], piece[at:]
        yield piece
    if rest:
        yield rest


def _of_markup(markup: str, count: Callable[[], None], *, xml: bool) -> Iterator[Found]:
    for _ in range(markup.count("\n") + 1):
        count()
    yield from map(Found, urls_of(markup, xml=xml))


@contextmanager
def _opened(name: str, wrap: Wrap) -> Iterator[io.BufferedReader]:
    if name == STANDARD_INPUT:
        yield _unpacked(io.BufferedReader(cast("io.RawIOBase", sys.stdin.buffer)))
        return
    try:
        file = Path(name).open("rb")  # noqa: SIM115 - its own errors are of another kind than those of reading
    except OSError as error:
        raise ConfigurationError((f"{name}: cannot be read ({error.strerror or error})",)) from None
    with file:
        yield _unpacked(io.BufferedReader(cast("io.RawIOBase", wrap(file, name))))


def _unpacked(stream: io.BufferedReader) -> io.BufferedReader:
    if not stream.peek(2).startswith(_GZIP):
        return stream
    return io.BufferedReader(cast("io.RawIOBase", gzip.GzipFile(fileobj=stream)))
