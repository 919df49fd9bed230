"""DETR-like networks, on small ones of each form; the files of D-FINE and RF-DETR are not at hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from keepsight.detect.agreement import trial_pictures
from keepsight.detect.card import Card, find_cards
from keepsight.detect.detector import Detector, Region
from keepsight.detect.model import Model
from keepsight.detect.registry import Registry
from keepsight.detect.runtime.detr import COCO_IDS, sigmoid
from keepsight.detect.vocabulary import Vocabulary
from keepsight.errors import ModelError

from .contract import assert_sound, assert_threads_see_the_same, pictures_of_any_shape
from .detr_networks import COLOURS, FORMS, Form, painted, save_detr

pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

COCO = Vocabulary.named("coco").names
BOXES = {"red": (40, 30, 200, 90), "green": (210, 100, 400, 300), "blue": (0, 250, 60, 300)}


def card_of(**more: Any) -> Card:
    fields: dict[str, Any] = {
        "name": "paint", "licence": "own", "runtime": "detr", "confidence": 0.4, "weak_confidence": 0.2,
        "input_size": 320, "names": COLOURS, "files": [{"name": "w.onnx"}],
    }  # fmt: skip
    return Card.model_validate(fields | more)


def detector_of(folder: Path, form: Form, card: Card | None = None, **network: Any) -> Detector:
    save_detr(folder / "w.onnx", form, **network)
    return Model(card or card_of(), folder).detector()


def corners(region: Region, size: tuple[int, int]) -> tuple[float, ...]:
    """Left, top, right and bottom in px."""
    (width, height), r = size, region
    return r.x * width, r.y * height, (r.x + r.width) * width, (r.y + r.height) * height


@pytest.mark.parametrize("form", FORMS)
class TestEveryForm:
    @pytest.mark.parametrize("size", [(400, 300), (300, 400), (1200, 310), (405, 2000)])
    def test_finds_things_where_they_are(self, tmp_path: Path, form: Form, size: tuple[int, int]) -> None:
        detector = detector_of(tmp_path, form)
        seen = {each.label: each for each in detector.detect(painted(size, **BOXES))}
        assert detector.labels == COLOURS
        visible = {c: b for c, b in BOXES.items() if b[0] < size[0] and b[1] < size[1]}
        assert set(seen) == set(visible)
        for colour, (left, top, right, bottom) in visible.items():
            expected = (left, top, min(right, size[0]), min(bottom, size[1]))
            # A pixel of the input on every side.
            slack = max(size) / 320 + 1
            assert corners(seen[colour].region, size) == pytest.approx(expected, abs=slack)
            assert seen[colour].confidence > 0.9

    def test_the_contract(self, tmp_path: Path, form: Form) -> None:
        detector = detector_of(tmp_path, form, card_of(confidence=0.01, weak_confidence=None))
        for picture in pictures_of_any_shape():
            assert_sound(detector.detect(picture), COLOURS)
            assert_sound(detector.detect(picture, zoom=1.5), COLOURS)
        assert detector.detect(Image.new("RGB", (50, 50), "grey")) == ()
        assert_threads_see_the_same(detector, [painted((200, 100), red=(9, 9, 90, 90)), *trial_pictures()])

    @pytest.mark.parametrize("batch", ["N", 1])
    @pytest.mark.parametrize("side", [192, (256, 128), None])
    def test_inputs_of_every_kind(
        self, tmp_path: Path, form: Form, batch: int | str, side: int | tuple[int, int] | None
    ) -> None:
        detector = detector_of(tmp_path, form, card_of(input_size=256), side=side, batch=batch)
        size = (640, 480)
        (seen,) = detector.detect(painted(size, green=(160, 120, 480, 360)))
        assert corners(seen.region, size) == pytest.approx((160, 120, 480, 360), abs=6)

    def test_duplicates_are_one(self, tmp_path: Path, form: Form) -> None:
        detector = detector_of(tmp_path, form, copies=3)
        seen = detector.detect(painted((400, 300), **BOXES))
        assert sorted(each.label for each in seen) == sorted(COLOURS)
        assert all(each.confidence > 0.99 for each in seen)  # the surest of each stayed

    @pytest.mark.parametrize("spoil", [float("nan"), float("inf")])
    def test_not_a_number(self, tmp_path: Path, form: Form, spoil: float) -> None:
        detector = detector_of(tmp_path, form, spoil=spoil)
        with pytest.raises(ModelError, match="no number"):
            detector.detect(painted((40, 30), red=(0, 0, 20, 20)))

    def test_boxes_outside_the_picture_are_dropped(self, tmp_path: Path, form: Form) -> None:
        detector = detector_of(tmp_path, form, spoil=7.0)
        assert detector.detect(painted((40, 30), red=(0, 0, 20, 20))) == ()

    def test_several_in_a_batch_are_refused(self, tmp_path: Path, form: Form) -> None:
        with pytest.raises(ModelError, match="not one picture in three colours"):
            detector_of(tmp_path, form, batch=4)

    def test_the_weights_and_the_card_make_the_key(self, tmp_path: Path, form: Form) -> None:
        save_detr(tmp_path / "w.onnx", form)
        model = Model(card_of(), tmp_path)
        key = model.key
        assert key.endswith("+detr")
        assert model.state.runtime == "detr"
        assert Model(card_of(names=("red", "blue", "green")), tmp_path).key != key
        save_detr(tmp_path / "w.onnx", form, copies=2)
        assert model.key != key


@pytest.mark.parametrize("form", ["rfdetr", "transformers"])
def test_the_numbering_with_gaps(tmp_path: Path, form: Form) -> None:
    """RF-DETR has a logit for each of the 91 numbers of COCO's annotations, where 1 is a person and 18 a dog."""
    card = card_of(names=(), vocabulary="coco", normalise="none" if form == "transformers" else None)
    detector = detector_of(tmp_path, form, card, classes=91, indices=(1, 18, 90))
    seen = detector.detect(painted((400, 300), **BOXES))
    assert {each.label for each in seen} == {"person", "dog", "toothbrush"}
    # 12 is a number that COCO gave to nothing in the end.
    detector = detector_of(tmp_path, form, card, classes=91, indices=(12, 0, 83))
    assert detector.detect(painted((400, 300), **BOXES)) == ()


