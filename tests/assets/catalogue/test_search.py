"""Searches in both databases against a plain reading of the tree in Python."""

from __future__ import annotations

import operator
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, update

from keepsight.assets.catalogue.asset import Asset, Described, texts
from keepsight.assets.catalogue.database import Database
from keepsight.assets.catalogue.query import (
    Aggregate,
    AggregateRange,
    And,
    Compare,
    Everything,
    How,
    Match,
    Not,
    Or,
    Query,
    Range,
    RelativeDate,
    SortBy,
)
from keepsight.assets.catalogue.search import Search, search
from keepsight.assets.catalogue.tables import assets as rows
from keepsight.assets.catalogue.words import words
from keepsight.errors import BadRequest
from tests.assets.catalogue.catalogue_cases import placed
from tests.assets.conftest import empty_database, migrated

NOW = datetime.now(UTC)
Filled = tuple[Database, list[Asset]]
WORDS = ("cat", "Cat", "tabby", "long-haired cat", "Straße", "dog_house", "ca", "x")


def fill(connection: Connection) -> list[Asset]:
    """Some forty assets of every kind."""
    for number in range(40):
        tags = tuple(word for bit, word in enumerate(WORDS) if number >> (bit % 5) & 1)
        said = Described(
            asset_folder=("", "pets", "pets/cats", "petsy")[number % 4],
            display_name=WORDS[number % len(WORDS)],
            tags=tags,
            context={"alt": WORDS[(number * 3) % len(WORDS)]} if number % 3 else {},
            metadata={"sizes": ["s", "m"], "count": number % 5} if number % 2 else {},
            face_count=(None, 0, 1, 2)[number % 4],
            access_mode="authenticated" if number % 7 == 0 else "public",
        )
        size = (
            {"width": None, "height": None}
            if number % 6 == 0
            else {"width": 100 + number % 5, "height": 50 + number % 3}
        )
        public_id = f"{('', 'pets/', 'pets/cats/')[number % 3]}{WORDS[number % len(WORDS)]} {number}"
        placed(connection, public_id, said, bytes=number * 1000, format=("jpg", "png", None)[number % 3], **size)
    days = {"created_at": NOW - timedelta(days=1)}
    connection.execute(update(rows).where(rows.c.id % 3 == 0).values(days))
    found = search(connection, Search(), 100)
    assert found.total_count == len(found.assets) == 40
    return list(found.assets)


