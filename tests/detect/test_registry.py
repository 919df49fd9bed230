from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image

from keepsight.detect import model as model_room
from keepsight.detect.analysis import AnalysisCache
from keepsight.detect.analyst import Analyst
from keepsight.detect.card import Card, find_cards
from keepsight.detect.detector import Detection, Detector, Identity, Region
from keepsight.detect.registry import Registry
from keepsight.detect.runtime import Source
from keepsight.detect.vocabulary import Vocabulary
from keepsight.errors import ConfigurationError, ModelError

from .conftest import needs_ultralytics, photo, write_card
from .networks import save_network

PICTURE = Image.new("RGB", (8, 8))
HERE = Region(0.25, 0.25, 0.5, 0.5)


def never() -> Image.Image:
    raise AssertionError("nobody has to look at the picture")


class Scene:
    """Stands for all networks: sees what the test says, per model."""

    def __init__(self) -> None:
        self.seen: dict[str, dict[str, float]] = {}
        self.broken: set[str] = set()
        self.failing: set[str] = set()
        self.loads: list[str] = []

    def load(self, card: Card, source: Source, vocabulary: Vocabulary) -> Detector:
        self.loads.append(card.name)
        if card.name in self.broken:
            raise ModelError("cannot be loaded")
        return Actor(self, Identity(card.name, card.version, source.weights.sha256), vocabulary.names)


class Actor:
    def __init__(self, scene: Scene, identity: Identity, labels: tuple[str, ...]) -> None:
        self.scene = scene
        self.identity = identity
        self.labels = labels

    def detect(self, image: Image.Image, *, zoom: float = 1.0) -> tuple[Detection, ...]:
        if self.identity.name in self.scene.failing:
            raise ModelError("failed on this picture")
        seen = self.scene.seen.get(self.identity.name, {})
        return tuple(Detection(label, confidence, HERE) for label, confidence in seen.items())


@pytest.fixture
def scene(monkeypatch: pytest.MonkeyPatch) -> Scene:
    scene = Scene()
    monkeypatch.setattr(model_room, "load_detector", scene.load)
    return scene


def install(folder: Path, *files: str) -> Path:
    folder.mkdir(exist_ok=True)
    for file in files:
        (folder / file).write_bytes(file.encode())
    return folder


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    """Coco, Open Images and faces are installed; the rest is not."""
    return install(
        tmp_path / "weights",
        "yolo11n.pt",
        "yolov8n-oiv7.pt",
        "face_detection_yunet_2023mar.onnx",
    )


@pytest.fixture
def analyst(scene: Scene, weights: Path) -> Analyst:
    return Analyst(Registry(find_cards(), weights), AnalysisCache())


def ask(analyst: Analyst, word: str, digest: str = "d") -> tuple[str | None, list[str], tuple[str, ...]]:
    found = analyst.find(analyst.registry.resolve(word), digest, lambda: PICTURE)
    return found.model, [each.label for each in found.detections], found.unavailable


def test_the_first_model_that_finds_it_answers(analyst: Analyst, scene: Scene) -> None:
    scene.seen = {"coco": {"cat": 0.9, "dog": 0.8}, "openimages": {"cat": 0.9, "woman": 0.5}}
    assert ask(analyst, "cat") == ("coco", ["cat"], ())
    assert scene.loads == ["coco"]
    assert ask(analyst, "woman") == ("openimages", ["woman"], ())
    assert ask(analyst, "animal") == ("coco", ["cat", "dog"], ())
    assert ask(analyst, "objects") == ("coco", ["cat", "dog"], ())
    assert analyst.cache.inferences == 2
    assert ask(analyst, "horse") == (None, [], ())
    assert analyst.cache.inferences == 4  # coco looked again


def test_it_falls_through_to_later_models(analyst: Analyst, scene: Scene) -> None:
    scene.seen = {"coco": {"dog": 0.9}, "openimages": {"cat": 0.2}}
    assert ask(analyst, "cat") == ("openimages", ["cat"], ())
    assert ask(analyst, "coco_cat") == (None, [], ())
    assert ask(analyst, "openimages_v7_cat") == ("openimages", ["cat"], ())


def test_weak_detections_count_when_nothing_better_is_found(analyst: Analyst, scene: Scene) -> None:
    scene.seen = {"coco": {"cat": 0.15}, "openimages": {"cat": 0.2}}
    assert ask(analyst, "cat", "a")[0] == "openimages"
    scene.seen = {"coco": {"cat": 0.15, "dog": 0.9}}
    found = analyst.find(analyst.registry.resolve("cats"), "b", lambda: PICTURE)
    assert (found.model, found.weak, found.plural) == ("coco", True, True)
    assert [each.label for each in found.detections] == ["cat"]


def test_unavailable_when_a_named_model_is_not_installed(analyst: Analyst) -> None:
    assert ask(analyst, "lvis_mug") == (None, [], ("lvis",))
    assert ask(analyst, "mug") == (None, [], ())
    assert ask(analyst, "left-hand") == (None, [], ("pose",))
    assert ask(analyst, "no-such-word") == (None, [], ())


def test_unavailable_when_an_installed_model_cannot_answer(analyst: Analyst, scene: Scene) -> None:
    scene.seen = {"coco": {"cat": 0.9}, "openimages": {"cat": 0.9}}
    scene.failing = {"coco"}
    assert ask(analyst, "cat", "a") == ("openimages", ["cat"], ("coco",))
    scene.failing = set()
    assert ask(analyst, "cat", "a") == ("coco", ["cat"], ())


