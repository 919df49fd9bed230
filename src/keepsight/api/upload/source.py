"""Where the bytes of an upload come from: a file in the body, a data URI, or an address."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from urllib.parse import unquote_to_bytes, urlsplit

from keepsight.api.form import Body
from keepsight.api.library import Caller, Library
from keepsight.api.upload.naming import base_name, name_in
from keepsight.errors import BadRequest, FetchError

_DATA = re.compile(rb"data:([^,;]*)((?:;[^,;]*)*),", re.IGNORECASE)
_LONGEST_HEAD = 512
_LONGEST_URL = 2_048


@dataclass(frozen=True, slots=True)
class Source:
    """A file on disk."""

    path: Path
    filename: str
    """Its name where it came from, without folders; "" for none."""

    def read(self) -> bytes:
        """All of it."""
        return self.path.read_bytes()


@contextmanager
def opened(body: Body, library: Library, caller: Caller) -> Iterator[Source]:
    """The bytes that a body brings or points to; gone when the context ends. Raises BadRequest."""
    values = body.values()
    if body.file is not None and body.file.filename is not None:
        yield Source(body.file.path, base_name(body.file.filename))
        return
    text = body.file.path.read_bytes() if body.file is not None else str(values.get("file", "")).encode()
    if not text.strip():
        raise BadRequest("Missing required parameter - file")
    data, filename = _pointed_to(text.strip(), library, caller)
    with NamedTemporaryFile(dir=library.incoming, prefix="source-") as file:
        file.write(data)
        file.flush()
        yield Source(Path(file.name), filename)


def bytes_at(url: str, library: Library, caller: Caller) -> bytes:
    """What an address gives; pictures of this very server are made, not asked for. Raises RequestError."""
    own = _own_path(url, library, caller)
    if own is not None:
        return library.own_picture(own)
    try:
        return (library.fetch if caller.signed else library.fetch_allowed)(url)
    except FetchError as error:
        raise BadRequest(f"Error in loading {url} - {error}") from error


def _own_path(url: str, library: Library, caller: Caller) -> str | None:
    """The raw path of an address of this server; None for another one's."""
    parts = urlsplit(url)
    public = library.settings.server.public_url
    hosts = {urlsplit(each).netloc.lower() for each in (caller.base, str(public or ""))}
    return parts.path if parts.netloc.lower() in hosts - {""} else None


def _pointed_to(text: bytes, library: Library, caller: Caller) -> tuple[bytes, str]:
    if text[:5].lower() == b"data:":
        return data_uri(text, int(library.settings.limits.max_bytes)), "file"
    url = text[: _LONGEST_URL + 1].decode("utf-8", "replace")
    if not url.lower().startswith(("https://", "http://")):
        raise BadRequest(f"Unsupported source URL: {url[:80]} (expected a file, a data URI or https://)")
    if len(text) > _LONGEST_URL:
        raise BadRequest(f"Unsupported source URL: too long (expected at most {_LONGEST_URL} characters)")
    return bytes_at(url, library, caller), name_in(url)


def data_uri(text: bytes, max_bytes: int) -> bytes:
    """What it holds. Raises BadRequest."""
    head = _DATA.match(text[:_LONGEST_HEAD])
    if head is None:
        raise BadRequest("Invalid data URI (expected data:image/png;base64,…)")
    content = text[head.end() :]
    try:
        if head[2].lower().endswith(b";base64"):
            data = base64.b64decode(b"".join(unquote_to_bytes(content).split()), validate=True)
        else:
            data = unquote_to_bytes(content)
    except (binascii.Error, ValueError):
        raise BadRequest("Invalid data URI: what follows the comma is no base64") from None
    if len(data) > max_bytes:
        raise BadRequest(f"File size too large. Got {len(data)}. Maximum is {max_bytes}.")
    return data