@pytest.mark.parametrize("form", FORMS)
def test_the_numbering_without_gaps(tmp_path: Path, form: Form) -> None:
    card = card_of(names=(), vocabulary="coco")
    detector = detector_of(tmp_path, form, card, classes=80, indices=(0, 16, 79))
    seen = detector.detect(painted((400, 300), **BOXES))
    assert {each.label for each in seen} == {"person", "dog", "toothbrush"}


def test_the_numbers_of_coco() -> None:
    assert len(COCO_IDS) == len(set(COCO_IDS)) == len(COCO) == 80
    at = dict(zip(COCO_IDS, COCO, strict=True))
    assert (at[1], at[11], at[13], at[44], at[64], at[90]) == (
        "person", "fire_hydrant", "stop_sign", "bottle", "potted_plant", "toothbrush",
    )  # fmt: skip


def test_a_column_for_nothing_may_follow(tmp_path: Path) -> None:
    detector = detector_of(tmp_path, "rfdetr", classes=4, indices=(0, 1, 3))
    assert {each.label for each in detector.detect(painted((400, 300), **BOXES))} == {"red", "green"}


@pytest.mark.parametrize(("classes", "indices"), [(2, (0, 1, 1)), (5, (0, 1, 2)), (91, (0, 1, 2))])
def test_classes_that_are_not_those_of_the_card(tmp_path: Path, classes: int, indices: tuple[int, int, int]) -> None:
    with pytest.raises(ModelError, match=f"tells {classes} classes apart, and its card names 3"):
        detector_of(tmp_path, "transformers", classes=classes, indices=indices)


def test_a_class_without_a_name(tmp_path: Path) -> None:
    detector = detector_of(tmp_path, "dfine", indices=(0, 1, 7))
    with pytest.raises(ModelError, match="a class that has no name"):
        detector.detect(painted((400, 300), **BOXES))


def test_the_mean_of_imagenet_is_a_matter_of_the_form_and_of_the_card(tmp_path: Path) -> None:
    """The networks of RF-DETR's form here expect it: seen without, hardly any colour is pure."""
    picture = painted((400, 300), **BOXES)
    assert len(detector_of(tmp_path, "rfdetr").detect(picture)) == 3
    assert detector_of(tmp_path, "rfdetr", card_of(normalise="none")).detect(picture) == ()
    renamed = {"outputs": ("pred_boxes", "logits")}
    assert detector_of(tmp_path, "rfdetr", **renamed).detect(picture) == ()
    assert len(detector_of(tmp_path, "rfdetr", card_of(normalise="imagenet"), **renamed).detect(picture)) == 3


