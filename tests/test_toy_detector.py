"""The toy weights find what is drawn, through nothing but Ultralytics' graph and NMS."""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path

import pytest

WHY = "the toy detector runs on torch and ultralytics: pip install '.[detect]'"
torch = pytest.importorskip("torch", reason=WHY, exc_type=ImportError)
pytest.importorskip("ultralytics", reason=WHY, exc_type=ImportError)

from scenes import LABELS, compose, draw_scene  # noqa: E402
from tally import Tally, count, iou, total, unseen_scene  # noqa: E402
from train_toy import CONFIDENCE, INPUT, find  # noqa: E402
from ultralytics import YOLO  # noqa: E402

FOLDER = Path(__file__).parent / "models" / "toy"
WEIGHTS = FOLDER / "toy.pt"


@pytest.fixture(scope="module")
def net():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # so small a net only loses by sharing its layers out
    yield YOLO(WEIGHTS).model.float().fuse(verbose=False).eval()
    torch.set_num_threads(threads)


def test_the_card_describes_the_weights():
    card = tomllib.loads((FOLDER / "toy.toml").read_text())
    assert card["files"][0]["name"] == WEIGHTS.name
    assert card["files"][0]["sha256"] == hashlib.sha256(WEIGHTS.read_bytes()).hexdigest()
    assert (card["input_size"], card["confidence"]) == (INPUT, CONFIDENCE)


def test_the_checkpoint_holds_only_modules():
    classes = torch.serialization.get_unsafe_globals_in_checkpoint(WEIGHTS)
    assert classes
    assert [name for name in classes if not name.startswith(("torch.nn.", "ultralytics.nn."))] == []


def test_it_knows_its_classes(net):
    assert tuple(net.names.values()) == LABELS


def test_it_finds_what_is_drawn(net):
    tallies: dict[str, Tally] = {}
    for number in range(1000, 1040):
        scene = unseen_scene(number)
        count(find(net, scene.image), scene, 0.5, tallies)
    result = total(tallies)
    assert result.hits + result.missed > 90
    assert result.recall >= 0.95
    assert result.precision >= 0.95
    assert result.mean_iou >= 0.85


@pytest.mark.parametrize(("width", "height"), [(1200, 800), (400, 900), (200, 200), (1600, 800)])
def test_it_finds_things_where_they_are_put(net, width, height):
    side = min(width, height) * 0.45
    corners = ((0.02 * width, 0.03 * height), (0.97 * width - side, 0.95 * height - side))
    for seed, label in enumerate(LABELS):
        other = LABELS[seed - 1]
        things = [(name, (x, y, x + side, y + side)) for name, (x, y) in zip((label, other), corners, strict=True)]
        scene = compose((width, height), things, seed)
        found = find(net, scene.image)
        assert sorted(name for name, _, _ in found) == sorted((label, other))
        for name, _, box in found:
            assert iou(box, scene.boxes(name)[0]) > 0.75


def test_it_finds_nothing_where_nothing_is(net):
    for number in range(20):
        scene = draw_scene(-5000 - number, (480, 320), count=0)
        assert find(net, scene.image) == []


@pytest.mark.parametrize("share", [0.08, 0.2, 0.45, 0.7])
def test_it_finds_small_and_large_things(net, share):
    side = 600 * share
    for seed, label in enumerate(LABELS):
        left, top = (600 - side) * seed / 5, (600 - side) * (5 - seed) / 5
        scene = compose((600, 600), [(label, (left, top, left + side, top + side))], seed)
        ((name, _, box),) = find(net, scene.image)
        assert name == label
        assert iou(box, scene.objects[0][1]) > 0.7
