"""The command line: `keepsight explain`."""

from __future__ import annotations

import json
import re
import sys
from contextlib import redirect_stdout
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from keepsight.app import open_originals, open_registry
from keepsight.delivery.getinfo import getinfo
from keepsight.errors import ConfigurationError, RequestError
from keepsight.settings import load_settings

_WRITTEN = frozenset({".png", ".jpg", ".jpeg"})


def command(
    url: Annotated[
        str, typer.Argument(metavar="URL_OR_PATH", help="Such as /demo/image/upload/c_thumb,g_auto:cat,w_300/tom.jpg")
    ],
    out: Annotated[
        Path | None, typer.Option(help="Draw the decision into this PNG or JPEG.", show_default=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print what fl_getinfo answers.")] = False,
    media: Annotated[Path | None, typer.Option(help="Folder of pictures.", show_default="storage.media")] = None,
    config: Annotated[Path | None, typer.Option(help="TOML file with settings.", show_default=False)] = None,
) -> None:
    """Say why a picture is cut as it is. No server, no signature; nothing is stored.

    Exit code 2, and the sentence of the server, for a URL that would be refused.
    """
    # `serve` comes along here too, and starts without them.
    from keepsight.explain.account import explain  # noqa: PLC0415
    from keepsight.explain.drawing import PHOTO_SIDE  # noqa: PLC0415
    from keepsight.explain.sheet import draw_sheet  # noqa: PLC0415
    from keepsight.explain.text import lines  # noqa: PLC0415

    if out is not None and out.suffix.lower() not in _WRITTEN:
        raise typer.BadParameter(f"{out.name} is neither .png nor .jpg", param_hint="--out")
    settings = load_settings(config, {"storage": {"media": media}} if media else None)
    if not settings.storage.media.is_dir():
        raise ConfigurationError(
            (f"storage.media: no such folder ({settings.storage.media}); name that of your pictures with --media",)
        )
    try:
        with redirect_stdout(sys.stderr):  # logs, and whatever a network has to say; stdout is for the account alone
            account = explain(_path(url), settings, open_originals(settings), open_registry(settings), PHOTO_SIDE)
    except RequestError as error:
        typer.echo(f"keepsight: {error}", err=True)
        raise typer.Exit(2) from None
    if as_json:
        made = account.made
        told = replace(made.layout, warnings=account.warnings)
        answer = json.loads(getinfo(made.header, told, made.format, len(made.derived.body)))
        typer.echo(json.dumps(answer, indent=2))
    else:
        for line in lines(account):
            typer.echo(line)
    if out is not None:
        try:
            draw_sheet(account).save(out, quality=90)
        except OSError as error:
            typer.echo(f"keepsight: {out} cannot be written ({error.strerror or error})", err=True)
            raise typer.Exit(2) from None


def _path(url: str) -> str:
    """The raw path of a URL: what a server would see of it."""
    return re.sub(r"^https?://[^/]*", "", url).partition("?")[0].partition("#")[0]
