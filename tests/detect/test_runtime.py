from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from keepsight.detect.card import Card
from keepsight.detect.detector import Detection, Detector, Region
from keepsight.detect.model import Model
from keepsight.detect.registry import Registry
from keepsight.detect.runtime.letterbox import Letterbox
from keepsight.detect.runtime.spares import Spares
from keepsight.detect.runtime.yunet import LANDMARKS
from keepsight.detect.sharpness import with_sharpness
from keepsight.errors import ModelError

from .conftest import ROOT, needs_ultralytics, photo, shared
from .networks import save_network


def iou(a: Region, b: Region) -> float:
    width = min(a.x + a.width, b.x + b.width) - max(a.x, b.x)
    height = min(a.y + a.height, b.y + b.height) - max(a.y, b.y)
    both = max(0.0, width) * max(0.0, height)
    return both / (a.width * a.height + b.width * b.height - both)


def truth(name: str) -> list[tuple[str, Region]]:
    photos = json.loads(shared("photos", "boxes.json").read_text())["photos"]
    (entry,) = (each for each in photos if each["file"] == f"{name}.jpg")
    w, h = entry["width"], entry["height"]
    return [
        (each["name"].replace(" ", "_"), Region(x / w, y / h, bw / w, bh / h))
        for each in entry["objects"]
        for x, y, bw, bh in [each["box"]]
    ]


def best(detections: tuple[Detection, ...], label: str, confidence: float = 0.25) -> Detection:
    return next(each for each in detections if each.label == label and each.confidence >= confidence)


@pytest.fixture(scope="session")
def coco(registry: Registry) -> Detector:
    return registry.model("coco").detector()


@pytest.mark.parametrize(
    ("name", "label"),
    [("000000000138", "refrigerator"), ("000000000490", "dog"), ("000000000490", "skateboard")],
)
def test_boxes_are_where_people_drew_them(coco: Detector, name: str, label: str) -> None:
    seen = best(coco.detect(photo(name)), label, 0.6)
    assert max(iou(seen.region, region) for drawn, region in truth(name) if drawn == label) > 0.7


def test_boxes_are_normalised_and_sorted(coco: Detector) -> None:
    seen = coco.detect(photo("000000000138"))
    assert [each.confidence for each in seen] == sorted((each.confidence for each in seen), reverse=True)
    assert all(0.05 <= each.confidence <= 1 and 0 < each.sharpness < 1 for each in seen)
    for region in (each.region for each in seen):
        assert min(region.x, region.y) >= 0
        assert min(region.width, region.height) > 0
        assert region.x + region.width <= 1
        assert region.y + region.height <= 1


@pytest.mark.parametrize("size", [(1, 1), (3, 900), (900, 3), (64, 64), (2000, 500)])
def test_pictures_of_any_shape(coco: Detector, registry: Registry, size: tuple[int, int]) -> None:
    for detector in (coco, registry.model("faces").detector()):
        for mode in ("RGB", "L"):
            assert isinstance(detector.detect(Image.new(mode, size, 90)), tuple)


def test_the_size_of_the_picture_hardly_matters(coco: Detector) -> None:
    picture = photo("000000000490")
    large = best(coco.detect(picture.resize((picture.width * 2, picture.height * 2))), "dog")
    assert iou(large.region, best(coco.detect(picture), "dog").region) > 0.9


def test_threads_see_what_one_alone_sees(coco: Detector) -> None:
    pictures = [photo(name) for name in ("000000000138", "000000000490", "000000000260")] * 4
    alone = [coco.detect(picture) for picture in pictures[:3]] * 4
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(coco.detect, pictures))
    assert together == alone


def test_open_images(registry: Registry) -> None:
    detector = registry.model("openimages").detector()
    assert len(detector.labels) == 601
    assert best(detector.detect(photo("000000000260")), "woman", 0.15)


def test_faces(registry: Registry) -> None:
    detector = registry.model("faces").detector()
    assert detector.labels == ("face",)
    (face,) = detector.detect(photo("000000000490"))
    assert face.confidence >= 0.7
    marks = dict(zip(LANDMARKS, face.keypoints, strict=True))
    for mark in marks.values():
        assert face.region.x < mark.x < face.region.x + face.region.width
        assert face.region.y < mark.y < face.region.y + face.region.height
    assert marks["right_eye"].x < marks["left_eye"].x  # the person's own right is on our left
    assert max(marks["right_eye"].y, marks["left_eye"].y) < marks["nose"].y < marks["left_mouth_corner"].y
    assert detector.detect(photo("000000000138")) == ()
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(detector.detect, [photo("000000000490")] * 8)) == [(face,)] * 8


def test_a_network_with_two_heads_answers_with_the_one_it_was_saved_for() -> None:
    needs_ultralytics()
    card = Card.model_validate(
        {"name": "e2e", "vocabulary": "coco", "licence": "own", "files": [{"name": "yolo26n-dq.pt"}]}
    )
    detector = Model(card, shared("models")).detector()
    dogs = [each for each in detector.detect(photo("000000000490")) if each.label == "dog"]
    assert len(dogs) == 1
    assert dogs[0].confidence > 0.6


