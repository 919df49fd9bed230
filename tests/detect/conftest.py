"""Stand-in weights and photos lie beside the repository, where they are present; such tests skip elsewhere."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from PIL import Image

from keepsight.detect.card import Card, find_cards
from keepsight.detect.libraries import import_ultralytics
from keepsight.detect.registry import Registry
from keepsight.errors import ModelError

from .networks import NAMES, put_export, save_network

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


@pytest.fixture(scope="session")
def random(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random networks and their exports: `w.pt`, and `e.pt` that needs no suppression."""
    needs_ultralytics()
    folder = tmp_path_factory.mktemp("random")
    for stem, end_to_end in (("w", False), ("e", True)):
        put_export(save_network(folder / f"{stem}.pt", NAMES, end_to_end=end_to_end, sees_things=True))
    return folder


@pytest.fixture(scope="session")
def real(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The stand-in weights and their exports."""
    needs_ultralytics()
    folder = tmp_path_factory.mktemp("real")
    for stem in ("yolo11n-dq", "yolo11n-pose-dq", "yolov8n-seg-dq", "yolo26n-dq"):
        put_export(Path(shutil.copy(shared("models", f"{stem}.pt"), folder)), 640)
    return folder


def write_card(folder: Path, name: str, file: str, more: str = "") -> Path:
    """A private model: a folder with a card; the weights are up to the test."""
    folder.mkdir(parents=True, exist_ok=True)
    text = f'name = "{name}"\nlicence = "own"\n{more}\n[[files]]\nname = "{file}"\n'
    (folder / "card.toml").write_text(text)
    return folder
