"""The command line: `keepsight serve | check | import | sign | explain | doctor | models | cache`."""

from __future__ import annotations

import gc
import os
import re
import sqlite3
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import unquote

import typer
import uvicorn

from keepsight import __version__, doctor
from keepsight.app import PRIVATE_UMASK, Keepsight, check_folders, open_registry
from keepsight.check.command import command as check
from keepsight.delivery.derived import DerivedCache
from keepsight.delivery.policy import check_offered
from keepsight.delivery.signature import sign as make_signature
from keepsight.errors import BadRequest, ConfigurationError, KeepsightError
from keepsight.explain.command import command as explain
from keepsight.importer.command import command as import_cloud
from keepsight.listening import take_port
from keepsight.memory import give_back_memory
from keepsight.models.commands import app as models_app
from keepsight.settings import CONFIG_VARIABLE, ENV_PREFIX, Settings, is_loopback, load_settings
from keepsight.signals import hold_hangups
from keepsight.srcset import command as srcset
from keepsight.telemetry.log import configure_logging
from keepsight.telemetry.processes import shared_values
from keepsight.transformation.build import build_plan
from keepsight.transformation.path import is_plainly_picture, split_path
from keepsight.welcome import Welcome

app = typer.Typer(
    name="keepsight",
    help="An image origin that speaks Cloudinary's delivery URLs and keeps what matters in every crop.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
cache_app = typer.Typer(help="The cache of derived images.", no_args_is_help=True)
app.add_typer(models_app, name="models")
app.add_typer(cache_app, name="cache")

Given = Mapping[str, Mapping[str, Any]]
"""Command line options by section and key of the settings; None where an option was not given."""

_HEALTH_SECONDS = 60
"""After which a process without a sign of life is replaced: on a busy machine one that starts may be silent long."""

Config = Annotated[Path | None, typer.Option("--config", help="TOML file with settings.", show_default=False)]

Media = Annotated[Path | None, typer.Option("--media", help="Folder of pictures.", show_default="storage.media")]


def main() -> None:
    """Entry point; what goes wrong on purpose is one sentence on stderr and exit code 2."""
    with _sentences():
        app()


@app.command()
def serve(
    media: Annotated[Path | None, typer.Argument(metavar="[MEDIA_DIR]", help="Folder of pictures.")] = None,
    config: Config = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.", show_default="127.0.0.1")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.", show_default="8000")] = None,
    workers: Annotated[int | None, typer.Option(help="Processes behind the port.", show_default="1")] = None,
) -> None:
    """Serve a folder of pictures."""
    hold_hangups()
    given: Given = {"storage": {"media": media}, "server": {"host": host, "port": port, "workers": workers}}
    settings = _load(config, given)
    server = settings.server
    if settings.development and not is_loopback(server.host):
        raise ConfigurationError(
            (
                f"server.host: {server.host} can be reached from outside, but no secret is configured, so anyone "
                f"could ask for anything; set {ENV_PREFIX}CLOUD__API_SECRET (or api_secret under [cloud]), "
                "or listen on 127.0.0.1",
            )
        )
    os.umask(PRIVATE_UMASK)
    sockets = take_port(server.host, server.port)
    check_folders(settings)
    _hand_down(config, given)
    give_back_memory()
    registry = open_registry(settings)
    welcome = Welcome(settings, registry, sockets[0].getsockname()[1], config)
    # Several processes make an application each; one takes the one that is made here.
    several = server.workers > 1
    typer.echo(welcome.address())
    if several or not settings.development:  # else the rest waits for examples
        typer.echo("\n".join(welcome.rest(None)))
    configure_logging(settings.log.level, settings.secrets)
    application = "keepsight.app:from_environment" if several else Keepsight(settings, registry, _told(welcome))
    gc.freeze()  # what there is now stays: no collection goes through it again
    gc.enable()
    serving = uvicorn.Config(
        application,
        factory=several,
        host=server.host,
        port=server.port,
        workers=server.workers,
        access_log=False,  # the application's own knows more, and no secret
        proxy_headers=False,  # read by the application where they have a say: they cost more than a hit
        server_header=False,
        log_config=None,
        log_level="warning",
        timeout_graceful_shutdown=server.grace,
        timeout_worker_healthcheck=_HEALTH_SECONDS,
        http="keepsight.delivery.protocol:HitProtocol",
        ws="none",  # nothing here speaks it
    )
    if several:
        from keepsight import processes  # noqa: PLC0415 - one process does without

        with shared_values(settings.storage.data):
            processes.serve(serving, sockets)
    else:
        uvicorn.Server(serving).run(sockets)


