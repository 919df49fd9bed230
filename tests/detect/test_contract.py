"""What every runtime does alike, on random networks and on the stand-in weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from keepsight.detect.agreement import TOLERANCE, disagreement, trial_pictures
from keepsight.detect.body import POINTS
from keepsight.detect.detector import Detection
from keepsight.detect.model import Model
from keepsight.detect.runtime.head import EVERYTHING
from keepsight.detect.runtime.yolo import YoloDetector
from keepsight.errors import ModelError

from .conftest import needs_ultralytics, photo
from .contract import assert_sound, assert_threads_see_the_same, pictures_of_any_shape
from .networks import NAMES, card_of, put_export, save_network
from .test_runtime import iou

pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")
pytest.importorskip("openvino")

RUNTIMES: tuple[Any, ...] = ("torch", "onnx", "openvino")


def differ(ours: tuple[Detection, ...], theirs: tuple[Detection, ...], above: float) -> list[Detection]:
    """What one runtime sees with some confidence and the other does not, to within the stated tolerance."""

    def same(a: Detection, b: Detection) -> bool:
        close = abs(a.confidence - b.confidence) <= TOLERANCE.confidence
        return a.label == b.label and close and iou(a.region, b.region) >= TOLERANCE.iou

    pairs = ((ours, theirs), (theirs, ours))
    return [a for seen, others in pairs for a in seen if a.confidence > above and not any(same(a, b) for b in others)]


@pytest.mark.parametrize("stem", ["yolo11n-dq", "yolo11n-pose-dq", "yolov8n-seg-dq", "yolo26n-dq"])
def test_the_same_photo_gives_the_same_boxes(real: Path, stem: str) -> None:
    card = card_of(f"{stem}.pt", input_size=640, confidence=0.2)
    torch, *others = (Model(card, real, runtime=runtime).detector() for runtime in RUNTIMES)
    for other in others:
        assert other.identity == torch.identity
        assert other.labels == torch.labels
    for name in ("000000000490", "000000000260", "000000000009"):
        seen = torch.detect(photo(name))
        assert seen or stem != "yolo11n-dq"
        for other in others:
            assert differ(seen, other.detect(photo(name)), 0.25) == []


def test_the_same_photo_gives_the_same_key_points(real: Path) -> None:
    card = card_of("yolo11n-pose-dq.pt", input_size=640, task="pose")
    torch, *others = (
        Model(card, real, runtime=runtime).detector().detect(photo("000000253956")) for runtime in RUNTIMES
    )
    sure = [person for person in torch if person.confidence > 0.5]
    assert sure
    assert all(len(person.keypoints) == len(POINTS) for person in torch)
    for other in others:
        for person in sure:
            twin = max(other, key=lambda each: iou(each.region, person.region))
            for ours, theirs in zip(person.keypoints, twin.keypoints, strict=True):
                assert (theirs.x, theirs.y) == pytest.approx((ours.x, ours.y), abs=0.005)
                assert theirs.visibility == pytest.approx(ours.visibility, abs=TOLERANCE.confidence)


@pytest.fixture(scope="module")
def loaded(random: Path) -> dict[tuple[Any, str], YoloDetector]:
    stems = ("w", "e")
    made = {(r, stem): Model(card_of(f"{stem}.pt"), random, runtime=r).detector() for r in RUNTIMES for stem in stems}
    return {key: detector for key, detector in made.items() if isinstance(detector, YoloDetector)}


@pytest.mark.parametrize("stem", ["w", "e"])
@pytest.mark.parametrize("runtime", RUNTIMES)
class TestEveryRuntime:
    def test_labels(self, loaded: dict[tuple[Any, str], YoloDetector], runtime: Any, stem: str) -> None:
        assert loaded[runtime, stem].labels == tuple(NAMES)

    def test_pictures_of_any_shape(self, loaded: dict[tuple[Any, str], YoloDetector], runtime: Any, stem: str) -> None:
        for picture in pictures_of_any_shape():
            assert disagreement(loaded["torch", stem], loaded[runtime, stem], picture, 0.3) is None
            assert_sound(loaded[runtime, stem].detect(picture), NAMES)

    def test_larger_pictures(self, loaded: dict[tuple[Any, str], YoloDetector], runtime: Any, stem: str) -> None:
        for picture in trial_pictures():
            (letterbox, answer), (_, torch) = (
                loaded[r, stem].look(picture, EVERYTHING, 1.5) for r in (runtime, "torch")
            )
            assert max(letterbox.width, letterbox.height) == 480
            assert answer.boxes.shape == torch.boxes.shape

    def test_threads_see_what_one_alone_sees(
        self, loaded: dict[tuple[Any, str], YoloDetector], runtime: Any, stem: str
    ) -> None:
        assert_threads_see_the_same(loaded[runtime, stem], list(trial_pictures()))


def test_not_a_number(tmp_path: Path) -> None:
    needs_ultralytics()
    put_export(save_network(tmp_path / "w.pt", NAMES, spoil=float("nan")))
    for runtime in RUNTIMES:
        with pytest.raises(ModelError, match="no number"):
            Model(card_of("w.pt"), tmp_path, runtime=runtime).detector()


def test_a_class_list_that_does_not_fit_the_head(tmp_path: Path) -> None:
    needs_ultralytics()
    put_export(save_network(tmp_path / "w.pt", NAMES, names=["nut", "bolt"]))
    for runtime in RUNTIMES:
        with pytest.raises(ModelError, match=r"2 classes, but (its|their) head tells 3 apart"):
            Model(card_of("w.pt"), tmp_path, runtime=runtime).detector()
