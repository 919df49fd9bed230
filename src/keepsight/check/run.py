"""One run of the command, with a bar that says how far it is."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import IO, BinaryIO, cast

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)

from keepsight.app import open_originals, open_registry
from keepsight.assets.originals import Originals
from keepsight.check.checking import Check
from keepsight.check.judge import Judge
from keepsight.check.reading import read
from keepsight.check.rendering import Renderer
from keepsight.check.report import Report
from keepsight.settings import Settings


def run(files: Sequence[str], settings: Settings, hosts: Sequence[str], cloud: str | None, *, render: bool) -> Report:
    """Read the files and judge every address in them; with `render` make each picture that is not refused outright.

    Raises ConfigurationError for a file that cannot be opened.
    """
    registry, originals = open_registry(settings), _originals(settings)
    judge = Judge(settings, registry, originals.names())
    check = Check(judge, tuple(host.lower() for host in hosts), cloud)
    console = Console(stderr=True)
    with _bar(console, "Reading", DownloadColumn()) as progress:
        for name in files:
            for found in read(name, partial(_watched, progress), check.count, _warn):
                check.take(found, keep=render)
    if render:
        with _bar(console, "Rendering", MofNCompleteColumn()) as progress:
            jobs = check.jobs
            task = progress.add_task("", total=len(jobs))
            for job, verdict in Renderer(settings, registry, originals).render(jobs):
                check.rendered(job, verdict)
                progress.advance(task)
    return check.report


def _originals(settings: Settings) -> Originals:
    """The pictures of the folders, and those of the catalogue where one is there already."""
    uploads = None
    if settings.cloud.secrets and (settings.catalogue.url or (settings.storage.data / "catalogue.sqlite").exists()):
        from keepsight.opening import open_uploads  # noqa: PLC0415 - brings the catalogue along

        uploads = open_uploads(settings)
    return open_originals(settings, uploads)


def _warn(sentence: str) -> None:
    typer.echo(f"keepsight: {sentence}", err=True)


def _bar(console: Console, title: str, count: ProgressColumn) -> Progress:
    """A progress bar on a terminal, and nothing elsewhere."""
    columns = (TextColumn(title), TextColumn("{task.description}"), BarColumn(), count, TimeRemainingColumn())
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)


def _watched(progress: Progress, file: IO[bytes], name: str) -> IO[bytes]:
    """The file, with a bar of its own that goes on as it is read."""
    return progress.wrap_file(cast("BinaryIO", file), total=Path(name).stat().st_size, description=Path(name).name)