def test_an_end_to_end_head_needs_no_nms(tmp_path: Path) -> None:
    needs_ultralytics()
    save_network(tmp_path / "w.pt", ["nut", "bolt", "washer"], spoil=0.02, end_to_end=True)
    card = Card.model_validate({"name": "w", "licence": "own", "confidence": 0.4, "files": [{"name": "w.pt"}]})
    seen = Model(card, tmp_path).detector().detect(Image.new("RGB", (80, 60)))
    assert 0 < len(seen) <= 300
    assert {each.label for each in seen} <= {"nut", "bolt", "washer"}


def test_not_a_number(tmp_path: Path) -> None:
    needs_ultralytics()
    save_network(tmp_path / "w.pt", ["nut", "bolt"], spoil=float("nan"))
    card = Card.model_validate({"name": "w", "licence": "own", "files": [{"name": "w.pt"}]})
    with pytest.raises(ModelError, match="no number"):
        Model(card, tmp_path).detector().detect(Image.new("RGB", (80, 60)))


def test_a_file_that_holds_no_face_network(tmp_path: Path, cards: dict[str, Card]) -> None:
    pytest.importorskip("cv2")
    (tmp_path / cards["faces"].files[0].name).write_bytes(b"not onnx at all")
    with pytest.raises(ModelError, match="YuNet"):
        Model(cards["faces"], tmp_path).detector()


def test_nothing_is_written_to_the_home_folder(tmp_path: Path) -> None:
    needs_ultralytics()
    weights = shared("models")
    program = (
        "from pathlib import Path; from PIL import Image;"
        "from keepsight.detect.card import find_cards; from keepsight.detect.registry import Registry;"
        f"registry = Registry(find_cards(), Path({str(weights)!r}));"
        "[registry.model(name).detector().detect(Image.new('RGB', (64, 48))) for name in ('coco', 'faces')]"
    )
    home, scratch = tmp_path / "home", tmp_path / "tmp"
    home.mkdir()
    scratch.mkdir()
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("YOLO_", "XDG_"))}
    environment |= {"HOME": str(home), "TMPDIR": str(scratch), "PYTHONPATH": str(ROOT / "src")}
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    assert (done.stdout, done.stderr) == ("", "")
    assert list(home.iterdir()) == []
    assert list(scratch.iterdir()) == []


@pytest.mark.parametrize("size", [(640, 480), (480, 640), (5000, 3), (3, 5000), (1, 1), (333, 500)])
def test_the_letterbox_there_and_back(size: tuple[int, int]) -> None:
    box = Letterbox.fit(size, 640, 32)
    assert box.input_width % 32 == box.input_height % 32 == 0
    assert max(box.input_width, box.input_height) == 640
    assert box.apply(Image.new("RGB", size)).shape == (box.input_height, box.input_width, 3)
    whole = box.region(box.left, box.top, box.left + box.width, box.top + box.height)
    assert whole == Region(0, 0, 1, 1)
    assert box.region(-50, -50, 9000, 9000) == whole
    assert box.region(9000, 0, 9100, 50) is None
    assert box.region(10, 10, 10, 50) is None


def test_sharpness_tells_sharp_from_blurred() -> None:
    noise = np.random.default_rng(1).integers(0, 255, (300, 400), dtype=np.uint8)
    noise[:, 200:] = 128
    left, right, whole = (
        Detection("x", 1, Region(*corners)) for corners in ((0, 0, 0.49, 1), (0.52, 0, 0.48, 1), (0, 0, 1, 1))
    )
    measured = with_sharpness(Image.fromarray(noise), (left, right, whole))
    assert [round(each.sharpness, 1) for each in measured] == [0.7, 0.0, 0.5]
    assert with_sharpness(Image.new("RGB", (9, 9)), (left,)) == (left,)
    assert with_sharpness(Image.new("RGB", (9, 9)), ()) == ()


def test_spares_are_never_lent_twice() -> None:
    made: list[object] = []

    def make() -> object:
        made.append(object())
        return made[-1]

    spares = Spares(make)
    with spares.borrow() as first, spares.borrow() as second:
        assert first is not second
    with spares.borrow():
        pass
    assert len(made) == 2
    with pytest.raises(RuntimeError), spares.borrow():
        raise RuntimeError
    with spares.borrow(), spares.borrow():
        pass
    assert len(made) == 3


@pytest.mark.parametrize(
    ("file", "name", "label"),
    [("yolov8n-seg-dq.pt", "000000000490", "dog"), ("yolo11n-pose-dq.pt", "000000000260", "person")],
)
def test_networks_for_masks_and_poses_give_their_boxes(file: str, name: str, label: str) -> None:
    needs_ultralytics()
    card = Card.model_validate({"name": "other", "licence": "own", "files": [{"name": file}]})
    seen = Model(card, shared("models")).detector().detect(photo(name))
    assert best(seen, label, 0.5)
