from __future__ import annotations

import os
import re
import time
from pathlib import Path

import pytest

from keepsight.detect.card import Card, preferring, read_cards
from keepsight.detect.weights import find_weights
from keepsight.errors import ConfigurationError

from .conftest import shared, write_card

GOOD = {"name": "widgets", "licence": "own", "files": [{"name": "widgets.pt"}]}


def test_the_shipped_cards(cards: dict[str, Card]) -> None:
    assert set(cards) == {
        "coco",
        "lvis",
        "openimages",
        "cld-fashion",
        "human-anatomy",
        "cld-text",
        "faces",
        "fashion-attributes",
        "masks",
        "pose",
        "saliency",
    }
    assert [card.version for card in cards["coco"].each_version()] == [1, 2, 3]
    assert cards["coco"].files[0].name == "yolo11n.pt"
    assert cards["cld-fashion"].version == 2
    assert cards["openimages"].confidence == 0.15
    assert cards["faces"].task == "faces"
    for card in cards.values():
        assert card.floor <= card.confidence
        if not any(file.address for file in card.files):
            assert "no public weights known" in card.note or "computed from" in card.note
        for file in card.files:
            assert file.address is None or str(file.address).endswith(file.name)
    (dfine,) = cards["coco"].others
    for file in dfine.files:  # pinned to a revision, under which the file has another name
        assert file.sha256
        assert re.search(r"/dfine_\w+-ONNX/resolve/[0-9a-f]{40}/onnx/model\.onnx$", str(file.address))


def test_all_faults_of_all_cards_come_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text('name = "Bad Name"\nconfidence = 2\ncolour = "red"\n')
    (tmp_path / "b.toml").write_text("name = [")
    (tmp_path / "c.toml").write_text(
        'name = "c"\nlicence = "x"\nvocabulary = "klingon"\n[[files]]\nname = "../c.pt"\nsha256 = "12"\n'
    )
    with pytest.raises(ConfigurationError) as caught:
        read_cards(sorted(tmp_path.glob("*.toml")))
    faults = "\n".join(caught.value.faults)
    for expected in (
        "a.toml: name:",
        "a.toml: confidence:",
        "a.toml: colour: Extra inputs",
        "a.toml: licence: Field required",
        "a.toml: files: Value error, needs at least 1 item",
        "b.toml: ",
        "c.toml: files.0.name:",
        "c.toml: files.0.sha256:",
    ):
        assert expected in faults


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"confidence": 0.2, "weak_confidence": 0.2}, "below confidence"),
        ({"confidence": 0.2, "second_look": 0.1}, "at least 0.2"),
        ({"vocabulary": "klingon"}, "klingon"),
        ({"vocabulary": "coco", "categories": {"pets": ["cat"]}}, "categories"),
        ({"runtime": "yunet"}, "go together"),
        ({"files": []}, "at least 1 item"),
        ({"task": "saliency"}, "go together"),
        ({"sources": ["coco"]}, "vocabulary"),
        ({"sources": ["coco"], "vocabulary": "coco", "renames": {"cat": "moggy"}}, "moggy"),
    ],
)
def test_fields_that_contradict_each_other(change: dict[str, object], fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        Card.model_validate(GOOD | change)


def test_weights_are_found_by_name_and_recognised_by_content(tmp_path: Path) -> None:
    file = {
        "name": "w.pt",
        "sha256": "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
    }
    blob = {"name": "w.pt", "git_blob": "b6fc4c620b67d95f953a5c1c1230aaab5db5a1b0"}
    card = Card.model_validate(GOOD | {"files": [{"name": "first.pt"}, file]})
    by_blob = Card.model_validate(GOOD | {"files": [blob]})
    assert find_weights(card, tmp_path) is None
    (tmp_path / "w.pt").write_bytes(b"hello")
    found, found_by_blob = find_weights(card, tmp_path), find_weights(by_blob, tmp_path)
    assert found is not None
    assert found_by_blob is not None
    assert (found.sha256, found.recognised, found_by_blob.recognised) == (file["sha256"], True, True)
    assert found.read() == b"hello"
    (tmp_path / "w.pt").write_bytes(b"goodbye")
    changed = find_weights(card, tmp_path)
    assert changed is not None
    assert changed.recognised is False
    (tmp_path / "first.pt").write_bytes(b"anything")
    preferred = find_weights(card, tmp_path)
    assert preferred is not None
    assert (preferred.path.name, preferred.recognised) == ("first.pt", None)


def test_weights_that_come_and_go_in_a_folder_of_long_ago(tmp_path: Path) -> None:
    card = Card.model_validate(GOOD | {"files": [{"name": "first.pt"}, {"name": "w.pt"}]})
    hour = 3_600

    def found() -> str | None:
        weights = find_weights(card, tmp_path)
        return weights.path.name if weights else None

    for age, name, content in ((9, "w.pt", b"1"), (8, "first.pt", b"2"), (7, "first.pt", None), (6, "w.pt", None)):
        path, before = tmp_path / name, found()
        path.unlink() if content is None else path.write_bytes(content)
        changed = found()  # at once, while the folder is just changing
        os.utime(tmp_path, (time.time() - age * hour,) * 2)
        assert changed == found() != before
    assert found() is None
    assert find_weights(card, tmp_path / "nowhere") is None


def test_the_stand_in_weights_are_recognised(cards: dict[str, Card]) -> None:
    for name in ("coco", "openimages", "faces"):
        weights = find_weights(cards[name], shared("models"))
        assert weights is not None
        assert weights.recognised


def test_a_private_card_needs_little(tmp_path: Path) -> None:
    (card,) = read_cards([write_card(tmp_path, "widgets", "w.pt") / "card.toml"])
    assert (card.runtime, card.task, card.confidence, card.versions) == ("ultralytics", "detect", 0.25, {1})


def test_a_file_may_come_in_several_editions(tmp_path: Path) -> None:
    files = [
        {"name": "w.pt", "sha256": "0" * 64},
        {"name": "w.pt", "git_blob": "b6fc4c620b67d95f953a5c1c1230aaab5db5a1b0"},
    ]
    card = Card.model_validate(GOOD | {"files": files})
    for content, recognised in ((b"hello", True), (b"goodbye", False)):
        (tmp_path / "w.pt").write_bytes(content)
        found = find_weights(card, tmp_path)
        assert found is not None
        assert found.recognised is recognised


def test_a_larger_network_is_a_line_in_the_configuration(tmp_path: Path, cards: dict[str, Card]) -> None:
    for name in ("yolo11n.pt", "yolo11m.pt"):
        (tmp_path / name).write_bytes(name.encode())
    chosen = {card.name: card for card in preferring(cards.values(), ["yolo11m.pt"])}
    for card, name in ((cards["coco"], "yolo11n.pt"), (chosen["coco"], "yolo11m.pt")):
        found = find_weights(card, tmp_path)
        assert found is not None
        assert found.path.name == name
    assert chosen["pose"] == cards["pose"]
    with pytest.raises(ConfigurationError, match=r"models\.prefer.*yolo99\.pt"):
        preferring(cards.values(), ["yolo99.pt"])
