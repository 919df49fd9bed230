from __future__ import annotations

import pytest

from keepsight.detect.card import Card
from keepsight.detect.checkpoint import class_names
from keepsight.detect.labels import labels_of
from keepsight.detect.vocabulary import Vocabulary
from keepsight.errors import ModelError

from .conftest import shared

FRUIT = Vocabulary.of_classes(["apple", "bat_(fruit)", "cherry", "date"])


def test_names_decide_and_not_places() -> None:
    assert labels_of(["Date", "Cherry (red)", "Bat (Fruit)", "Apple"], FRUIT, {}) == (
        "date",
        "cherry",
        "bat_(fruit)",
        "apple",
    )


def test_parts_between_slashes_and_places_for_the_rest() -> None:
    names = ["apple/pomme", "bat/bat fruit", "griotte", "date"]
    assert labels_of(names, FRUIT, {}) == FRUIT.names


def test_spellings_of_the_card() -> None:
    names = ["griotte", "apple", "bat (fruit)", "date"]
    assert labels_of(names, FRUIT, {"griotte": "cherry"})[0] == "cherry"
    with pytest.raises(ModelError, match="griotte"):
        labels_of(names, FRUIT, {})


@pytest.mark.parametrize("names", [["a", "b", "c", "d"], ["apple"] * 4, ["apple", "cherry"]])
def test_other_classes_are_refused(names: list[str]) -> None:
    with pytest.raises(ModelError):
        labels_of(names, FRUIT, {})


def test_open_images_sorts_its_classes_otherwise_than_the_vocabulary(cards: dict[str, Card]) -> None:
    names = class_names(shared("models", "yolov8n-oiv7-dq.pt").read_bytes())
    labels = labels_of(names, Vocabulary.named("openimages"), cards["openimages"].spellings)
    assert sorted(labels) == sorted(Vocabulary.named("openimages").names)
    assert labels[names.index("French horn")] == "horn"
    assert labels[names.index("Suitcase")] == "suitcase"
