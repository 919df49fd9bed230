from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from keepsight.detect import model as model_room
from keepsight.detect.analysis import AnalysisCache
from keepsight.detect.analyst import Analyst
from keepsight.detect.card import Card, find_cards
from keepsight.detect.detector import Detection, Detector, Identity, Region
from keepsight.detect.model import Model
from keepsight.detect.registry import Registry
from keepsight.detect.runtime import Source
from keepsight.detect.runtime.yolo import Answer, InputShape, YoloDetector
from keepsight.detect.second_look import ZOOM, look_again
from keepsight.detect.vocabulary import Vocabulary
from keepsight.errors import ModelError

THERE = Region(0.6, 0.2, 0.25, 0.5)
"""A red thing on the right of `picture`."""
RED = (255, 0, 0)


def picture() -> Image.Image:
    image = Image.new("RGB", (200, 100))
    ImageDraw.Draw(image).rectangle((120, 20, 169, 69), fill=RED)
    return image


class Facing:
    """Sees red things, called `cat`: on the left and on the right of a picture, large and small, with what it is told.

    `sure` holds the confidence by side of the picture and zoom; what it does not mention is not seen.
    """

    def __init__(self, identity: Identity, sure: dict[tuple[str, float], float], label: str = "cat") -> None:
        self.identity, self.labels, self.sure, self.label = identity, (label,), sure, label
        self.looks: list[float] = []
        self.fails_again = False

    def detect(self, image: Image.Image, *, zoom: float = 1.0) -> tuple[Detection, ...]:
        self.looks.append(zoom)
        if self.fails_again and len(self.looks) > 1:
            raise ModelError("failed on this picture")
        mask = np.asarray(image)[:, :, 0] > 127
        rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        height, width = mask.shape
        x, y = columns[0] / width, rows[0] / height
        confidence = self.sure.get(("left" if x < 0.5 else "right", zoom))
        region = Region(float(x), float(y), len(columns) / width, len(rows) / height)
        return () if confidence is None else (Detection(self.label, confidence, region),)


@pytest.fixture
def networks(monkeypatch: pytest.MonkeyPatch) -> dict[str, Facing]:
    """Detectors by model; one that nobody put there sees nothing."""
    networks: dict[str, Facing] = {}

    def load(card: Card, source: Source, vocabulary: Vocabulary) -> Detector:
        identity = Identity(card.name, card.version, source.weights.sha256)
        return networks.setdefault(card.name, Facing(identity, {}))

    monkeypatch.setattr(model_room, "load_detector", load)
    return networks


def analyst_with(folder: Path, *, second_look: float | None = 0.1) -> Analyst:
    """Coco and Open Images are installed; Open Images never looks twice."""
    for name in ("yolo11n.pt", "yolov8n-oiv7.pt"):
        (folder / name).write_bytes(b"weights")
    cards = [
        card.model_copy(update={"second_look": second_look if card.name == "coco" else None}) for card in find_cards()
    ]
    return Analyst(Registry(cards, folder), AnalysisCache())


IDENTITY = Identity("coco", 1, "")


def test_a_thing_in_the_mirror_image_is_found_where_it_is(tmp_path: Path, networks: dict[str, Facing]) -> None:
    networks["coco"] = Facing(IDENTITY, {("left", 1.0): 0.2})
    analyst = analyst_with(tmp_path)
    found = analyst.find(analyst.registry.resolve("cats"), "d", picture)
    assert (found.model, found.weak, found.plural, found.unavailable) == ("coco", True, True, ())
    (cat,) = found.detections
    assert (cat.label, cat.confidence) == ("cat", 0.2)
    assert sides_of(cat.region) == pytest.approx(sides_of(THERE))
    assert networks["coco"].looks == [1.0, 1.0, ZOOM]
    assert networks["openimages"].looks == [1.0]


def sides_of(region: Region) -> tuple[float, float, float, float]:
    return region.x, region.y, region.width, region.height


def test_one_thing_of_both_looks_is_one() -> None:
    detector = Facing(IDENTITY, {("left", 1.0): 0.2, ("right", ZOOM): 0.3})
    (cat,) = look_again(detector, picture(), 0.1)
    assert (cat.confidence, sides_of(cat.region)) == (0.3, pytest.approx(sides_of(THERE)))


def test_two_things_of_one_look_and_other_labels_stay_apart() -> None:
    pair = tuple(Detection("cat", sure, replace(THERE, x=x)) for sure, x in ((0.4, 0.6), (0.3, 0.61)))

    class Crowd(Facing):
        def detect(self, image: Image.Image, *, zoom: float = 1.0) -> tuple[Detection, ...]:
            return pair if zoom > 1 else (Detection("dog", 0.2, replace(THERE, x=0.15)), Detection("dog", 0.05, THERE))

    seen = look_again(Crowd(IDENTITY, {}), picture(), 0.1)
    assert [(each.label, each.confidence) for each in seen] == [("cat", 0.4), ("cat", 0.3), ("dog", 0.2)]


