from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from PIL import Image
from quality_cases import photo

from benchmarks.crop_quality.boxes import Box, Size
from benchmarks.crop_quality.photos import UnreadableBoxes, read_photos
from benchmarks.crop_quality.tasks import RATIOS, Kind, Mode, Ratio, Task, make_tasks, prominence
from benchmarks.crop_quality.words import gravity, plural, transformation

DOG = ("dog", (0.0, 0.0, 200.0, 200.0))
SMALL_DOG = ("dog", (300.0, 300.0, 350.0, 350.0))
SPECK = ("dog", (500.0, 300.0, 510.0, 310.0))


def kinds(*things: tuple[str, tuple[float, float, float, float]]) -> Counter[tuple[Kind, Mode]]:
    return Counter((t.kind, t.mode) for t in make_tasks([photo(*things)]))


def test_one_instance_is_single_and_may_be_avoided() -> None:
    five = len(RATIOS)
    assert kinds(DOG) == {
        (Kind.SINGLE, Mode.FILL): five,
        (Kind.SINGLE, Mode.THUMB): five,
        (Kind.SINGLE, Mode.CROP): five,
        (Kind.PLAIN, Mode.FILL): five,
        (Kind.AVOID, Mode.FILL): five,
    }


def test_several_instances_make_two_questions_of_each() -> None:
    asked = kinds(DOG, SMALL_DOG)
    assert asked[Kind.PROMINENT, Mode.THUMB] == asked[Kind.PLURAL, Mode.THUMB] == len(RATIOS)
    assert asked[Kind.PLAIN, Mode.FILL] == 2 * len(RATIOS)
    assert not asked[Kind.SINGLE, Mode.FILL]


def test_a_speck_is_no_target_but_makes_the_class_ambiguous() -> None:
    tasks = make_tasks([photo(DOG, SPECK)], [Mode.FILL])
    assert {t.kind for t in tasks} == {Kind.PROMINENT, Kind.PLURAL, Kind.PLAIN, Kind.AVOID}
    assert {t.boxes for t in tasks} == {(Box(*DOG[1]),)}


def test_what_fills_the_photo_is_not_asked_for() -> None:
    assert not kinds(("sofa", (0.0, 0.0, 600.0, 390.0)))


def test_only_the_six_largest_classes_are_asked_for() -> None:
    things = [(f"thing {i}", (0.0, 0.0, 100.0 + i, 100.0)) for i in range(8)]
    names = {t.name for t in make_tasks([photo(*things)])}
    assert names == {f"thing {i}" for i in range(2, 8)}


def test_the_larger_and_more_central_is_more_prominent() -> None:
    size = Size(600, 400)
    small, central, large = Box(0, 0, 60, 60), Box(270, 170, 330, 230), Box(0, 0, 200, 200)
    assert prominence(small, size) < prominence(central, size) < prominence(large, size)
    assert prominence(central, size) == pytest.approx((3600 / 240_000) ** 0.5)  # d = 0, sharpness 1


def test_sizes_of_requests() -> None:
    asked = [(r.request.width, r.request.height) for r in RATIOS]
    assert asked == [(400, 400), (320, 400), (225, 400), (400, 225), (400, 133)]


@pytest.mark.parametrize(
    ("name", "word"),
    [("person", "people"), ("bus", "buses"), ("wine glass", "wine_glasses"), ("sheep", "sheeps"), ("mouse", "mice")],
)
def test_plurals(name: str, word: str) -> None:
    assert plural(name) == word


def test_a_class_without_a_plural_keeps_its_name() -> None:
    assert plural("scissors") == "scissors"


@pytest.mark.parametrize(
    ("kind", "mode", "said"),
    [
        (Kind.SINGLE, Mode.FILL, "c_fill,w_400,h_225,g_auto:hot_dog"),
        (Kind.SINGLE, Mode.CROP, "c_crop,ar_16:9,g_hot_dog"),
        (Kind.PROMINENT, Mode.THUMB, "c_thumb,w_400,h_225,g_hot_dog"),
        (Kind.PLURAL, Mode.FILL, "c_fill,w_400,h_225,g_hot_dogs"),
        (Kind.AVOID, Mode.FILL, "c_fill,w_400,h_225,g_auto:hot_dog_avoid"),
        (Kind.PLAIN, Mode.FILL, "c_fill,w_400,h_225,g_auto"),
    ],
)
def test_words(kind: Kind, mode: Mode, said: str) -> None:
    task = Task(photo(), kind, mode, Ratio(16, 9), "hot dog", (Box(0, 0, 9, 9),))
    assert transformation(task) == said
    assert said.endswith(f"g_{gravity(task)}")


ENTRY = {
    "file": "a.png",
    "width": 60,
    "height": 40,
    "objects": [{"name": "cat", "box": [50, 10, 20, 20]}, {"name": "cat", "box": [0, 0, 9, 9], "iscrowd": 1}],
}
COCO = {
    "images": [{"id": 7, "file_name": "a.png", "width": 60, "height": 40}],
    "annotations": [
        {"image_id": 7, "category_id": 3, "bbox": [50, 10, 20, 20], "iscrowd": 0},
        {"image_id": 7, "category_id": 3, "bbox": [0, 0, 9, 9], "iscrowd": 1},
    ],
    "categories": [{"id": 3, "name": "cat"}],
}


@pytest.mark.parametrize("content", [[ENTRY], {"photos": [ENTRY]}, {"images": [ENTRY]}, COCO])
def test_every_form_of_boxes_gives_the_same_photo(tmp_path: Path, content: object) -> None:
    Image.new("RGB", (60, 40)).save(tmp_path / "a.png")
    (tmp_path / "boxes.json").write_text(json.dumps(content))
    (read,) = read_photos(tmp_path)
    assert read.size == Size(60, 40)
    assert [(t.name, t.box) for t in read.things] == [("cat", Box(50, 10, 60, 30))]


@pytest.mark.parametrize("content", ["", "{}", '{"photos": [{"file": "a.png"}]}', "[1]"])
def test_other_files_are_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "boxes.json").write_text(content)
    with pytest.raises(UnreadableBoxes):
        read_photos(tmp_path)


def test_boxes_of_another_size_are_refused(tmp_path: Path) -> None:
    Image.new("RGB", (61, 40)).save(tmp_path / "a.png")
    (tmp_path / "boxes.json").write_text(json.dumps([ENTRY]))
    with pytest.raises(UnreadableBoxes, match="measures"):
        read_photos(tmp_path)