class Oracle:
    """What a search should find, one asset at a time."""

    def __init__(self, asset: Asset) -> None:
        said, held = asset.described, asset.held
        self.single: dict[str, Any] = {
            "public_id": asset.name.public_id, "folder": asset.name.folder, "asset_folder": said.asset_folder,
            "filename": asset.name.filename, "display_name": said.display_name, "format": held.format,
            "resource_type": asset.name.resource_type, "access_mode": said.access_mode, "bytes": held.bytes,
            "width": held.width, "face_count": said.face_count, "created_at": asset.created_at,
            "aspect_ratio": held.width / held.height if held.width and held.height else None,
        }  # fmt: skip
        self.lists: dict[str, list[str]] = {"tags": list(said.tags)}
        for field, mapping in (("context", said.context), ("metadata", said.metadata)):
            self.lists[field] = list(mapping)
            for key, value in mapping.items():
                self.lists[f"{field}.{key}"] = list(texts(value))

    def agrees(self, query: Query) -> bool:
        match query:
            case Everything():
                return True
            case And(parts):
                return all(map(self.agrees, parts))
            case Or(parts):
                return any(map(self.agrees, parts))
            case Not(part):
                return not self.agrees(part)
            case Match(field, value, how):
                return self.matches(field, value, how)
            case Compare(field, sign, value):
                return self.compares(field, sign, value)
            case Range(field, low, high, includes_low, includes_high):
                ends = [(low, ">=" if includes_low else ">"), (high, "<=" if includes_high else "<")]
                known = isinstance(self.single.get(field), int | float | datetime)
                return known and all(self.compares(field, sign, end) for end, sign in ends if end is not None)

    def compares(self, field: str, sign: str, value: Any) -> bool:
        mine = self.single.get(field)
        if isinstance(value, RelativeDate):
            value = NOW - timedelta(seconds=value.seconds)
        if mine is None or isinstance(mine, str) or isinstance(mine, datetime) is not isinstance(value, datetime):
            return False
        signs = {"=": operator.eq, ">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le}
        return bool(signs[sign](mine, value))

    def matches(self, field: str | None, value: str, how: How) -> bool:
        mine = self.single.get(field or "")
        if isinstance(mine, int | float):
            return how is not How.PREFIX and value.isdecimal() and mine == int(value)
        if field in {"format", "resource_type", "access_mode"}:
            if how is How.EXACT:
                return bool(mine == value)
            return mine is not None and (
                mine.startswith(value.lower()) if how is How.PREFIX else mine == value.lower()
            )
        if field in {"folder", "asset_folder", "public_id", "filename", "display_name"}:
            if how is How.EXACT:
                return bool(mine == value)
            if how is How.PREFIX and mine.startswith(value):
                return True
            if how is How.TOKEN and mine == value:
                return True
            if field in {"folder", "asset_folder", "public_id"} and how is How.PREFIX and "/" in value:
                return bool(mine == value.removesuffix("/"))
            return self.has_words([mine], value, how)
        if field is None:
            everywhere = [self.single[f] for f in ("public_id", "folder", "asset_folder", "filename", "display_name")]
            return self.has_words(everywhere + [text for listed in self.lists.values() for text in listed], value, how)
        listed = self.lists.get(field, [])
        if how is How.EXACT:
            return value in listed
        if field in {"context", "metadata"}:
            listed = listed + [t for f, ts in self.lists.items() if f.startswith(f"{field}.") for t in ts]
        return self.has_words(listed, value, how)

    @staticmethod
    def has_words(among: list[str], value: str, how: How) -> bool:
        there, wanted = {word for text in among for word in words(text)}, words(value)
        if not wanted:
            return False
        *whole, last = wanted
        begins = any(word.startswith(last) for word in there) if how is How.PREFIX else last in there
        return begins and there.issuperset(whole)


TEXT_FIELDS = [
    None, "public_id", "folder", "asset_folder", "filename", "display_name", "tags", "context", "context.alt",
    "metadata.sizes", "metadata.count", "format", "resource_type", "access_mode", "width", "nobody", "metadata",
]  # fmt: skip
VALUES = [
    *WORDS, "pets", "pets/", "pets/cats", "pet", "jpg", "J", "JPG", "image", "public", "s", "3", "102", "cats tabby",
    "haired", "%", "STRASSE", "alt", "tab cat", "cat hair", "cat haired lo",
]  # fmt: skip
matches = st.builds(Match, st.sampled_from(TEXT_FIELDS), st.sampled_from(VALUES), st.sampled_from(How))
numbers = st.sampled_from([0, 1, 102, 103.5, 20_000, -1, 2.0, 10**30])
dates = st.sampled_from([NOW - timedelta(hours=5), RelativeDate(3600 * 7), RelativeDate(1e15), datetime(2000, 1, 1)])
ends = st.one_of(numbers, dates)
NUMBER_FIELDS = st.sampled_from(["bytes", "width", "face_count", "aspect_ratio", "created_at", "format", "nobody"])
compares = st.builds(Compare, NUMBER_FIELDS, st.sampled_from(["=", ">", ">=", "<", "<="]), ends)
ranges = st.builds(Range, NUMBER_FIELDS, st.none() | ends, st.none() | ends, st.booleans(), st.booleans())
queries = st.recursive(
    st.one_of(matches, compares, ranges, st.just(Everything())),
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.builds(And, st.lists(inner, max_size=3).map(tuple)),
        st.builds(Or, st.lists(inner, max_size=3).map(tuple)),
    ),
    max_leaves=6,
)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def filled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Filled]:
    folder = tmp_path_factory.mktemp("filled")
    with empty_database(request.param, folder, request) as url, migrated(url) as database:
        with database.write() as connection:
            everything = fill(connection)
        yield database, everything


@settings(max_examples=200)
@given(query=queries)
def test_a_search_finds_what_a_plain_reading_finds(filled: Filled, query: Query) -> None:
    database, everything = filled
    expected = [asset.name.public_id for asset in everything if Oracle(asset).agrees(_dated(query))]
    with database.read() as connection:
        found = search(connection, Search(query), 100)
    assert [asset.name.public_id for asset in found.assets] == expected
    assert found.total_count == len(expected)


def _dated(query: Query) -> Query:
    """A date without a zone is one of UTC, which Python does not compare with others."""
    match query:
        case And(parts) | Or(parts):
            return type(query)(tuple(map(_dated, parts)))
        case Not(part):
            return Not(_dated(part))
        case Compare(field, sign, value):
            return Compare(field, sign, _zoned(value))
        case Range(field, low, high, includes_low, includes_high):
            return Range(field, _zoned(low), _zoned(high), includes_low, includes_high)
    return query


def _zoned(value: Any) -> Any:
    if value == RelativeDate(1e15):
        return datetime.min.replace(tzinfo=UTC)
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) and value.tzinfo is None else value


SORTS = [
    (), (SortBy("bytes"),), (SortBy("width", descending=True), SortBy("public_id")), (SortBy("aspect_ratio"),),
    (SortBy("face_count"), SortBy("created_at", descending=True)), (SortBy("display_name"),), (SortBy("format"),),
    (SortBy("created_at"),),
]  # fmt: skip


