"""Rows for a person: a table on a terminal, aligned text where another program reads."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text


def show(columns: Sequence[str], rows: Sequence[Sequence[str]], console: Console) -> None:
    """Print rows under their headings; nothing is ever cut, since names, hashes and commands are there to be copied.

    A terminal that is too narrow for the table gets aligned text too, and breaks the lines itself.
    """
    if console.is_terminal:
        table = Table(*columns, box=None, header_style="bold")
        for row in rows:
            table.add_row(*map(Text, row))  # text as it is: brackets in it are no markup
        if Measurement.get(console, console.options.update_width(10_000), table).maximum <= console.width:
            console.print(table)
            return
    widths = [max(map(len, column)) for column in zip_longest(columns, *rows, fillvalue="")]
    for row in (columns, *rows):
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        console.out(line.rstrip(), highlight=False)
