"""The command line: `keepsight check`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from keepsight.errors import ConfigurationError
from keepsight.settings import load_settings


def command(  # noqa: PLR0913, PLR0917 - the options of a command
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE…", help="URLs, access logs, HTML, sitemaps, also as .gz; - reads standard input."
        ),
    ],
    cloud: Annotated[str | None, typer.Option(help="Count only this cloud's addresses.", show_default=False)] = None,
    host: Annotated[
        list[str] | None,
        typer.Option(
            help="A host name of your own that delivers pictures, such as *.example.com.", show_default=False
        ),
    ] = None,
    render: Annotated[bool, typer.Option("--render", help="Make each picture from the media here.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
    fail_under: Annotated[
        float, typer.Option(min=0, max=100, metavar="PERCENT", help="Exit code 1 where a smaller share renders.")
    ] = 100,
    media: Annotated[Path | None, typer.Option(help="Folder of pictures.", show_default="storage.media")] = None,
    config: Annotated[Path | None, typer.Option(help="TOML file with settings.", show_default=False)] = None,
) -> None:
    """Say which addresses of a site that is on Cloudinary would render here. No server, nothing is stored.

    Exit code 0 if they all do (or as many as --fail-under says), 1 if not, 2 if a file cannot be read or names none.
    """
    from keepsight.check.run import run  # noqa: PLC0415 - `serve` comes along here too, and starts without it

    settings = load_settings(config, {"storage": {"media": media}} if media else None)
    if render and not settings.storage.media.is_dir():
        raise ConfigurationError(
            (f"storage.media: no such folder ({settings.storage.media}); name that of your pictures with --media",)
        )
    report = run(files, settings, host or (), cloud, render=render)
    if not report.total:
        looked = f" of the cloud {cloud}" if cloud else ""
        raise ConfigurationError(
            (
                f"no address of a picture{looked} in {report.lines:,} lines with {report.others:,} other URLs "
                "(expected such as https://res.cloudinary.com/demo/image/upload/w_300/a.jpg; --host names hosts of "
                "your own)",
            )
        )
    if as_json:
        typer.echo(json.dumps(report.as_json(), indent=2, ensure_ascii=False))
    else:
        for line in report.text():
            typer.echo(line)
    raise typer.Exit(0 if report.share >= fail_under else 1)
