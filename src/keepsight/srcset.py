"""`keepsight srcset`: the markup of one picture at many sizes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from keepsight.responsive import WIDTHS, Cut, Photo, Variant, art_directed, picture, signer
from keepsight.responsive import image as image_markup
from keepsight.settings import load_settings


def command(  # noqa: PLR0913, PLR0917 - the options of a command
    public_id: Annotated[str, typer.Argument(help="Such as pets/tom.jpg.")],
    mode: Annotated[str, typer.Option(help="Crop mode, such as fill or thumb.")] = "fill",
    gravity: Annotated[str | None, typer.Option(help="Such as auto:cat.", show_default=False)] = None,
    ratio: Annotated[str | None, typer.Option(help="Width to height, such as 4:3.", show_default=False)] = None,
    widths: Annotated[str, typer.Option(help="Pixels, between commas.")] = ",".join(map(str, WIDTHS)),
    sizes: Annotated[str, typer.Option(help="How wide it is shown, as in HTML.")] = "100vw",
    alt: Annotated[str, typer.Option(help="What it shows, in words.")] = "",
    art: Annotated[
        bool, typer.Option("--art", help="A <picture>: whole for wide screens, fill for medium, thumb for small ones.")
    ] = False,
    formats: Annotated[str, typer.Option(help="auto, or several between commas: avif,webp,jpg.")] = "auto",
    base: Annotated[str, typer.Option(help="Scheme and host of the server.")] = "",
    config: Annotated[Path | None, typer.Option(help="TOML file with settings.", show_default=False)] = None,
) -> None:
    """Print an <img srcset>, or with --art an art-directed <picture>. Signed where a secret is configured."""
    settings = load_settings(config)
    secrets = settings.cloud.secrets
    sign = signer(secrets[0]) if secrets else None
    photo = Photo(public_id, settings.cloud.name, base=base.rstrip("/"), sign=sign)
    named = tuple(part.strip() for part in formats.split(",") if part.strip())
    if art:
        typer.echo(picture(photo, art_directed(gravity or "auto"), alt, named))
        return
    variant = Variant(Cut(mode, gravity, ratio), widths=_pixels(widths), sizes=sizes)
    if len(named) == 1:
        typer.echo(image_markup(photo, variant, alt, named[0]))
    else:
        typer.echo(picture(photo, (variant,), alt, named))


def _pixels(text: str) -> tuple[int, ...]:
    try:
        found = tuple(sorted({int(part) for part in text.split(",")}))
    except ValueError:
        found = ()
    if not found or found[0] < 1:
        raise typer.BadParameter(f"{text!r} is no list of widths (expected pixels between commas: 320,640)")
    return found
