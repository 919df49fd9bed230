"""The command line: `keepsight import`."""

from __future__ import annotations

import json
import os
from pathlib import Path
from threading import Event
from typing import Annotated

import typer
from rich.console import Console

from keepsight.app import PRIVATE_UMASK
from keepsight.errors import ConfigurationError
from keepsight.importer.account import VARIABLE, Account, read_account
from keepsight.settings import ENV_PREFIX, Settings, load_settings

_INTERRUPTED = 130


def command(  # noqa: PLR0913, PLR0917 - the options of a command
    source: Annotated[
        str | None,
        typer.Argument(
            metavar="[cloudinary://KEY:SECRET@CLOUD]",
            help=f"The cloud; better in {VARIABLE}: arguments stand in the list of processes.",
            show_default=False,
        ),
    ] = None,
    upload_prefix: Annotated[
        str | None,
        typer.Option(help="Address of its API.", show_default="https://api.cloudinary.com"),
    ] = None,
    only: Annotated[
        str | None,
        typer.Option(help="Parts, between commas: assets, folders, transformations, presets.", show_default="all"),
    ] = None,
    prefix: Annotated[str, typer.Option(help="Only assets whose public id begins so.")] = "",
    tag: Annotated[str, typer.Option(help="Only assets with this tag.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count, and bring nothing.")] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace what is here under the same name and was not imported.")
    ] = False,
    recheck: Annotated[
        bool,
        typer.Option("--recheck", help="Also ask for the coordinates of assets that the listing calls unchanged."),
    ] = False,
    no_details: Annotated[
        bool,
        typer.Option("--no-details", help="Without a call for each asset: no coordinates, files checked by size."),
    ] = False,
    parallel: Annotated[int, typer.Option(min=1, max=64, help="Assets in work at once.")] = 8,
    report: Annotated[
        Path | None, typer.Option(help="Write the report as JSON there; - for stdout.", show_default=False)
    ] = None,
    config: Annotated[
        Path | None, typer.Option("--config", help="TOML file with settings.", show_default=False)
    ] = None,
) -> None:
    """Bring a cloud over: assets with all that is said of them, folders, named transformations, upload presets.

    A second run brings only what has changed. Exit code 1 if something did not come this time, 130 after Ctrl-C.
    """
    # `serve` comes along here too, and starts without them.
    from keepsight.importer.bringing import How  # noqa: PLC0415
    from keepsight.importer.progress import Progress  # noqa: PLC0415
    from keepsight.importer.report import Report  # noqa: PLC0415
    from keepsight.importer.run import Import, Request  # noqa: PLC0415
    from keepsight.importer.source import Filter  # noqa: PLC0415

    settings = load_settings(config)
    account = _account(source, upload_prefix)
    request = Request(
        account,
        _parts(only),
        Filter(prefix, tag),
        How(parallel, overwrite=overwrite, with_details=not no_details),
        again=recheck,
    )
    _check_owner(settings.storage.data)
    os.umask(PRIVATE_UMASK)  # what it stores is for the server's user alone, as what the server stores
    progress = Progress(Console(stderr=True))
    for line in _warnings(settings, account, in_arguments=source is not None):
        typer.echo(line, err=True)
    outcome = Report(account.cloud, dry_run)
    run = Import(settings, request, progress, Event(), outcome)
    if dry_run:
        run.try_out()
    else:
        run.run()
    on_stdout = report is not None and str(report) == "-"
    for line in outcome.lines():
        typer.echo(line, err=on_stdout)
    if report is not None:
        _write(report, json.dumps(outcome.to_json(), indent=2, ensure_ascii=False))
    raise typer.Exit(_INTERRUPTED if outcome.stopped else 1 if outcome.failed else 0)


def _account(source: str | None, prefix: str | None) -> Account:
    url = source or os.environ.get(VARIABLE)
    if not url:
        raise ConfigurationError((f"no cloud is named: set {VARIABLE} to cloudinary://KEY:SECRET@CLOUD",))
    return read_account(url, prefix)


def _check_owner(data: Path) -> None:
    """See that the server's own user imports: it could not read what another one stores. Raises ConfigurationError."""
    try:
        owner = data.stat().st_uid
    except OSError:
        return
    if owner != os.geteuid():
        fault = f"storage.data: {data} belongs to another user (uid {owner}); run the import as that user"
        raise ConfigurationError((fault,))


def _parts(only: str | None) -> frozenset[str]:
    from keepsight.importer.run import PARTS  # noqa: PLC0415 - see above

    if only is None:
        return frozenset(PARTS)
    chosen = frozenset(part.strip() for part in only.split(",") if part.strip())
    if not chosen or (unknown := chosen - set(PARTS)):
        wrong = ", ".join(sorted(unknown)) if chosen else "nothing"
        raise typer.BadParameter(f"there is no part {wrong} (expected {', '.join(PARTS)})", param_hint="--only")
    return chosen


def _warnings(settings: Settings, account: Account, *, in_arguments: bool) -> list[str]:
    found = []
    if in_arguments:
        found.append(f"the secret stands in the list of processes and the shell's history; {VARIABLE} keeps it out")
    if settings.cloud.api_secret is None:
        found.append(
            "cloud.api_secret is not set: a server with these settings shows nothing of what is imported "
            f"(set {ENV_PREFIX}CLOUD__API_KEY and {ENV_PREFIX}CLOUD__API_SECRET)"
        )
    if settings.cloud.name != account.cloud:
        found.append(
            f"cloud.name is {settings.cloud.name}: URLs of {account.cloud} stay right with "
            f"{ENV_PREFIX}CLOUD__NAME={account.cloud}"
        )
    return [f"keepsight: {line}" for line in found]


def _write(path: Path, text: str) -> None:
    if str(path) == "-":
        typer.echo(text)
        return
    try:
        path.write_text(text + "\n", "utf-8")
    except OSError as error:
        raise ConfigurationError((f"--report: {path} cannot be written ({error.strerror})",)) from None
