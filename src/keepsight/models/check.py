"""Whether what is installed is what it should be, and works."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from keepsight.detect.model import Model
from keepsight.detect.registry import Registry
from keepsight.detect.weights import is_file_of_card, sha256_of
from keepsight.errors import ModelError

COLUMNS = ("model", "file", "result", "sha256")


@dataclass(frozen=True, slots=True)
class Checked:
    """One weights file that is there, or a model that is broken before it has one."""

    model: str
    file: str
    sha256: str
    result: str
    good: bool

    @property
    def cells(self) -> tuple[str, ...]:
        """The row under `COLUMNS`."""
        return self.model, self.file, self.result, self.sha256


def check(registry: Registry) -> Iterator[Checked]:
    """Hash every accepted file that is there, and load every model that has one.

    The first file that a card lists serves; others that are there are hashed and called spare.
    """
    for state in registry.models:
        if state.card is None:
            yield Checked(state.name, "-", "-", state.fault or "broken", False)
            continue
        if state.refused:
            continue
        model = registry.model(state.exact)
        names = dict.fromkeys(file.name for file in state.card.files)  # one may be listed in several editions
        present = [path for name in names if (path := model.folder / name).exists()]
        for place, path in enumerate(present):
            yield _checked(model, path, serves=place == 0)


def _checked(model: Model, path: Path, *, serves: bool) -> Checked:
    name = model.card.name
    try:
        digest, known = sha256_of(path), _as_in_card(model, path)
    except OSError as error:
        return Checked(name, path.name, "-", f"cannot be read ({error.strerror})", False)
    match known:
        case True:
            hash_text = "hash as in its card"
        case False:
            hash_text = "hash differs from its card"
        case None:
            hash_text = "no hash in its card"
    if not serves:
        return Checked(name, path.name, digest, f"{hash_text}, spare", known is not False)
    try:
        model.load()
    except ModelError as error:
        return Checked(name, path.name, digest, f"{hash_text}, {error}", False)
    return Checked(name, path.name, digest, f"{hash_text}, loads", known is not False)


def _as_in_card(model: Model, path: Path) -> bool | None:
    verdicts = {is_file_of_card(file, path) for file in model.card.files if file.name == path.name}
    return True if True in verdicts else False if False in verdicts else None