@pytest.mark.parametrize(("sure", "weak"), [(0.9, False), (0.06, True)])
def test_whoever_found_something_does_not_look_again(
    tmp_path: Path, networks: dict[str, Facing], sure: float, weak: bool
) -> None:
    networks["coco"] = Facing(IDENTITY, {("right", 1.0): sure, ("left", 1.0): 0.9})
    analyst = analyst_with(tmp_path)
    found = analyst.find(analyst.registry.resolve("cat"), "d", picture)
    assert (found.detections[0].confidence, found.weak) == (sure, weak)
    assert networks["coco"].looks == [1.0]


def test_nobody_looks_again_where_another_model_found_it(tmp_path: Path, networks: dict[str, Facing]) -> None:
    networks["coco"] = Facing(IDENTITY, {("left", 1.0): 0.9})
    networks["openimages"] = Facing(IDENTITY, {("right", 1.0): 0.9})
    analyst = analyst_with(tmp_path)
    assert analyst.find(analyst.registry.resolve("cat"), "d", picture).model == "openimages"
    assert networks["coco"].looks == [1.0]


def test_one_second_look_for_every_word_and_thread(tmp_path: Path, networks: dict[str, Facing]) -> None:
    networks["coco"] = Facing(IDENTITY, {("left", 1.0): 0.2})
    analyst = analyst_with(tmp_path)
    words = ["coco_cat", "coco_dog", "coco_horse", "coco_cats"] * 4
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda w: analyst.find(analyst.registry.resolve(w), "d", picture), words))
    assert [len(each.detections) for each in found[:4]] == [1, 0, 0, 1]
    assert analyst.cache.inferences == len(networks["coco"].looks) == 3


def test_the_memory_survives_a_restart(tmp_path: Path, networks: dict[str, Facing]) -> None:
    networks["coco"] = Facing(IDENTITY, {("left", 1.0): 0.2})
    registry = analyst_with(tmp_path).registry
    for expected in (3, 0):
        cache = AnalysisCache(tmp_path / "analysis.sqlite3")
        assert Analyst(registry, cache).find(registry.resolve("coco_cat"), "d", picture).detections
        assert cache.inferences == expected
        cache.close()


def test_what_is_too_unsure_does_not_count(tmp_path: Path, networks: dict[str, Facing]) -> None:
    networks["coco"] = Facing(IDENTITY, {("left", 1.0): 0.09})
    analyst = analyst_with(tmp_path)
    assert analyst.find(analyst.registry.resolve("cat"), "d", picture).detections == ()


def test_without_second_look_and_without_a_word_there_is_none(tmp_path: Path, networks: dict[str, Facing]) -> None:
    networks["coco"] = Facing(IDENTITY, {("left", 1.0): 0.9})
    once = analyst_with(tmp_path, second_look=None)
    assert once.find(once.registry.resolve("coco_cat"), "d", picture).detections == ()
    assert analyst_with(tmp_path).anything("e", picture).detections == ()
    assert networks["coco"].looks == [1.0, 1.0]


def test_a_second_look_that_fails_is_told(tmp_path: Path, networks: dict[str, Facing]) -> None:
    networks["coco"] = Facing(IDENTITY, {("left", 1.0): 0.9})
    networks["coco"].fails_again = True
    analyst = analyst_with(tmp_path)
    assert analyst.find(analyst.registry.resolve("cat"), "d", picture).unavailable == ("coco",)


def test_the_key_names_the_second_look(tmp_path: Path, cards: dict[str, Card]) -> None:
    (tmp_path / "yolo11n.pt").write_bytes(b"weights")
    keys = {Model(cards["coco"].model_copy(update={"second_look": each}), tmp_path).key for each in (None, 0.1, 0.2)}
    assert len(keys) == 3


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        (InputShape(640, 32), (960, 480)),
        (InputShape(320, 32), (480, 256)),
        (InputShape(640, 32, (320, 320)), (320, 320)),
    ],
)
def test_zoom_enlarges_the_input_where_it_may_have_any_size(shape: InputShape, expected: tuple[int, int]) -> None:
    inputs: list[tuple[int, ...]] = []

    def answer(batch: NDArray[np.float32], _: float) -> Answer:
        inputs.append(batch.shape)
        return Answer(np.zeros((5, 1), dtype=np.float32))

    detector = YoloDetector(IDENTITY, ("cat",), 0.2, shape, False, 0, answer)
    detector.detect(picture(), zoom=ZOOM)
    assert inputs == [(1, 3, expected[1], expected[0])]
