"""The command line of the models: `keepsight models list | pull | optimize | check`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from keepsight.app import open_registry
from keepsight.detect.model import Model
from keepsight.detect.registry import Registry
from keepsight.errors import FetchError, ModelError
from keepsight.models import bench, check, listing, table
from keepsight.models.progress import shown, stepping
from keepsight.program import command
from keepsight.settings import load_settings

app = typer.Typer(help="Detectors.", no_args_is_help=True)

Config = Annotated[Path | None, typer.Option("--config", help="TOML file with settings.", show_default=False)]


@app.command("list")
def list_models(
    config: Config = None,
    measure: Annotated[bool, typer.Option("--bench", help="Measure how long each looks at a picture here.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Every model in the order in which it is asked: version, state, size, and what mends it."""
    registry = open_registry(load_settings(config))
    rows = list(listing.rows(registry, bench.latencies(registry) if measure else {}))
    if as_json:
        typer.echo(json.dumps([asdict(row) for row in rows], indent=2))
        return
    cells = [row.cells for row in rows]
    columns: tuple[str, ...] = listing.COLUMNS
    if measure:
        columns = (*columns[:5], "ms", *columns[5:])
        speeds = ["-" if row.milliseconds is None else f"{row.milliseconds:.1f}" for row in rows]
        cells = [(*row[:5], speed, *row[5:]) for row, speed in zip(cells, speeds, strict=True)]
    table.show(columns, cells, Console())


@app.command("pull")
def pull_models(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="Default: all that miss. coco_v2 is a version.")
    ] = None,
    config: Config = None,
    force: Annotated[bool, typer.Option("--force", help="Also what is installed: replaces a wrong file.")] = False,
) -> None:
    """Fetch the published weights of models. Exit code 1 if one could not be installed, 2 for an unknown name."""
    settings = load_settings(config)
    registry = open_registry(settings)
    if names:
        chosen = [
            each for name in _known(names, registry) for each in _fetched_for(registry.to_install(name), registry)
        ]
    else:
        defaults = dict.fromkeys(state.name for state in registry.models if state.card)
        chosen = [registry.default(name) for name in defaults if force or not registry.is_installed(name)]
        for model in chosen:
            if model.refused:
                typer.echo(f"{model.card.name}: refused: {model.refused}")
        chosen = [model for model in chosen if not model.refused]
        chosen = [model for model in chosen if any(file.address for file in model.card.files)]
    if not chosen:
        typer.echo("every model whose weights are published is installed")
    mirror = None if settings.models.mirror is None else str(settings.models.mirror)
    results = [_pull(model, mirror, force=force) for model in dict.fromkeys(chosen)]
    raise typer.Exit(0 if all(results) else 1)


@app.command("optimize")
def optimize_models(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help="Default: all installed.")] = None,
    config: Config = None,
    again: Annotated[bool, typer.Option("--again", help="Also where there is an export already.")] = False,
) -> None:
    """Export weights to ONNX, which runs nearly twice as fast, after checking that the boxes stay the same.

    Exit code 1 if an export failed, and if there is nothing to optimise: no weights, or none that can be exported.
    """
    from keepsight.detect.optimize import optimise_model  # noqa: PLC0415 - `serve` starts without it

    registry = open_registry(load_settings(config))
    console = Console()
    failed, exported = False, 0
    for name in _known(names, registry) if names else registry.names:
        try:
            with stepping(name, console) as on_step:
                outcome = optimise_model(registry.model(name), on_step, again=again)
        except ModelError as error:
            failed = True
            typer.echo(f"{name}: {error}", err=True)
            continue
        exported += outcome.exported
        failed |= bool(names) and not outcome.exported
        typer.echo(f"{name}: {outcome.says}", err=bool(names) and not outcome.exported)
    if not exported and not failed:
        install = command("models", "pull", "coco")
        typer.echo(
            f"nothing to optimise: no weights that can be exported are installed; install some: {install}", err=True
        )
    raise typer.Exit(1 if failed or not exported else 0)


@app.command("check")
def check_models(config: Config = None) -> None:
    """Hash every installed file and load every model. Exit code 1 if a hash differs or a model does not load."""
    results = list(check.check(open_registry(load_settings(config))))
    table.show(check.COLUMNS, [result.cells for result in results], Console())
    raise typer.Exit(0 if all(result.good for result in results) else 1)


def _known(names: Sequence[str], registry: Registry) -> Sequence[str]:
    """The names as they are. Raises BadParameter, which ends with exit code 2, when there is no such model."""
    known = list(dict.fromkeys((*(state.name for state in registry.models if state.card), *registry.names)))
    if strangers := [name for name in names if name not in known]:
        raise typer.BadParameter(f"no model called {', '.join(strangers)} (there are {', '.join(known)})")
    return names


def _fetched_for(model: Model, registry: Registry) -> tuple[Model, ...]:
    """The models whose weights make this one work: itself, or its sources when only they are published."""
    published = any(file.address for file in model.card.files)
    known = {state.name for state in registry.models if state.card}
    sources = tuple(registry.default(name) for name in model.card.sources if name in known)
    return (model,) if published or not sources else sources


def _pull(model: Model, mirror: str | None, *, force: bool) -> bool:
    """Whether the model is installed afterwards; says on the way what happens."""
    # The HTTP client costs memory and time to import, and `serve` comes along here too.
    from keepsight.fetch import Fetcher  # noqa: PLC0415
    from keepsight.models import pull  # noqa: PLC0415

    name = model.card.name
    if model.refused:
        typer.echo(f"{name}: refused: {model.refused}", err=True)
        return False
    if model.installed and not force:
        typer.echo(f"{name}: {model.state.file} is installed")
        return True
    source = pull.source_of(model.card, model.folder, mirror)
    if source is None:
        typer.echo(f"{name}: no weights are published; {model.card.note or 'bring your own'}", err=True)
        return False
    fetcher = Fetcher(pull.LIMITS, allow_private=(mirror,) if mirror else ())
    try:
        with shown(f"{name}: {source.file.name}", Console()) as on_progress:
            digest = pull.install(source, fetcher, on_progress)
    except FetchError as error:
        typer.echo(f"{name}: {error}; {source.by_hand}", err=True)
        return False
    except ModelError as error:
        typer.echo(f"{name}: {error}", err=True)
        return False
    typer.echo(f"{name}: {source.path} is installed (sha256 {digest})")
    return True
