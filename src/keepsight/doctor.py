"""What is there, what is missing, and the one command that mends it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from PIL import Image

from keepsight.detect.card import cards_folder
from keepsight.detect.model import ModelState
from keepsight.detect.registry import Registry
from keepsight.errors import ModelError
from keepsight.pixels.formats import EXTENSIONS
from keepsight.settings import Settings

_SAMPLES = ("c_fill,g_auto,w_400,h_300", "c_thumb,g_face,w_200,h_200", "c_fill_pad,g_auto,w_400,h_400,b_auto")


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report."""

    wrong: bool
    what: str
    mend: str = ""

    def __str__(self) -> str:
        return f"{'!!' if self.wrong else 'ok'}  {self.what}" + (f"\n    {self.mend}" if self.mend else "")


def examine(settings: Settings, registry: Registry) -> Iterator[Finding]:
    """Look at everything that a server needs; every model that is installed runs on a picture."""
    yield _mode(settings)
    yield _media(settings.storage.media)
    yield _writable(settings.storage.data)
    for state in registry.models:
        yield _model(state, registry, settings)


def model_table(registry: Registry) -> Iterator[str]:
    """A line a model, in the order in which they are asked."""
    yield f"{'model':16}{'version':9}{'state':10}{'runtime':13}{'confidence':12}weights"
    for state in registry.models:
        card = state.card
        version = f"v{state.version}" if state.version else "-"
        runtime, confidence = state.runtime or "-", f"{card.confidence:g}" if card else "-"
        note = state.fault or state.file or "-"
        if state.recognised is False:
            note += " (not the file that the card means)"
        yield f"{state.name:16}{version:9}{state.state:10}{runtime:13}{confidence:12}{note}"


def welcome(settings: Settings, registry: Registry) -> Iterator[str]:
    """What `serve` says: where it listens, URLs to open, and what is missing."""
    server = settings.server
    base = f"http://{server.host}:{server.port}/{settings.cloud.name}/image/upload"
    yield f"Keepsight serves {settings.storage.media} at {base}/"
    for picture in islice(_pictures(settings.storage.media), 2):
        yield from (f"  {base}/{sample}/{picture}" for sample in _SAMPLES)
    missing = [s for s in registry.models if s.state == "missing" and s.card and any(f.address for f in s.card.files)]
    for state in missing:
        yield f"{state.name} is not installed, so what it would find is not found. {_mend(state, settings)}"


def _mode(settings: Settings) -> Finding:
    if settings.development:
        return Finding(False, "development mode: no cloud.api_secret, loopback only, nothing needs a signature")
    allowed = ", ".join(settings.security.allow_unsigned) or "none"
    return Finding(False, f"object-aware URLs need a signature; allowed without: {allowed}")


def _media(folder: Path) -> Finding:
    if not folder.is_dir():
        return Finding(True, f"storage.media: no such folder ({folder})", "Make it, or name another one.")
    first = next(_pictures(folder), None)
    return Finding(
        first is None, f"storage.media: {folder}, " + (f"with {first}" if first else "which has no picture")
    )


def _writable(folder: Path) -> Finding:
    existing = folder
    while not existing.exists():
        existing = existing.parent
    good = existing.is_dir() and os.access(existing, os.W_OK | os.X_OK)
    return Finding(not good, f"storage.data: {folder} {'can' if good else 'cannot'} be written")


def _model(state: ModelState, registry: Registry, settings: Settings) -> Finding:
    title = f"model {state.name} v{state.version}" if state.version else f"model {state.name}"
    if state.state == "missing":
        return Finding(False, f"{title}: not installed", _mend(state, settings))
    if state.fault:
        return Finding(True, f"{title}: {state.fault}")
    try:
        registry.model(state.name).detector().detect(Image.new("RGB", (320, 240), "white"))
    except ModelError as error:
        return Finding(True, f"{title}: {error}")
    doubt = "" if state.recognised is not False else "The file is not one that its card means."
    return Finding(False, f"{title}: {state.file}, runs in {state.runtime}", doubt)


def _mend(state: ModelState, settings: Settings) -> str:
    """The one command that installs it, where its weights are published."""
    file = next((f for f in state.card.files if f.address), None) if state.card else None
    if file is None:
        return "Its weights are not published: bring your own, in the weights folder."
    return f"Install it: curl -fL -o {(settings.models.weights or cards_folder()) / file.name} {file.address}"


def _pictures(folder: Path) -> Iterator[str]:
    """Public ids in a folder, top level first, in the order of their names."""
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(f for f in folders if not f.startswith("."))
        for name in sorted(files):
            if not name.startswith(".") and name.rpartition(".")[2].lower() in EXTENSIONS:
                yield (Path(place) / name).relative_to(folder).as_posix()
