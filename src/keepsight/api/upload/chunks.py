"""Uploads in parts: `Content-Range: bytes 0-5242879/13000000` and `X-Unique-Upload-Id` on each.

Parts may come in any order, twice, and at the same moment; whoever completes the whole gets its answer. A total of -1
is not known yet (the Node SDK says so until the last part). Cloudinary refuses parts under 5 MB that are not the last;
nothing here needs that, so any size is taken.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from keepsight.api.library import Library
from keepsight.assets.catalogue.uploads import Part, Unfinished, add_part
from keepsight.assets.publish import PARTS, store_bytes
from keepsight.errors import BadRequest

_RANGE = re.compile(r"bytes[ =](\d{1,15})-(\d{1,15})/(-1|\*|\d{1,15})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Chunk:
    """Which bytes of an upload a body brings."""

    upload_id: str
    first: int
    last: int
    total: int | None
    """None: not known yet."""

    @property
    def is_whole(self) -> bool:
        """Whether there are no others."""
        return self.first == 0 and self.total == self.last + 1


def chunk_of(content_range: str | None, upload_id: str | None) -> Chunk | None:
    """The chunk that the headers of an upload announce; None for an upload in one piece. Raises BadRequest."""
    if not content_range:
        return None
    stated = _RANGE.fullmatch(content_range.strip())
    if stated is None:
        raise BadRequest(f"Invalid Content-Range {content_range[:80]!r} (expected bytes first-last/total)")
    first, last = int(stated[1]), int(stated[2])
    total = int(stated[3]) if stated[3].isdecimal() else None
    if last < first or (total is not None and last >= total):
        raise BadRequest(f"Invalid Content-Range {content_range[:80]!r} (expected first <= last < total)")
    if not upload_id:
        raise BadRequest("Missing required header - X-Unique-Upload-Id")
    return Chunk(upload_id, first, last, total)


def receive(library: Library, chunk: Chunk, path: Path, size: int) -> Unfinished:
    """Keep the bytes of a chunk; what is there of the upload now. Raises BadRequest."""
    if size != chunk.last - chunk.first + 1:
        raise BadRequest(f"Content-Range announces {chunk.last - chunk.first + 1} bytes, the part has {size}")
    most = int(library.settings.limits.max_bytes)
    if max(chunk.total or 0, chunk.last + 1) > most:
        raise BadRequest(f"File size too large. Got {chunk.total or chunk.last + 1}. Maximum is {most}.")
    stored = store_bytes(library.store, PARTS, path.read_bytes())
    with library.database.write() as connection:
        return add_part(connection, chunk.upload_id, Part(chunk.first, size, stored.key), chunk.total)


def joined(library: Library, whole: Unfinished) -> Iterator[bytes]:
    """The bytes of all parts in order."""
    for part in whole.parts:
        yield from library.store.stream(part.key)
