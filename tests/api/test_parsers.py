"""Whatever is written, readers of the APIs refuse it in words or understand it: properties over heaps of words.

`make fuzz` does the same for longer, guided by coverage.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, not_, select

from keepsight.api.parsing import parsed
from keepsight.api.search.expression import parse_expression
from keepsight.api.search.request import SearchParameters
from keepsight.api.upload.parameters import PresetParameters, UpdateParameters, UploadParameters
from keepsight.assets.catalogue.compiled import condition
from keepsight.assets.catalogue.database import Database, open_database
from keepsight.assets.catalogue.migrate import migrate
from keepsight.assets.catalogue.tables import assets
from keepsight.errors import BadRequest

_FIELDS = """
tags context.alt metadata.a folder bytes width aspect_ratio uploaded_at created_at format last_updated.tags_at
face_count
"""
_VALUES_WRITTEN = """
cat 1 -5 1.5 10kb 1d 99999y 16:9 2025-06-30 9999-12-31 0001-01-01 ß \u0661 99999999999999999999 1e400 nan inf
"""
_SIGNS = [":", "=", ">", "<=", *"()[]{}", " AND ", " OR ", " NOT ", " TO ", "-", '"', "*", "\\", " "]
_WORDS = [*_FIELDS.split(), *_VALUES_WRITTEN.split(), *_SIGNS]
HEAPS = st.lists(st.sampled_from(_WORDS), max_size=25).map("".join)
NOW = datetime(2025, 6, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    database = open_database(f"sqlite:///{tmp_path_factory.mktemp('catalogue')}/c.sqlite", 1)
    migrate(database)
    yield database
    database.close()


@given(HEAPS | st.text(max_size=60))
@settings(max_examples=400)
@example("uploaded_at=9999-12-31")  # found by fuzzing: its next day is none
@example("created_at:0001-01-01")
@example("uploaded_at>99999y")
def test_any_expression(catalogue: Database, expression: str) -> None:
    try:
        query = parse_expression(expression)
    except BadRequest as refusal:
        assert str(refusal)
        return
    agrees = condition(query, NOW)
    with catalogue.read() as connection:
        for asked in (agrees, not_(agrees)):
            assert connection.scalar(select(func.count()).select_from(assets).where(asked)) == 0


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=10,
)


@pytest.mark.parametrize("model", [UploadParameters, UpdateParameters, PresetParameters, SearchParameters])
@given(data=st.data())
@settings(max_examples=50)
def test_any_parameters(model: type[UploadParameters], data: st.DataObject) -> None:
    names = st.sampled_from([field.alias or name for name, field in model.model_fields.items()])
    values = data.draw(st.dictionaries(names | st.text(max_size=10), _VALUES, max_size=5))
    try:
        read = parsed(model, values)
        if isinstance(read, SearchParameters):
            assert read.search()
    except BadRequest as refusal:
        assert str(refusal)


def test_what_is_long_and_deep() -> None:
    """The longest expression that is read at all, many times nested, is read quickly or refused."""
    for expression in (
        "(" * 8_000,
        "-" * 8_000 + "a",
        '"' + "\\" * 8_000,
        "a " * 4_000,
        "tags:(" * 1_300,
        "a" * 8_192,
    ):
        try:
            parse_expression(expression)
        except BadRequest as refusal:
            assert len(str(refusal)) < 1_000
