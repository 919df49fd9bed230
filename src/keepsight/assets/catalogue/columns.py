"""Column types that mean the same in SQLite and PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, DateTime, Dialect, Integer, Text
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import JSON, TypeDecorator

# Compared and sorted by code points in both: by default PostgreSQL takes the language of its server.
Name = Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
"""Text by which rows are found and ordered."""

# SQLite counts up by itself only what it calls INTEGER.
RowId = BigInteger().with_variant(Integer, "sqlite")

# The binary form of PostgreSQL would sort the names of a context anew.
Json = JSON(none_as_null=True)


class Instant(TypeDecorator[datetime]):
    """A moment, aware, in UTC; one without a zone is taken for UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """SQLite keeps text, which has to be UTC so that it sorts."""
        if value is None:
            return None
        moment = value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """PostgreSQL answers in the zone of its session."""
        if not isinstance(value, datetime):
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
