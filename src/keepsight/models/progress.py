"""Saying how far a download is: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

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


@contextmanager
def stepping(title: str, console: Console) -> Iterator[Callable[[str, int, int], None]]:
    """A function to call with what is being done, the steps that are done, and all steps."""
    if not console.is_terminal:
        said: list[str] = []

        def say(what: str, done: int, total: int) -> None:
            if what not in said:
                said.append(what)
                console.out(f"{title}: {what} (step {done + 1} of {total})", highlight=False)

        yield say
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(title, total=None)
        yield lambda what, done, total: progress.update(
            task, description=f"{title}: {what}", completed=done, total=total
        )


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
