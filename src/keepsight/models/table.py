"""Rows for a person: a table on a terminal, aligned text where another program reads."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

from rich.console import Console
from rich.table import Table
from rich.text import Text


def show(columns: Sequence[str], rows: Sequence[Sequence[str]], console: Console) -> None:
    """Print rows under their headings. On a narrow terminal the last column is the one that is broken into lines."""
    if console.is_terminal:
        table = Table(box=None, header_style="bold")
        for column in columns:
            last = column == columns[-1]
            table.add_column(column, no_wrap=not last, overflow="fold" if last else "ellipsis")
        for row in rows:
            table.add_row(*map(Text, row))  # text as it is: brackets in it are no markup
        console.print(table)
        return
    widths = [max(map(len, column)) for column in zip_longest(columns, *rows, fillvalue="")]
    for row in (columns, *rows):
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        console.out(line.rstrip(), highlight=False)