@app.command()
def sign(
    url: Annotated[
        str,
        typer.Argument(
            metavar="URL_OR_PATH", help="Delivery path or URL, such as /demo/image/upload/c_crop,g_cat/tom.jpg"
        ),
    ],
    config: Config = None,
    sha256: Annotated[bool, typer.Option("--sha256", help="Use SHA-256.")] = False,
    long: Annotated[bool, typer.Option("--long", help="32 characters, with SHA-256.")] = False,
) -> None:
    """Print a delivery path with its signature; one that is there is replaced.

    Exit code 2, and nothing on stdout, for what is no delivery path and for one that would be refused all the same.
    """
    settings = _load(config)
    host, raw_path, tail = _split_url(url)
    if not _is_delivery(raw_path, settings.cloud.name):
        raise BadRequest(
            f"{url or 'an empty path'} is no delivery path (expected such as "
            f"/{settings.cloud.name}/image/upload/w_300/tom.jpg)"
        )
    if settings.cloud.api_secret is None:
        raise ConfigurationError((f"cloud.api_secret: not set; a signature needs it ({ENV_PREFIX}CLOUD__API_SECRET)",))
    request = split_path(raw_path, settings.cloud.name)
    # What would be refused all the same is not worth a signature.
    check_offered(request)
    build_plan(request.components, named=settings.transformations)
    signed = "/".join((*request.raw_components, request.raw_ids[-1]))
    signature = make_signature(signed, settings.cloud.secrets[0], sha256=sha256, long=long)
    segments = [s for s in raw_path.split("/") if s != f"s--{request.signature}--"]
    after = len(request.raw_components) + (request.raw_version is not None) + request.raw_ids[0].count("/") + 1
    after += request.extension is not None
    typer.echo(host + "/".join((*segments[:-after], signature, *segments[-after:])) + tail)


app.command("check")(check)
app.command("explain")(explain)
app.command("import")(import_cloud)
app.command("srcset")(srcset)


@app.command("doctor")
def examine(config: Config = None, media: Media = None) -> None:
    """Check settings, folders and models (each is run on a picture). Exit code 1 if anything is wrong.

    ok: as it should be. --: works, but something is not there, not safe or not as good as it could be. !!: wrong.
    """
    settings = _load(config, {"storage": {"media": media}})
    healthy = True
    for finding in doctor.examine(settings, open_registry(settings)):
        typer.echo(str(finding))
        healthy &= not finding.wrong
    raise typer.Exit(0 if healthy else 1)


@cache_app.command("stats")
def cache_stats(config: Config = None) -> None:
    """How much the derived cache holds."""
    with _derived_cache(config) as (cache, settings):
        stats = cache.stats()
        typer.echo(f"{stats.images} images, {stats.bytes:,} of {int(settings.cache.max_bytes):,} bytes")


@cache_app.command("trim")
def cache_trim(
    config: Config = None,
    max_bytes: Annotated[int | None, typer.Option(help="Bytes to leave; default: cache.max_bytes.")] = None,
) -> None:
    """Evict the least recently used images."""
    with _derived_cache(config) as (cache, _):
        typer.echo(f"{cache.trim(max_bytes):,} bytes freed")


@cache_app.command("purge")
def cache_purge(config: Config = None) -> None:
    """Remove every derived image. Originals and what detectors saw stay."""
    with _derived_cache(config) as (cache, _):
        images = cache.stats().images
        cache.purge()
        typer.echo(f"{images} images removed")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"keepsight {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print it.")] = False,
) -> None:
    """Options before any command."""


def _load(config: Path | None, given: Given | None = None) -> Settings:
    overrides = {s: {k: v for k, v in values.items() if v is not None} for s, values in (given or {}).items()}
    return load_settings(config, {s: values for s, values in overrides.items() if values})


def _hand_down(config: Path | None, given: Given) -> None:
    """Server processes read their settings from the environment: put there what the command line said."""
    if config is not None:
        os.environ[CONFIG_VARIABLE] = str(config)
    for section, values in given.items():
        for key, value in values.items():
            if value is not None:
                os.environ[f"{ENV_PREFIX}{section}__{key}".upper()] = str(value)


def _split_url(url: str) -> tuple[str, str, str]:
    """Scheme and host, the raw path, and what follows it: a query or a fragment, which no signature covers."""
    match = re.fullmatch(r"(https?://[^/?#]*)?([^?#]*)(.*)", url, re.DOTALL)  # a path may hold another address
    assert match is not None  # noqa: S101 - every text matches
    return match[1] or "", match[2], match[3]


def _is_delivery(path: str, cloud: str) -> bool:
    """Whether it says that it is of a picture: by image/upload and the like, or by the name of the cloud."""
    text = "/" + unquote(path).lstrip("/")
    return is_plainly_picture(text, cloud) or text.startswith(f"/{cloud}/")


def _told(welcome: Welcome) -> Callable[[Keepsight], None] | None:
    """What says the rest of the welcome once the networks are loaded and the pictures were looked at."""
    if not welcome.settings.development:
        return None

    def tell(application: Keepsight) -> None:
        examples = application.examples()
        lines = welcome.rest(None if examples is None else examples.find())
        if not application.readiness.stopping:
            typer.echo("\n".join(lines))

    return tell


@contextmanager
def _derived_cache(config: Path | None) -> Iterator[tuple[DerivedCache, Settings]]:
    settings = _load(config)
    cache = DerivedCache(settings.storage.data, int(settings.cache.max_bytes))
    try:
        if not cache.counted:
            cache.reconcile()
        yield cache, settings
    except (sqlite3.Error, OSError) as error:
        raise ConfigurationError((f"storage.data: the derived cache cannot be opened ({error})",)) from None
    finally:
        cache.close()


@contextmanager
def _sentences() -> Iterator[None]:
    try:
        yield
    except KeepsightError as error:
        faults = error.faults if isinstance(error, ConfigurationError) else (str(error),)
        for fault in faults:
            typer.echo(f"keepsight: {fault}", err=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
