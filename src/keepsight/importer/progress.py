"""Saying how far an import is, on stderr: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import Lock

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bars

from keepsight.importer.report import size_text

STEPS = 10
"""Lines from the first asset to the last, where there is no terminal."""


class Progress:
    """Safe for threads."""

    def __init__(self, console: Console) -> None:
        """`console` writes to stderr."""
        self._console = console
        self._lock = Lock()
        self._listed = 0

    def say(self, line: str) -> None:
        """One line."""
        with self._lock:
            self._console.print(line, highlight=False, markup=False, soft_wrap=True)

    def waits(self, seconds: float, why: str) -> None:
        """The rate limit holds all calls."""
        until = datetime.now().astimezone() + timedelta(seconds=seconds)
        self.say(
            f"{why}: waiting {duration_text(seconds)}, until {until:%H:%M:%S} (Ctrl-C stops; the same command goes on)"
        )

    def listed(self, count: int) -> None:
        """So many assets more were listed."""
        before = self._listed // 10_000
        self._listed += count
        if self._listed // 10_000 > before:
            self.say(f"{self._listed:,} assets listed")

    @contextmanager
    def bringing(self, count: int, size: int) -> Iterator[tuple[Callable[[], None], Callable[[int], None]]]:
        """Functions to call when an asset is done, and with the bytes that came."""
        if not self._console.is_terminal:
            yield self._lines(count, size)
            return
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[came]}"),
        )
        with Bars(*columns, TimeRemainingColumn(), console=self._console) as bars:
            task = bars.add_task("assets", total=count, came="")
            came = 0

            def on_bytes(more: int) -> None:
                nonlocal came
                with self._lock:
                    came += more
                    bars.update(task, came=f"{size_text(came)} of {size_text(size)}")

            yield lambda: bars.advance(task), on_bytes

    def _lines(self, count: int, size: int) -> tuple[Callable[[], None], Callable[[int], None]]:
        done = came = 0

        def on_bytes(more: int) -> None:
            nonlocal came
            with self._lock:
                came += more

        def on_asset() -> None:
            nonlocal done
            done += 1
            if done * STEPS // count > (done - 1) * STEPS // count:
                self.say(f"{done:,} of {count:,} assets, {size_text(came)} of {size_text(size)}")

        return on_asset, on_bytes


def duration_text(seconds: float) -> str:
    """A duration for people: `40 s`, `12 min`, `5 h`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
