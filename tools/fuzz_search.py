"""Throw inputs at search expressions, guided by coverage: each is refused in words or found by the database.

    make fuzz

Every input is read as an expression of its own, and as a heap of words of the language; what is understood is run on a
real catalogue in SQLite, both ways of asking (`NOT` is all the others). The exit status is 0 when all were answered.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from tempfile import mkdtemp

import atheris
from fuzzing import fuzz, heap

with atheris.instrument_imports(include=["keepsight.api.search", "keepsight.assets.catalogue.compiled"]):
    from keepsight.api.search.expression import parse_expression
    from keepsight.assets.catalogue.compiled import condition
from sqlalchemy import func, not_, select

from keepsight.assets.catalogue.database import open_database
from keepsight.assets.catalogue.migrate import migrate
from keepsight.assets.catalogue.tables import assets
from keepsight.errors import BadRequest

_FIELDS = """
public_id tags context context.alt metadata metadata.a folder asset_folder bytes width aspect_ratio created_at
uploaded_at last_updated.tags_at format type resource_type filename display_name face_count colors etag status
"""
_VALUES = r"""
cat 1 -5 1.5 10kb 2mb 1d 2w 16:9 2025-06-30 2025-06-30T12:00:00Z "a b" "a*" a* \* \\ "\"" jpg x/* ü ß 𝒳 ١
99999999999999999999 0001-01-01 9999-12-31 9999d 99999y
"""
_JOINS = ["AND", "OR", "NOT", "TO", "(", ")", "[", "]", "{", "}", "-", "AND NOT", '"']
_OPERATORS = [":", "=", ">", ">=", "<", "<=", ":("]
_WORDS = (_FIELDS.split(), _OPERATORS, _VALUES.split(), _JOINS)

DATABASE = open_database(f"sqlite:///{Path(mkdtemp(prefix='fuzz-')) / 'catalogue.sqlite'}", 1)
migrate(DATABASE)
_NOW = datetime(2025, 6, 30, tzinfo=UTC)


def one(data: bytes) -> None:
    """One input; what it raises is a find."""
    provider = atheris.FuzzedDataProvider(data)
    if provider.ConsumeBool():
        expression = heap(provider, _WORDS, "  :=>")
    else:
        expression = provider.ConsumeUnicodeNoSurrogates(400)
    try:
        query = parse_expression(expression)
    except BadRequest as refusal:
        assert str(refusal)
        return
    agrees = condition(query, _NOW)
    with DATABASE.read() as connection:
        for asked in (agrees, not_(agrees)):
            assert connection.scalar(select(func.count()).select_from(assets).where(asked)) == 0, expression


if __name__ == "__main__":
    fuzz(one)
