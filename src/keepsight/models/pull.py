"""Installing the weights of a model: fetched, verified, and only then put where the server finds them."""

from __future__ import annotations

import os
import zipfile
from dataclasses import dataclass
from pathlib import Path
from time import sleep

from keepsight.detect.card import Card, WeightsFile
from keepsight.detect.checkpoint import class_names
from keepsight.detect.labels import labels_of
from keepsight.detect.vocabulary import Vocabulary
from keepsight.detect.weights import is_file_of_card, sha256_of
from keepsight.errors import FetchError, FetchInterrupted, ModelError
from keepsight.fetch import Fetcher, Limits, OnProgress
from keepsight.fetch.part import discard

LIMITS = Limits(max_bytes=2 << 30)
"""The largest detectors that are published have 500 MB."""
TRIES = 4
"""Of one download, each of which goes on where the last one broke off."""
PAUSE = 1.0
"""Seconds before the second try; twice as long before each further one."""


@dataclass(frozen=True, slots=True)
class Source:
    """What to fetch for a model, and where to put it."""

    card: Card
    file: WeightsFile
    address: str
    """Where it is published."""
    mirror: str | None
    """Where it is fetched instead, if the administrator named a mirror."""
    path: Path
    """Where the server looks for it."""

    @property
    def by_hand(self) -> str:
        """What a person can do where this machine cannot."""
        return f"fetch {self.address} elsewhere and put it at {self.path}"


def source_of(card: Card, folder: Path, mirror: str | None = None) -> Source | None:
    """The first file of the card that has an address, or None when there is nothing to fetch.

    `folder` is where its weights belong. `mirror` is the address of a folder that holds the file under its own name.
    """
    file = next((each for each in card.files if each.address is not None), None)
    if file is None:
        return None
    mirrored = None if mirror is None else f"{mirror.rstrip('/')}/{file.name}"
    return Source(card, file, str(file.address), mirrored, (folder / file.name).absolute())


def install(source: Source, fetcher: Fetcher, on_progress: OnProgress, *, pause: float = PAUSE) -> str:
    """Fetch the file, verify it, and put it in place in one step. Returns its SHA-256.

    What arrived before a break stays beside its place as `NAME.part`, and the next call goes on from there. Raises
    FetchError when it cannot be fetched or written, ModelError when what came is not what the card means; a wrong
    file leaves nothing behind.
    """
    part = source.path.with_name(f"{source.path.name}.part")
    try:
        source.path.parent.mkdir(parents=True, exist_ok=True)
        _fetch(source, part, fetcher, on_progress, pause)
        try:
            _verify(source, part)
        except ModelError:
            discard(part)
            raise
        digest = sha256_of(part)
        with part.open("rb") as file:
            os.fsync(file.fileno())
        part.replace(source.path)
    except OSError as error:
        raise FetchError(f"{source.path} cannot be written ({error.strerror})") from error
    return digest


def _fetch(source: Source, part: Path, fetcher: Fetcher, on_progress: OnProgress, pause: float) -> None:
    for again in range(TRIES):
        try:
            fetcher.download(
                source.mirror or source.address,
                part,
                expected_bytes=source.file.bytes,
                on_progress=on_progress,
                resume=True,
            )
            return
        except FetchInterrupted:
            if again == TRIES - 1:
                raise
            sleep(pause * 2**again)


def _verify(source: Source, part: Path) -> None:
    match is_file_of_card(source.file, part):
        case False:
            raise ModelError(f"what came as {source.file.name} has another hash than its card says; it was removed")
        case None if part.name.endswith(".pt.part"):
            _verify_checkpoint(source.card, part)
        case None:
            raise ModelError(f"the card gives no hash for {source.file.name}, so it cannot be verified")


def _verify_checkpoint(card: Card, part: Path) -> None:
    """Without a hash: a whole archive, whose class names can be read without running it and are those of the card."""
    try:
        names = class_names(part.read_bytes())
        with zipfile.ZipFile(part) as archive:
            damaged = archive.testzip()
        if damaged is not None:
            raise ModelError(f"its entry {damaged} is damaged")
        if card.vocabulary is not None:
            labels_of(names, Vocabulary.named(card.vocabulary), card.spellings, own_names=card.own_names)
    except (ModelError, zipfile.BadZipFile) as error:
        raise ModelError(f"what came is not the network that the card means; it was removed ({error})") from error
