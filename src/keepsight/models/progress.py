"""Saying how far a download is: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

if TYPE_CHECKING:  # brings the HTTP client, which listing does without
    from keepsight.fetch import OnProgress

STEPS = 10
"""Lines for a file whose size is known."""
UNKNOWN_STEP = 10_000_000
"""Bytes between two lines where it is not."""


@contextmanager
def shown(title: str, console: Console) -> Iterator[OnProgress]:
    """A function to call with the bytes that are there and the bytes of the whole file, None where unknown."""
    if not console.is_terminal:
        yield _lines(title, console)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, TimeRemainingColumn(), console=console) as progress:
        task = progress.add_task(title, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


def _lines(title: str, console: Console) -> OnProgress:
    said = -1

    def say(done: int, total: int | None) -> None:
        nonlocal said
        step = done // UNKNOWN_STEP if total is None else done * STEPS // max(total, 1)
        if step != said:
            said = step
            share = f"{size_text(done)}" if total is None else f"{size_text(done)} of {size_text(total)}"
            console.out(f"{title}: {share}", highlight=False)

    return say


def size_text(size: int) -> str:
    """A number of bytes for people: `5.5 MB`; decimal units, as file managers and downloads show them."""
    if size < 1_000_000:
        return f"{size / 1_000:.0f} kB"
    return f"{size / 1_000_000:.1f} MB"
