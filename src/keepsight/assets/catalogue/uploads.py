"""Uploads that come in parts: which parts are there. Their bytes are in the store, each under a key of its own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, delete, func, insert, select

from keepsight.assets.catalogue.asset import LONGEST_NAME, check_text
from keepsight.assets.catalogue.garbage import throw_away
from keepsight.assets.catalogue.tables import uploads
from keepsight.errors import BadRequest


@dataclass(frozen=True, slots=True)
class Part:
    """One part, `bytes` long from the byte `start` on."""

    start: int
    bytes: int
    key: str


@dataclass(frozen=True, slots=True)
class Unfinished:
    """What is there of one upload."""

    parts: tuple[Part, ...]
    """By their starts."""
    total: int | None
    """Of all bytes, once a part has told."""

    @property
    def received(self) -> int:
        """Bytes from the beginning to the first gap."""
        end = 0
        for part in self.parts:
            if part.start > end:
                break
            end = max(end, part.start + part.bytes)
        return end

    @property
    def complete(self) -> bool:
        """Whether every byte is there, each once."""
        end = 0
        for part in self.parts:
            if part.start != end:
                return False
            end += part.bytes
        return self.total is not None and end == self.total


def add_part(connection: Connection, upload_id: str, part: Part, total: int | None) -> Unfinished:
    """Note a part whose bytes are in the store; one that was sent before is replaced. What is there now.

    Raises BadRequest for an id that is none, a range that is none, and a total that contradicts an earlier one.
    """
    check_text("X-Unique-Upload-Id", upload_id)
    if not upload_id or len(upload_id) > LONGEST_NAME:
        raise BadRequest(f"X-Unique-Upload-Id: expected 1 to {LONGEST_NAME} characters")
    if part.start < 0 or part.bytes <= 0 or (total is not None and part.start + part.bytes > total):
        raise BadRequest("Content-Range: expected bytes first-last/total, first and last inside the total")
    now = datetime.now(UTC)
    known = unfinished(connection, upload_id, lock=True)
    if None not in {known.total, total} and known.total != total:
        raise BadRequest(f"Content-Range: the total was {known.total} before, now it is {total}")
    same = (uploads.c.upload_id == upload_id) & (uploads.c.start == part.start)
    throw_away(connection, connection.execute(delete(uploads).where(same).returning(uploads.c.key)).scalars(), now)
    row = {"upload_id": upload_id, "start": part.start, "bytes": part.bytes, "key": part.key}
    connection.execute(insert(uploads).values(row | {"total": total, "received_at": now}))
    return unfinished(connection, upload_id)


def unfinished(connection: Connection, upload_id: str, *, lock: bool = False) -> Unfinished:
    """What is there of it; nothing when nobody has begun."""
    query = select(uploads).where(uploads.c.upload_id == upload_id).order_by(uploads.c.start)
    rows = connection.execute(query.with_for_update() if lock else query).all()
    parts = tuple(Part(row.start, row.bytes, row.key) for row in rows)
    return Unfinished(parts, next((row.total for row in rows if row.total is not None), None))


def end_upload(connection: Connection, upload_id: str) -> bool:
    """Forget its parts, in the transaction that makes the whole an asset or gives it up; their bytes are thrown away.

    Whether there were any: of several that complete one upload at the same moment, one gets True.
    """
    gone = connection.execute(delete(uploads).where(uploads.c.upload_id == upload_id).returning(uploads.c.key))
    keys = list(gone.scalars())
    throw_away(connection, keys, datetime.now(UTC))
    return bool(keys)


def end_abandoned(connection: Connection, before: datetime) -> int:
    """Give up uploads of which no part came since that moment; how many."""
    late = select(uploads.c.upload_id).group_by(uploads.c.upload_id)
    ids = connection.scalars(late.having(func.max(uploads.c.received_at) < before)).all()
    return sum(end_upload(connection, upload_id) for upload_id in ids)