def test_unavailable_when_an_installed_model_cannot_be_loaded(analyst: Analyst, scene: Scene) -> None:
    scene.broken = {"openimages"}
    assert ask(analyst, "horse", "b") == (None, [], ("openimages",))
    assert ask(analyst, "woman", "b") == (None, [], ("openimages",))
    assert scene.loads.count("openimages") == 1
    states = {state.name: state for state in analyst.registry.models}
    assert states["openimages"].state == "broken"
    assert "cannot be loaded" in (states["openimages"].fault or "")


def test_faces_are_a_matter_of_their_own(analyst: Analyst, scene: Scene, weights: Path) -> None:
    scene.seen = {"faces": {"face": 0.9}}
    assert [each.label for each in analyst.faces("d", lambda: PICTURE).detections] == ["face"]
    assert "faces" not in {each.model for each in analyst.registry.resolve("object").candidates}
    (weights / "face_detection_yunet_2023mar.onnx").unlink()
    assert analyst.faces("e", never).unavailable == ("faces",)  # and nothing is decoded for that


def test_states_and_identities(scene: Scene, weights: Path) -> None:
    registry = Registry(find_cards(), weights)
    states = {state.name: state for state in registry.models if state.exact not in {"coco_v2", "coco_v3"}}
    assert [state.exact for state in registry.models][:3] == ["coco_v1", "coco_v2", "coco_v3"]
    assert list(dict.fromkeys(state.name for state in registry.models))[:6] == [
        "coco",
        "lvis",
        "openimages",
        "cld-fashion",
        "human-anatomy",
        "cld-text",
    ]
    assert (states["coco"].state, states["coco"].file, states["coco"].recognised) == ("loadable", "yolo11n.pt", False)
    assert (states["lvis"].state, states["lvis"].identity) == ("missing", None)
    cat = registry.resolve("cat")
    before = registry.identities(cat)
    assert before[0].startswith("coco_v1@")
    assert before[1] == "lvis:missing"
    assert scene.loads == []
    registry.model("coco").detector()
    assert registry.models[0].state == "ready"
    install(weights, "lvis.pt")
    assert registry.identities(cat)[1].startswith("lvis_v1@")


def test_new_weights_are_loaded_and_other_settings_change_the_key(
    scene: Scene, weights: Path, cards: dict[str, Card]
) -> None:
    registry = Registry(find_cards(), weights)
    model = registry.model("coco")
    first = model.detector()
    assert model.detector() is first
    (weights / "yolo11n.pt").write_bytes(b"better weights")
    assert model.detector().identity != first.identity
    stricter = cards["coco"].model_copy(update={"confidence": 0.5})
    assert Registry([stricter], weights).model("coco").key != model.key


def test_order(scene: Scene, weights: Path) -> None:
    registry = Registry(find_cards(), weights, order=("openimages", "coco"))
    assert [each.model for each in registry.resolve("cat").candidates] == ["openimages", "coco", "lvis"]
    with pytest.raises(ConfigurationError, match="klingon"):
        Registry(find_cards(), weights, order=("klingon", "coco"))


def test_one_load_for_many_threads(scene: Scene, weights: Path) -> None:
    model = Registry(find_cards(), weights).model("coco")
    with ThreadPoolExecutor(8) as pool:
        assert len({id(detector) for detector in pool.map(lambda _: model.detector(), range(16))}) == 1
    assert scene.loads == ["coco"]


def test_private_models_come_first_and_broken_ones_are_listed(tmp_path: Path) -> None:
    needs_ultralytics()
    good = write_card(tmp_path / "good", "hardware", "w.pt", 'categories = { fixing = ["nut", "bolt"] }')
    save_network(good / "w.pt", ["nut", "bolt", "cat"])
    bad_weights = write_card(tmp_path / "bad-weights", "junk", "w.pt")
    (bad_weights / "w.pt").write_bytes(b"junk")
    no_weights = write_card(tmp_path / "no-weights", "later", "w.pt")
    bad_card = write_card(tmp_path / "bad-card", "Bad Name", "w.pt")
    twin = write_card(tmp_path / "twin", "hardware", "w.pt")
    private = (good, bad_weights, no_weights, bad_card, twin, tmp_path / "nowhere")
    registry = Registry(find_cards(), tmp_path, private=private)

    assert [each.model for each in registry.resolve("cats").candidates][:2] == ["hardware", "coco"]
    assert registry.resolve("hardware_nuts").candidates[0].labels == {"nut"}
    assert registry.resolve("fixing").candidates[0].labels == {"nut", "bolt"}
    states = [(state.name, state.state) for state in registry.models if state.private]
    assert states == [
        ("hardware", "loadable"),
        ("junk", "broken"),
        ("later", "missing"),
        ("bad-card", "broken"),
        ("twin", "broken"),
        ("nowhere", "broken"),
    ]
    faults = {state.name: state.fault or "" for state in registry.models}
    assert "not a PyTorch checkpoint" in faults["junk"]
    assert "name" in faults["bad-card"]
    assert "taken" in faults["twin"]

    detector = registry.model("hardware").detector()
    assert detector.labels == ("nut", "bolt", "cat")
    assert isinstance(detector.detect(PICTURE), tuple)
    with pytest.raises(ModelError, match=r"w\.pt"):
        registry.model("junk").detector()


def test_the_real_thing(registry: Registry) -> None:
    analyst = Analyst(registry, AnalysisCache())
    dog = analyst.find(registry.resolve("dog"), "490", lambda: photo("000000000490"))
    assert (dog.model, len(dog.detections), dog.unavailable) == ("coco", 1, ())
    kitchen = analyst.find(registry.resolve("appliances"), "138", lambda: photo("000000000138"))
    assert "refrigerator" in {each.label for each in kitchen.detections}
    assert kitchen.plural
    again = analyst.find(registry.resolve("skateboard"), "490", lambda: pytest.fail("was seen before"))
    assert again.detections
    assert analyst.cache.inferences == 2
