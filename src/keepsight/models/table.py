"""Rows for a person: a table on a terminal, aligned text where another program reads."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

from rich.console import Console
from rich.table import Table


def show(columns: Sequence[str], rows: Sequence[Sequence[str]], console: Console) -> None:
    """Print rows under their headings."""
    if console.is_terminal:
        table = Table(*columns, box=None, header_style="bold")
        for row in rows:
            table.add_row(*row)
        console.print(table, highlight=False, markup=False)
        return
    widths = [max(map(len, column)) for column in zip_longest(columns, *rows, fillvalue="")]
    for row in (columns, *rows):
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        console.out(line.rstrip(), highlight=False)