@pytest.mark.parametrize("sort_by", SORTS)
@pytest.mark.parametrize("most", [1, 7, 39, 40])
def test_pages_are_the_whole_in_any_order(filled: Filled, sort_by: Any, most: int) -> None:
    database, everything = filled
    with database.read() as connection:
        whole = [a.id for a in search(connection, Search(sort_by=sort_by), 100).assets]
        paged, cursor = [], None
        while True:
            found = search(connection, Search(sort_by=sort_by), most, cursor)
            assert found.total_count == len(everything)
            paged += [asset.id for asset in found.assets]
            if (cursor := found.next_cursor) is None:
                break
    assert paged == whole
    assert len(set(whole)) == len(everything)
    for sort in sort_by[:1]:
        singles = [Oracle(asset).single[sort.field] for i in whole for asset in everything if asset.id == i]
        known = [value for value in singles if value is not None]
        assert known == sorted(known, reverse=sort.descending)
        assert singles[: len(known)] == known, "those without a value come last"


def test_both_databases_agree_on_counts(filled: Filled) -> None:
    database, _ = filled
    parts = (AggregateRange("small", None, 10_000), AggregateRange("large", 10_000), AggregateRange("none", 5, 5))
    wanted = (Aggregate("format"), Aggregate("tags"), Aggregate("bytes", parts), Aggregate("resource_type"))
    with database.read() as connection:
        counts = search(connection, Search(aggregates=wanted), 1).aggregations
        assert counts["format"] == {"jpg": 14, "png": 13}
        assert counts["resource_type"] == {"image": 40}
        assert counts["bytes"] == {"small": 10, "large": 30, "none": 0}
        assert counts["tags"]["cat"] == 20
        assert list(counts["tags"].values()) == sorted(counts["tags"].values(), reverse=True)
        narrow = search(connection, Search(Compare("bytes", "<", 3000), aggregates=(Aggregate("format"),)), 1)
        assert narrow.aggregations["format"] == {"jpg": 1, "png": 1}


def test_what_cannot_be_sorted_or_counted_says_so(database: Database) -> None:
    with database.read() as connection:
        for asked in (Search(sort_by=(SortBy("tags"),)), Search(sort_by=(SortBy("nobody"),))):
            with pytest.raises(BadRequest, match="sort_by: no such field"):
                search(connection, asked)
        for aggregate in (Aggregate("nobody"), Aggregate("colors")):
            with pytest.raises(BadRequest, match="aggregate: no such field"):
                search(connection, Search(aggregates=(aggregate,)))
        with pytest.raises(BadRequest, match="no ranges"):
            search(connection, Search(aggregates=(Aggregate("format", (AggregateRange("a", 1, 2),)),)))


def test_a_cursor_belongs_to_its_search(filled: Filled) -> None:
    database, _ = filled
    with database.read() as connection:
        cursor = search(connection, Search(), 1).next_cursor
        with pytest.raises(BadRequest, match="other parameters"):
            search(connection, Search(Match("tags", "cat")), 1, cursor)


def test_later_pages_keep_the_moment_of_the_first(filled: Filled) -> None:
    database, _ = filled
    query = Compare("uploaded_at", ">", RelativeDate(0.5))
    with database.write() as connection:
        connection.execute(update(rows).values(uploaded_at=datetime.now(UTC)))
    with database.read() as connection:
        first = search(connection, Search(query), 30)
    assert first.total_count == 40
    with database.write() as connection:
        time.sleep(0.6)
        assert search(connection, Search(query), 30).total_count == 0
        rest = search(connection, Search(query), 30, first.next_cursor)
    assert (len(rest.assets), rest.total_count) == (10, 40)


@pytest.mark.parametrize(
    ("field", "value", "how", "count"),
    [
        ("created_at", "2000-01-01", How.EXACT, 0), ("created_at", NOW.date().isoformat(), How.EXACT, None),
        ("created_at", "nonsense", How.TOKEN, 0), ("width", "nonsense", How.TOKEN, 0),
        ("width", "1e999", How.EXACT, 0), ("width", "nan", How.EXACT, 0),
        ("tags", "", How.PREFIX, None), ("status", "active", How.TOKEN, 40),
        ("context.custom.alt", "x", How.EXACT, None), ("image_analysis.face_count", "2", How.TOKEN, 10),
        ("context.", "x", How.EXACT, 0), ("folder", "", How.PREFIX, 40), ("face_count", "", How.PREFIX, 30),
    ],
)  # fmt: skip
def test_odd_matches(filled: Filled, field: str, value: str, how: How, count: int | None) -> None:
    database, everything = filled
    with database.read() as connection:
        found = search(connection, Search(Match(field, value, how)), 100)
    if count is None:
        assert 0 < found.total_count < len(everything)
    else:
        assert found.total_count == count
