"""What is there, what is missing, and the one command that mends it."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import Literal

from PIL import Image

from keepsight.detect.detector import Region
from keepsight.detect.model import Model, ModelState
from keepsight.detect.registry import Registry
from keepsight.detect.runtime import installed
from keepsight.errors import ModelError
from keepsight.pixels.formats import EXTENSIONS
from keepsight.program import command, installing
from keepsight.safety import unsafe
from keepsight.settings import Settings
from keepsight.telemetry.spans import is_configured, is_installed

_TRIAL = 64 << 10
"""Bytes that are written to see whether the disk takes them."""
_SHARE_OF_DISK = 0.9
_UNPUBLISHED = "Its weights are not published: bring your own, in the weights folder."


Level = Literal["ok", "note", "wrong"]
"""ok: as it should be. note: works, but is not there, not safe or not as good as it could be. wrong: does not work."""
_MARKS: Mapping[Level, str] = {"ok": "ok", "note": "--", "wrong": "!!"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report."""

    level: Level
    what: str
    mend: str = ""

    @property
    def wrong(self) -> bool:
        """Whether the report as a whole is one of something that does not work."""
        return self.level == "wrong"

    def __str__(self) -> str:
        return f"{_MARKS[self.level]}  {self.what}" + (f"\n    {self.mend}" if self.mend else "")


def examine(settings: Settings, registry: Registry) -> Iterator[Finding]:
    """Look at everything that a server needs; every model that is installed runs on a picture."""
    yield _mode(settings)
    yield _media(settings.storage.media)
    yield from _protected(settings)
    yield from _fetching(settings)
    yield from _told(settings)
    for each in unsafe(settings):
        yield Finding("note", str(each), each.mend)
    yield from _data(settings)
    for state in registry.models:
        yield _model(state, registry)
    yield from _slow(settings, registry)


def pull_command(state: ModelState) -> str | None:
    """The one command that installs a model, or replaces a file that its card does not mean; None without need or way.

    A file that a card accepts without a published address has to be brought.
    """
    if state.refused:
        return None
    if state.starter:
        return command("models", "pull", state.name)
    wrong = state.recognised is False
    name = state.exact if state.card and state.card.alternative else state.name
    if state.card is None or not (wrong or state.state == "missing"):
        return None
    if not any(f.address for f in state.card.files) and (wrong or not state.card.sources):
        return None
    return command("models", "pull", *(["--force"] if wrong else []), name)


def computed_from(state: ModelState) -> str | None:
    """What a derived model is computed from, and which of its sources it lacks; None for one with weights."""
    if not state.sources:
        return None
    lacking = f", without {', '.join(state.missing)}" if state.missing else ""
    return f"computed from {', '.join(state.sources)}{lacking}"


def _mode(settings: Settings) -> Finding:
    if settings.development:
        return Finding("ok", "development mode: no cloud.api_secret, loopback only, nothing needs a signature")
    allowed = ", ".join(settings.security.allow_unsigned) or "none"
    return Finding("ok", f"object-aware URLs need a signature; allowed without: {allowed}")


def _media(folder: Path) -> Finding:
    if not folder.is_dir():
        return Finding("wrong", f"storage.media: no such folder ({folder})", "Make it, or name another one: --media")
    first = next(_pictures(folder), None)
    if first is None:
        return Finding("wrong", f"storage.media: {folder}, which has no picture", "Name another one: --media")
    return Finding("ok", f"storage.media: {folder}, with {first}")


def _protected(settings: Settings) -> Iterator[Finding]:
    """Originals that are not for everybody."""
    folders = {type_: folder for type_, folder in settings.storage.folders.items() if type_ != "upload"}
    for type_, folder in folders.items():
        there = folder.is_dir()
        mend = "" if there else "Make it, or name another one."
        what = f"storage.{type_}: {folder}" if there else f"storage.{type_}: no such folder"
        yield Finding("ok" if there else "wrong", what, mend)


def _fetching(settings: Settings) -> Iterator[Finding]:
    """Which other servers may be asked."""
    fetch = settings.fetch
    if fetch.allowed_hosts:
        yield Finding("ok", f"fetch: pictures come from {', '.join(fetch.allowed_hosts)}")


