"""A table as text for a terminal and as Markdown for a document."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Table:
    """Cells as they are printed; the first column names the row."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


def as_text(tables: Iterable[Table]) -> str:
    """Columns aligned by spaces, one table after the other."""
    return "\n\n".join(_text(table) for table in tables) + "\n"


def as_markdown(tables: Iterable[Table]) -> str:
    """Headings of the third level, pipes between cells."""
    return "\n\n".join(_markdown(table) for table in tables) + "\n"


def _text(table: Table) -> str:
    lines = (table.columns, *table.rows)
    widths = [max(len(line[i]) for line in lines) for i in range(len(table.columns))]
    head = [f"== {table.title}", *([table.note] if table.note else [])]
    return "\n".join((*head, *(_aligned(line, widths) for line in lines)))


def _aligned(line: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = zip(line, widths, strict=True)
    return "  ".join([first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others)]).rstrip()


def _markdown(table: Table) -> str:
    rule = ("---", *("---:" for _ in table.columns[1:]))
    lines = "\n".join("| " + " | ".join(line) + " |" for line in (table.columns, rule, *table.rows))
    return "\n\n".join(part for part in (f"### {table.title}", table.note, lines) if part)