def test_outputs_of_other_names_are_known_by_their_shapes(tmp_path: Path) -> None:
    detector = detector_of(tmp_path, "transformers", outputs=("first", "second"))
    assert len(detector.detect(painted((400, 300), **BOXES))) == 3


@pytest.mark.parametrize(
    ("form", "outputs", "fault"),
    [
        ("dfine", ("a", "b", "c"), "answers with a, b, c, which is no form"),
        ("rfdetr", ("boxes", "boxes_too"), None),
    ],
)
def test_other_forms(tmp_path: Path, form: Form, outputs: tuple[str, ...], fault: str | None) -> None:
    if fault is None:  # by shape it is one after all
        assert detector_of(tmp_path, form, outputs=outputs)
        return
    with pytest.raises(ModelError, match=fault):
        detector_of(tmp_path, form, outputs=outputs)


@pytest.mark.parametrize("content", [b"", b"\x00\x01", b"PK\x03\x04 not a network"])
def test_what_is_no_network(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "w.onnx").write_bytes(content)
    with pytest.raises(ModelError, match=r"w\.onnx: "):
        Model(card_of(), tmp_path).detector()


def test_a_file_that_refers_to_others_is_refused(tmp_path: Path) -> None:
    import onnx  # noqa: PLC0415 - not always installed
    from onnx.external_data_helper import convert_model_to_external_data  # noqa: PLC0415 - as above

    network = onnx.load(save_detr(tmp_path / "w.onnx", "dfine"))
    convert_model_to_external_data(network, location="values.bin", size_threshold=0)
    onnx.save(network, tmp_path / "w.onnx")
    with pytest.raises(ModelError, match="another file"):
        Model(card_of(), tmp_path).detector()


def test_without_onnx_runtime_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_detr(tmp_path / "w.onnx", "dfine")
    monkeypatch.setattr("keepsight.detect.runtime.choice.installed", lambda _: False)
    model = Model(card_of(), tmp_path)
    assert (model.state.state, model.key) == ("broken", "paint:unreadable")
    with pytest.raises(ModelError, match="needs onnxruntime, which is not installed"):
        model.detector()


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"names": ()}, "names or a vocabulary"),
        ({"names": ("", "")}, "names or a vocabulary"),
        ({"runtime": "onnx"}, "only go with the runtime 'detr'"),
        ({"task": "pose"}, "the task 'detect'"),
    ],
)
def test_cards_that_make_no_sense(change: dict[str, Any], fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        card_of(**change)


def test_a_private_model_in_this_form(tmp_path: Path) -> None:
    folder = tmp_path / "hats"
    save_detr(folder / "hats.onnx", "rfdetr", classes=4, indices=(1, 2, 3))
    (folder / "card.toml").write_text(
        """
name = "hats"
runtime = "detr"
licence = "own"
confidence = 0.5
input_size = 320
names = ["", "cap", "top hat", "helmet"]
[categories]
headgear = ["cap", "top hat"]
[[files]]
name = "hats.onnx"
"""
    )
    registry = Registry(find_cards(), tmp_path / "none", private=(folder,))
    assert registry.model("hats").state.fault is None
    seen = registry.model("hats").detector().detect(painted((400, 300), **BOXES))
    assert {each.label for each in seen} == {"cap", "top_hat", "helmet"}
    (first, *_) = registry.resolve("headgear").candidates
    assert (first.model, first.labels) == ("hats", {"cap", "top_hat"})


def test_the_shipped_version_of_coco(tmp_path: Path) -> None:
    """D-FINE's card, with a network of that form under the name of its file: `coco` answers with it."""
    save_detr(tmp_path / "dfine_n_coco.onnx", "transformers", side=640, classes=80, indices=(0, 16, 79))
    registry = Registry(find_cards(), tmp_path)
    (query,) = registry.resolve("coco_dog").candidates
    model = registry.model(query.model)
    assert (model.card.version, model.card.runtime) == (3, "detr")
    assert model.card.licence.startswith("Apache-2.0")
    assert model.state.recognised is False  # it is not the published file
    (dog,) = model.detector().detect(painted((400, 300), green=BOXES["green"]))
    assert (dog.label, corners(dog.region, (400, 300))) == ("dog", pytest.approx(BOXES["green"], abs=2))


def test_sigmoid_of_anything() -> None:
    values = np.array([-1e4, -20, 0, 20, 1e4], np.float32)
    assert sigmoid(values).tolist() == pytest.approx([0, 2.06e-9, 0.5, 1, 1], abs=1e-7)