def _told(settings: Settings) -> Iterator[Finding]:
    """Who is told how the server is, where that is not this machine alone; and traces that go nowhere."""
    server = settings.server
    networks = [network for network in map(ip_network, server.metrics) if not network.is_loopback]
    if networks and all(network.prefixlen for network in networks):
        yield Finding("ok", f"/metrics is read from {', '.join(map(str, networks))}")
    if is_configured() and not is_installed():
        yield Finding("note", "traces are configured and not installed", f"Install them: {installing('otel')}")


def _data(settings: Settings) -> Iterator[Finding]:
    """Whether the disk takes what Keepsight writes, now and when the derived cache is as large as it may be."""
    folder = settings.storage.data
    if fault := _refusal(folder):
        what = f"storage.data: {folder} cannot be written ({fault})"
        yield Finding("wrong", what, "Pictures are served, but made anew each time: nothing is kept.")
        return
    yield Finding("ok", f"storage.data: {folder} can be written")
    there = _nearest(folder)
    disk = shutil.disk_usage(there)
    most = int(settings.cache.max_bytes)
    if most > disk.total * _SHARE_OF_DISK:
        what = f"cache.max_bytes: {most:,} bytes, on a disk of {disk.total:,}"
        yield Finding("note", what, "Leave room for the rest: a full disk takes nothing more, uploads neither.")


def _nearest(folder: Path) -> Path:
    """The folder, or the first above it that is there."""
    return next(f for f in (folder, *folder.absolute().parents) if f.exists())


def _refusal(folder: Path) -> str:
    """What the system says when something is written there; empty when it takes it."""
    if not folder.exists():
        above = _nearest(folder)
        return "" if above.is_dir() and os.access(above, os.W_OK | os.X_OK) else f"nor made in {above}"
    try:
        with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
            file.write(bytes(_TRIAL))
    except OSError as error:
        return error.strerror or str(error)
    return ""


def _model(state: ModelState, registry: Registry) -> Finding:
    title = f"model {state.name} v{state.version}" if state.version else f"model {state.name}"
    title += " (starter)" if state.starter else ""
    if state.refused:
        return Finding("note", f"{title}: refused", f"{state.refused[:1].upper()}{state.refused[1:]}.")
    if state.state == "missing":
        return Finding("note", f"{title}: not installed", _mend(state))
    if state.fault:
        return Finding("wrong", f"{title}: {state.fault}", _doubt(state))
    try:
        _run(registry.model(state.exact), Image.new("RGB", (320, 240), "white"))
    except ModelError as error:
        return Finding("wrong", f"{title}: {error}", _doubt(state))
    runs = f"runs in {state.runtime}" if state.runtime else "runs"
    good = state.recognised is not False and not state.missing and not state.starter
    what = f"{title}: {state.file or computed_from(state)}, {runs}"
    return Finding("ok" if good else "note", what, _doubt(state))


def _slow(settings: Settings, registry: Registry) -> Iterator[Finding]:
    """Networks that run in torch and need not: ONNX Runtime is there, an export of their weights is not."""
    if settings.models.runtime != "auto" or not installed("onnx"):
        return
    sound = [state for state in registry.models if state.card and not state.fault]
    slow = [s.name for s in sound if s.runtime == "torch" and s.card and s.card.runtime == "ultralytics"]
    if slow:
        what = f"{', '.join(slow)} would be nearly twice as fast in ONNX Runtime"
        yield Finding("note", what, f"Export them: {command('models', 'optimize', *slow)}")


def _run(model: Model, picture: Image.Image) -> None:
    if model.card.task == "saliency":
        model.saliency().map(picture)
    elif model.card.task == "classify":
        model.classifier().attributes(picture, Region(0, 0, 1, 1))
    else:
        model.detector().detect(picture)


def _mend(state: ModelState) -> str:
    """The one command that installs it, where its weights are published."""
    command = pull_command(state)
    return f"Install it: {command}" if command else _UNPUBLISHED


def _doubt(state: ModelState) -> str:
    if state.starter:
        return f"It came along and sees less than the published one: {pull_command(state)}"
    if state.recognised is not False:
        return ""
    command = pull_command(state)
    return "The file is not the one that its card means." + (f" Replace it: {command}" if command else "")


def _pictures(folder: Path) -> Iterator[str]:
    """Public ids in a folder, top level first, in the order of their names."""
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(f for f in folders if not f.startswith("."))
        for name in sorted(files):
            if not name.startswith(".") and name.rpartition(".")[2].lower() in EXTENSIONS:
                yield (Path(place) / name).relative_to(folder).as_posix()
