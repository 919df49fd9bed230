"""The expression language: what it means, and where it says that something is wrong."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from keepsight.api.search.expression import DEEPEST, LONGEST, MOST_TERMS, parse_expression
from keepsight.api.search.words import RESERVED, QueryError
from keepsight.assets.catalogue.query import (
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
)
from keepsight.errors import BadRequest

DAY = 86_400.0


def token(field: str | None, value: str) -> Match:
    return Match(field, value, How.TOKEN)


def exact(field: str, value: str) -> Match:
    return Match(field, value, How.EXACT)


def prefix(field: str | None, value: str) -> Match:
    return Match(field, value, How.PREFIX)


@pytest.mark.parametrize(
    ("expression", "meant"),
    [
        ("", Everything()),
        ("  ", Everything()),
        ("cat", token(None, "cat")),
        ("cat*", prefix(None, "cat")),
        ("tags:cat", token("tags", "cat")),
        ("tags=cat", exact("tags", "cat")),
        ("tags = cat", exact("tags", "cat")),
        ("public_id:pets/t*", prefix("public_id", "pets/t")),
        ('folder:"x/*"', prefix("folder", "x/")),
        ('context.alt:"a \\"black\\" cat \\*"', token("context.alt", 'a "black" cat *')),
        ("product:shirt\\:blue", token("product", "shirt:blue")),
        ("tags:16\\:9", token("tags", "16:9")),
        ("tags:\\AND", token("tags", "AND")),
        ('"AND"', token(None, "AND")),
        ("a AND b", And((token(None, "a"), token(None, "b")))),
        ("a b", And((token(None, "a"), token(None, "b")))),
        ("a OR b AND c", Or((token(None, "a"), And((token(None, "b"), token(None, "c")))))),
        ("(a OR b) AND c", And((Or((token(None, "a"), token(None, "b"))), token(None, "c")))),
        ("NOT tags:a", Not(token("tags", "a"))),
        ("-tags:a", Not(token("tags", "a"))),
        ("a AND NOT b", And((token(None, "a"), Not(token(None, "b"))))),
        ("a -b", And((token(None, "a"), Not(token(None, "b"))))),
        ("a-b", token(None, "a-b")),
        ("tags:(a OR b)", Or((token("tags", "a"), token("tags", "b")))),
        ("status:(active OR NOT pending*)", Or((token("status", "active"), Not(prefix("status", "pending"))))),
        ("bytes>1024", Compare("bytes", ">", 1024)),
        ("bytes>1m", Compare("bytes", ">", 1 << 20)),
        ("bytes<=1.5kb", Compare("bytes", "<=", 1536)),
        ("bytes:>100", Compare("bytes", ">", 100)),
        ("aspect_ratio<1.5", Compare("aspect_ratio", "<", 1.5)),
        ('aspect_ratio>"16:8"', Compare("aspect_ratio", ">", 2.0)),
        ("width>-5", Compare("width", ">", -5)),
        ("uploaded_at>1d", Compare("uploaded_at", ">", RelativeDate(DAY))),
        ("uploaded_at>1m", Compare("uploaded_at", ">", RelativeDate(30 * DAY))),
        ("metadata.sold>2w", Compare("metadata.sold", ">", RelativeDate(14 * DAY))),
        ("created_at>=2025-06-30", Compare("created_at", ">=", datetime(2025, 6, 30, tzinfo=UTC))),
        ('created_at>"2026-08-24T10:09:05Z"', Compare("created_at", ">", datetime(2026, 8, 24, 10, 9, 5, tzinfo=UTC))),
        (
            'created_at<"2026-08-24T10:09:05+02:00"',
            Compare("created_at", "<", datetime(2026, 8, 24, 8, 9, 5, tzinfo=UTC)),
        ),
        ("width:[10 TO 20]", Range("width", 10, 20, True, True)),
        ("width:{10 TO 20}", Range("width", 10, 20, False, False)),
        ("width=[10 to 20}", Range("width", 10, 20, True, False)),
        ("created_at:[2w TO 1d]", Range("created_at", RelativeDate(14 * DAY), RelativeDate(DAY))),
        (
            "resource_type:image AND tags=kitten AND uploaded_at>1d AND bytes>1m",
            And(
                (
                    token("resource_type", "image"),
                    exact("tags", "kitten"),
                    Compare("uploaded_at", ">", RelativeDate(DAY)),
                    Compare("bytes", ">", 1 << 20),
                )
            ),
        ),
    ],
)
def test_meaning(expression: str, meant: Query) -> None:
    assert parse_expression(expression) == meant


@pytest.mark.parametrize(
    ("expression", "position", "expected"),
    [
        ("*", 1, "may not begin"),
        ("*ample", 1, "may not begin"),
        ("tags:*", 6, "may not begin"),
        ("public_id:a*b", 13, "a space"),
        ('tags:"a*b"', 8, "only end"),
        ("tags=moderation:pending", 16, "AND, OR, NOT"),
        ("created_at>2026-08-24T10:09:05Z", 25, "AND, OR, NOT"),
        ("tags:", 6, "a value after tags:"),
        ("(a", 3, r"\) for the bracket at position 1"),
        ("a)", 2, "AND, OR, NOT"),
        ("()", 2, "a term"),
        ("a AND", 6, "a term"),
        ("a OR OR b", 6, "a term"),
        ("AND a", 1, "a term"),
        ("NOT", 4, "a term"),
        ('tags:"a', 8, "quote at position 6 is not closed"),
        ("tags:a\\", 7, "backslash"),
        ("a&b", 2, "& needs a backslash"),
        ("a!", 2, "! needs"),
        ("tags:~a", 6, "~ needs"),
        ("bytes>many", 7, "a number"),
        ("bytes>1*", 7, "a number"),
        ("bytes>", 7, "a value after bytes>"),
        ("width:[1 20]", 10, "TO, as in"),
        ("width:[1 TO 20)", 15, r"\] or \}"),
        ("width:[1 TO", 12, "a number"),
        ("width>[1 TO 2]", 7, "a value"),
        ('"a":b', 1, "the name of a field"),
        ("tags:(a OR name:b)", 16, "field stands before"),
        ("created_at>2025-13-01", 12, "a date"),
        ("a\0b", 2, "zero"),
    ],
)
def test_faults(expression: str, position: int, expected: str) -> None:
    with pytest.raises(QueryError, match=re.escape(f"Query Error (at position {position}) ") + f".*{expected}"):
        parse_expression(expression)


def test_the_message_shows_the_place_as_the_service_does() -> None:
    with pytest.raises(QueryError, match=re.escape("Query Error (at position 16) 'tags=moderation :pending'")):
        parse_expression("tags=moderation:pending")


def test_limits() -> None:
    parse_expression("(" * DEEPEST + "a" + ")" * DEEPEST)
    parse_expression(" OR ".join(["a"] * MOST_TERMS))
    for expression in ("(" * (DEEPEST + 1) + "a", "NOT " * 2_000 + "a", " ".join(["a"] * (MOST_TERMS + 1))):
        with pytest.raises(QueryError, match="expected at most"):
            parse_expression(expression)
    with pytest.raises(BadRequest, match="too long"):
        parse_expression("a" * (LONGEST + 1))


@given(st.text(st.sampled_from('ab1d* :=<>()[]{}"\\-TONADR.!&'), max_size=40) | st.text(max_size=40))
@example("a:>>1")
def test_any_text_is_read_or_refused(expression: str) -> None:
    try:
        parse_expression(expression)
    except QueryError as error:
        said = re.match(r"Query Error \(at position (\d+)\)", str(error))
        assert said is not None
        assert 1 <= int(said[1]) <= len(expression) + 1


_VALUES = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\0"), min_size=1, max_size=20)


@given(_VALUES)
def test_escaped_values_come_back(value: str) -> None:
    escaped = "".join(f"\\{c}" if c in RESERVED or c.isspace() or c == "-" else c for c in value)
    assert parse_expression(f"tags={escaped}") == exact("tags", value)
    quoted = "".join(f"\\{c}" if c in '"*\\' else c for c in value)
    assert parse_expression(f'tags="{quoted}"') == exact("tags", value)
