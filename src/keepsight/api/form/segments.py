"""The segments of a multipart body as they come: fields are kept, the file is written."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import IO

from multipart import MultipartSegment, PushMultipartParser

from keepsight.api.form.body import Body, Part
from keepsight.errors import BadRequest

MAX_FIELDS = 2_000
"""`public_ids[]` may come a thousand times in one call."""
MAX_TEXT = 4 << 20
"""Bytes of all fields together, and of a body that is no multipart."""
_DRAINED = 4
"""A file over its limit is read to so many times the limit and dropped: who still sends does not hear the answer."""


class Segments:
    """One multipart body. Feed it, then `finish`."""

    def __init__(self, boundary: str, file: IO[bytes], path: Path, max_bytes: int) -> None:
        """`max_bytes` is that of the file; what it says goes to `file`, which lies at `path`. Raises BadRequest."""
        if not boundary:
            raise BadRequest("Invalid multipart body: the content type names no boundary")
        # Latin-1 takes any byte: names of files come in whatever encoding their senders thought of.
        self._parser = PushMultipartParser(
            boundary, max_segment_count=MAX_FIELDS, max_header_size=16_384, header_charset="latin-1"
        )
        self._file, self._path, self._max_bytes = file, path, max_bytes
        self._fields: list[tuple[str, str]] = []
        self._text_bytes = 0
        self._segment: MultipartSegment | None = None
        self._content = bytearray()
        self._written = 0
        self._has_file = False
        self._filename: str | None = None

    def feed(self, data: bytes) -> None:
        """The next bytes of the body. Raises MultipartError and BadRequest."""
        for event in self._parser.parse(data):
            if isinstance(event, MultipartSegment):
                self._begin(event)
            elif event is None:
                self._end()
            else:
                self._take(bytes(event))

    def finish(self) -> Body:
        """All of it. Raises MultipartError when its end is missing, BadRequest for a file over its limit."""
        self._parser.close()
        most = self._max_bytes if self._filename is not None else self._max_bytes * 4 // 3 + 1_024
        if self._written > most:
            raise BadRequest(f"File size too large. Got {self._written}. Maximum is {self._max_bytes}.")
        self._file.flush()
        part = Part(self._path, self._written, self._filename) if self._has_file else None
        return Body(tuple(self._fields), part)

    def _begin(self, segment: MultipartSegment) -> None:
        self._segment = segment
        self._content.clear()
        if not segment.name:
            raise BadRequest("Invalid multipart body: a part has no name")
        if segment.name == "file":
            if self._has_file:
                raise BadRequest("Invalid multipart body: more than one file")
            self._has_file = True
            self._filename = None if segment.filename is None else _readable(segment.filename)
        elif segment.filename is not None:
            raise BadRequest(f"Unexpected file in the field {_readable(segment.name)[:80]} (expected it in file)")

    def _take(self, data: bytes) -> None:
        if self._segment is not None and self._segment.name == "file":
            self._written += len(data)
            if self._written > self._max_bytes * _DRAINED + (1 << 20):
                raise BadRequest(f"File size too large. Got more than {self._written}. Maximum is {self._max_bytes}.")
            if self._written <= self._max_bytes * 4 // 3 + 1_024:
                self._file.write(data)
            return
        self._text_bytes += len(data)
        if self._text_bytes > MAX_TEXT:
            raise BadRequest(f"The fields are too large (expected at most {MAX_TEXT} bytes together)")
        self._content += data

    def _end(self) -> None:
        if self._segment is not None and self._segment.name != "file":
            name = _readable(self._segment.name)
            try:
                self._fields.append((name, self._content.decode()))
            except UnicodeDecodeError:
                raise BadRequest(f"Invalid {name[:80]}: expected UTF-8") from None
        self._segment = None


def _readable(text: str) -> str:
    """What was read as Latin-1 in the encoding it really is in: UTF-8, else Latin-1."""
    with suppress(UnicodeError):
        return text.encode("latin-1").decode()
    return text
