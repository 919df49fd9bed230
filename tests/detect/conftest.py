"""Stand-in weights and photos lie beside the repository, where they are present; such tests skip elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from keepsight.detect.card import Card, find_cards
from keepsight.detect.libraries import import_ultralytics
from keepsight.detect.registry import Registry
from keepsight.errors import ModelError

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared"


def shared(*parts: str) -> Path:
    path = SHARED.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"needs ../shared/{'/'.join(parts)}")
    return path


def needs_ultralytics() -> None:
    """Skips without torch and Ultralytics. Not importorskip: a plain import would write to the home folder."""
    try:
        import_ultralytics()
    except ModelError as error:
        pytest.skip(str(error))


def photo(name: str) -> Image.Image:
    with Image.open(shared("photos", f"{name}.jpg")) as image:
        return image.convert("RGB")


@pytest.fixture(scope="session")
def cards() -> dict[str, Card]:
    return {card.name: card for card in find_cards()}


@pytest.fixture(scope="session")
def registry() -> Registry:
    """The shipped cards on the stand-in weights; networks stay loaded for the session."""
    needs_ultralytics()
    return Registry(find_cards(), shared("models"))


@pytest.fixture(scope="session")
def words(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    """The shipped cards without any weights: knows every word, can look at nothing."""
    return Registry(find_cards(), tmp_path_factory.mktemp("no-weights"))


def write_card(folder: Path, name: str, file: str, more: str = "") -> Path:
    """A private model: a folder with a card; the weights are up to the test."""
    folder.mkdir(parents=True, exist_ok=True)
    text = f'name = "{name}"\nlicence = "own"\n{more}\n[[files]]\nname = "{file}"\n'
    (folder / "card.toml").write_text(text)
    return folder
