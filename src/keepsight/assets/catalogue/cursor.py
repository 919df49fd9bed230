"""Where a listing goes on: opaque for the client, signed, and good for the question it was given for only."""

from __future__ import annotations

import hashlib
from secrets import token_urlsafe
from typing import Any

from itsdangerous import BadData, URLSafeSerializer
from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from keepsight.assets.catalogue.tables import secrets
from keepsight.errors import BadRequest

_NAME = "cursor"


def seal(connection: Connection, question: object, place: list[Any]) -> str:
    """The cursor: JSON values, for whoever asks the same question. `repr(question)` tells questions apart."""
    return str(_serializer(connection).dumps([_fingerprint(question), *place]))


def unseal(connection: Connection, question: object, cursor: str) -> list[Any]:
    """What was sealed. Raises BadRequest for a cursor that is not ours or belongs to another question."""
    try:
        fingerprint, *place = _serializer(connection).loads(cursor)
    except (BadData, UnicodeError):
        raise BadRequest("next_cursor: expected the one of the answer before") from None
    if fingerprint != _fingerprint(question):
        raise BadRequest("next_cursor: it belongs to other parameters; expected those of the answer before")
    return list(place)


def make_secret(connection: Connection) -> None:
    """Make the key that signs cursors; one for all processes, and kept."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    new = dialect.insert(secrets).values(name=_NAME, value=token_urlsafe(32))
    connection.execute(new.on_conflict_do_nothing())


def _serializer(connection: Connection) -> URLSafeSerializer:
    key = connection.scalar(select(secrets.c.value).where(secrets.c.name == _NAME))
    return URLSafeSerializer(str(key), salt="keepsight.cursor")


def _fingerprint(question: object) -> str:
    return hashlib.sha256(repr(question).encode("utf-8", "backslashreplace")).hexdigest()[:16]
