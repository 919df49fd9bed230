from __future__ import annotations

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image, ImageOps

from keepsight.detect import model as model_room
from keepsight.detect.analysis import AnalysisCache
from keepsight.detect.analyst import Analyst
from keepsight.detect.card import Card, find_cards
from keepsight.detect.derivation import derive
from keepsight.detect.derived import DerivedModel
from keepsight.detect.detector import Detection, Detector, Identity, Region
from keepsight.detect.model import Model
from keepsight.detect.registry import Registry
from keepsight.detect.runtime import Source
from keepsight.detect.vocabulary import Vocabulary, as_token
from keepsight.errors import ModelError

from .conftest import needs_ultralytics, photo, shared, write_card
from .networks import save_network
from .people import FRONT, SIZE, person, without

PICTURE = Image.new("RGB", SIZE)
POSE, OPENIMAGES, COCO = "yolo11n-pose.pt", "yolov8n-oiv7.pt", "yolo11n.pt"
LEFT_OUT = {
    *("clothing", "fashion_accessory", "sports_uniform", "swimwear"),
    *("earrings", "necklace", "headphones"),
}


class Actors:
    """Stands for all networks: sees what the test says, and counts how often it looked."""

    def __init__(self) -> None:
        self.seen: dict[str, tuple[Detection, ...]] = {}
        self.failing: set[str] = set()
        self.looks: Counter[str] = Counter()

    def load(self, card: Card, source: Source, vocabulary: Vocabulary) -> Detector:
        return Actor(self, Identity(card.name, card.version, source.weights.sha256), vocabulary.names)


class Actor:
    def __init__(self, actors: Actors, identity: Identity, labels: tuple[str, ...]) -> None:
        self.actors, self.identity, self.labels = actors, identity, labels

    def detect(self, image: Image.Image, *, zoom: float = 1.0) -> tuple[Detection, ...]:
        self.actors.looks[self.identity.name] += 1
        if self.identity.name in self.actors.failing:
            raise ModelError("failed on this picture")
        return self.actors.seen.get(self.identity.name, ())


@pytest.fixture
def actors(monkeypatch: pytest.MonkeyPatch) -> Actors:
    actors = Actors()
    monkeypatch.setattr(model_room, "load_detector", actors.load)
    return actors


def registry_with(folder: Path, *files: str) -> Registry:
    folder.mkdir(exist_ok=True)
    for file in files:
        (folder / file).write_bytes(file.encode())
    return Registry(find_cards(), folder)


def analyst_with(folder: Path, *files: str) -> Analyst:
    return Analyst(registry_with(folder, *files), AnalysisCache())


def saw(label: str, confidence: float, x: float, y: float, width: float, height: float) -> Detection:
    return Detection(label, confidence, Region(x, y, width, height))


def ask(analyst: Analyst, word: str, digest: str = "d") -> tuple[str | None, list[str], tuple[str, ...]]:
    found = analyst.find(analyst.registry.resolve(word), digest, lambda: PICTURE)
    return found.model, [each.label for each in found.detections], found.unavailable


def test_every_garment_of_open_images_has_a_name_or_is_left_out(cards: dict[str, Card]) -> None:
    renames = cards["cld-fashion"].renames
    openimages = set(Vocabulary.named("openimages").names)
    assert set(renames) | LEFT_OUT <= openimages
    assert not set(renames) & LEFT_OUT
    assert set(renames.values()) <= set(Vocabulary.named("cld-fashion").names)
    assert len(renames) + len(LEFT_OUT) == 48
    parts = cards["human-anatomy"].renames
    assert set(parts) == {name for name in openimages if name.startswith("human_")}
    assert set(parts.values()) <= set(Vocabulary.named("human-anatomy").names)


def test_the_tables_cover_the_groups_of_the_reference(cards: dict[str, Card]) -> None:
    groups = json.loads(shared("models", "openimages_groups.json").read_text())
    assert {as_token(name) for name in groups["fashion"]} == set(cards["cld-fashion"].renames) | LEFT_OUT
    assert {as_token(name) for name in groups["human_anatomy"]} == set(cards["human-anatomy"].renames)


def test_garments_are_renamed_and_doubles_merged(cards: dict[str, Card]) -> None:
    seen = {
        "openimages": (
            saw("hat", 0.5, 0.1, 0.1, 0.2, 0.2),
            saw("sun_hat", 0.7, 0.11, 0.11, 0.2, 0.2),
            saw("fedora", 0.4, 0.7, 0.1, 0.2, 0.2),
            saw("footwear", 0.6, 0.5, 0.8, 0.1, 0.1),
            saw("footwear", 0.5, 0.52, 0.8, 0.1, 0.1),
            saw("clothing", 0.9, 0, 0, 1, 1),
            saw("cat", 0.9, 0, 0, 1, 1),
            saw("scarf", 0.1, 0, 0, 1, 1),
        ),
        "coco": (saw("tie", 0.4, 0.4, 0.4, 0.1, 0.2),),
    }
    found = derive(cards["cld-fashion"], seen, SIZE)
    assert [(each.label, each.confidence) for each in found] == [
        ("hat", 0.7),
        ("shoe", 0.6),
        ("shoe", 0.5),  # the network itself told them apart
        ("hat", 0.4),
        ("tie", 0.4),
    ]


def test_body_parts_join_those_of_open_images(cards: dict[str, Card]) -> None:
    card = cards["human-anatomy"]
    (alone,) = (each for each in derive(card, {"pose": (person(FRONT),)}, SIZE) if each.label == "left_hand")
    r = alone.region
    measured = saw("human_hand", 0.4, r.x, r.y, r.width / 2, r.height / 2)
    elsewhere = saw("human_hand", 0.4, 0.0, 0.0, 0.05, 0.05)
    hair = saw("human_hair", 0.3, 0.4, 0.05, 0.2, 0.05)
    found = derive(card, {"pose": (person(FRONT),), "openimages": (measured, elsewhere, hair)}, SIZE)
    labels = Counter(each.label for each in found)
    assert labels["hand"] == 3
    assert labels["hair"] == 1
    assert [each.confidence for each in found] == sorted((each.confidence for each in found), reverse=True)
    sure = saw("human_hand", 0.95, r.x, r.y, r.width / 2, r.height / 2)
    hands = [
        each for each in derive(card, {"pose": (person(FRONT),), "openimages": (sure,)}, SIZE) if each.label == "hand"
    ]
    assert len(hands) == 2
    assert hands[0].region == sure.region


def test_two_people_arm_in_arm_stay_two(cards: dict[str, Card]) -> None:
    both = (person(FRONT, confidence=0.9), person(FRONT, confidence=0.8))
    found = derive(cards["human-anatomy"], {"pose": both}, SIZE)
    assert sum(each.label == "head" for each in found) == 2


def test_words_reach_the_derived_models(tmp_path: Path, actors: Actors) -> None:
    analyst = analyst_with(tmp_path / "w", POSE, OPENIMAGES, COCO, "ch_PP-OCRv3_det_infer.onnx")
    actors.seen = {
        "pose": (person(FRONT),),
        "openimages": (saw("trousers", 0.5, 0.2, 0.5, 0.3, 0.4), saw("sun_hat", 0.5, 0.2, 0, 0.3, 0.2)),
        "cld-text": (saw("text", 0.9, 0.1, 0.1, 0.5, 0.1), saw("text", 0.8, 0.1, 0.3, 0.5, 0.1)),
    }
    for word in ("left-hand", "human-anatomy_left-hand", "human-anatomy_v1_left-hand", "left_hand"):
        assert ask(analyst, word) == ("human-anatomy", ["left_hand"], ())
    assert ask(analyst, "knees") == ("human-anatomy", ["knee", "knee"], ())
    assert ask(analyst, "hat") == ("openimages", ["sun_hat"], ())
    for word in ("cld-fashion_hat", "cld-fashion_v2_hat", "cld-fashion_v3_hats"):
        assert ask(analyst, word) == ("cld-fashion", ["hat"], ())
    assert ask(analyst, "pants") == ("cld-fashion", ["pants"], ())
    for word in ("text", "ocr_text", "cld-text_text", "texts"):
        assert ask(analyst, word) == ("cld-text", ["text", "text"], ())
    assert ask(analyst, "pose_person")[0] is None
    assert not analyst.registry.resolve("saliency_anything").known


def test_one_inference_serves_all(tmp_path: Path, actors: Actors) -> None:
    analyst = analyst_with(tmp_path / "w", POSE, OPENIMAGES)
    actors.seen = {"openimages": (saw("hat", 0.5, 0.1, 0.1, 0.2, 0.2), saw("human_hair", 0.5, 0.1, 0.1, 0.2, 0.2))}
    assert ask(analyst, "openimages_hat")[1] == ["hat"]
    assert ask(analyst, "cld-fashion_hat")[1] == ["hat"]
    assert ask(analyst, "human-anatomy_hair")[1] == ["hair"]
    assert actors.looks == {"openimages": 1, "pose": 1}
    assert analyst.cache.inferences == 2
    assert ask(analyst, "cld-fashion_shoe")[1] == []
    assert analyst.cache.inferences == 2


def test_what_was_computed_survives_a_restart(tmp_path: Path, actors: Actors) -> None:
    registry = registry_with(tmp_path / "w", POSE, OPENIMAGES)
    actors.seen = {"pose": (person(FRONT),)}
    first = AnalysisCache(tmp_path / "a.sqlite")
    before = Analyst(registry, first).look("human-anatomy", "d", lambda: PICTURE)
    people = Analyst(registry, first).look("pose", "d", lambda: PICTURE)
    first.close()
    again = Analyst(registry, AnalysisCache(tmp_path / "a.sqlite"))
    assert again.look("human-anatomy", "d", lambda: pytest.fail("was seen before")) == before
    assert again.look("pose", "d", lambda: pytest.fail("was seen before")) == people
    assert people[0].keypoints == person(FRONT).keypoints


def test_the_key_changes_with_every_source(tmp_path: Path, actors: Actors, cards: dict[str, Card]) -> None:
    folder = tmp_path / "w"
    registry = registry_with(folder, OPENIMAGES)
    model = registry.model("human-anatomy")
    keys = [model.key]
    (folder / POSE).write_bytes(b"pose")
    keys.append(model.key)
    (folder / OPENIMAGES).write_bytes(b"better")
    keys.append(model.key)
    (folder / "human-anatomy.pt").write_bytes(b"one's own")
    keys.append(model.key)
    assert len(set(keys)) == 4
    assert keys[0].startswith("human-anatomy_v1@")
    (folder / "human-anatomy.pt").unlink()
    stricter = [
        card.model_copy(update={"confidence": 0.5}) if card.name == "pose" else card for card in cards.values()
    ]
    assert Registry(stricter, folder).model("human-anatomy").key != keys[2]
    assert Registry([cards["human-anatomy"]], folder).model("human-anatomy").key == "human-anatomy:missing"


def test_missing_sources_are_said(tmp_path: Path, actors: Actors) -> None:
    analyst = analyst_with(tmp_path / "w", OPENIMAGES, COCO)
    actors.seen = {"openimages": (saw("human_hand", 0.5, 0.1, 0.1, 0.2, 0.2),)}
    assert ask(analyst, "human-anatomy_hand") == ("human-anatomy", ["hand"], ("pose",))
    assert ask(analyst, "left-hand") == (None, [], ("pose",))
    assert ask(analyst, "thigh-bone") == (None, [], ())
    assert ask(analyst, "pants") == (None, [], ())
    states = {state.name: state for state in analyst.registry.models}
    assert states["human-anatomy"].state == "ready"
    assert (states["human-anatomy"].sources, states["human-anatomy"].missing) == (("openimages",), ("pose",))
    nothing = analyst_with(tmp_path / "empty")
    assert ask(nothing, "left-hand") == (None, [], ("human-anatomy",))
    assert {s.state for s in nothing.registry.models} == {"missing"}
    with pytest.raises(ModelError, match="pose or openimages"):
        nothing.registry.model("human-anatomy").detector()


def test_a_failing_source_fails_the_model_and_is_asked_again(tmp_path: Path, actors: Actors) -> None:
    analyst = analyst_with(tmp_path / "w", POSE, OPENIMAGES)
    actors.seen = {"pose": (person(FRONT),)}
    actors.failing = {"openimages"}
    assert ask(analyst, "left-hand") == (None, [], ("human-anatomy",))
    actors.failing = set()
    assert ask(analyst, "left-hand") == ("human-anatomy", ["left_hand"], ())


def test_weights_of_its_own_take_precedence(tmp_path: Path, actors: Actors) -> None:
    analyst = analyst_with(tmp_path / "w", POSE, OPENIMAGES, "human-anatomy.pt")
    model = analyst.registry.model("human-anatomy")
    assert isinstance(model, DerivedModel)
    assert (model.derives, model.missing, model.state.file) == (False, (), "human-anatomy.pt")
    actors.seen = {"human-anatomy": (saw("left_hand", 0.9, 0.1, 0.1, 0.2, 0.2),), "pose": (person(FRONT),)}
    assert ask(analyst, "left-hand") == ("human-anatomy", ["left_hand"], ())
    assert actors.looks == {"human-anatomy": 1}


def test_as_a_detector_it_runs_its_sources(tmp_path: Path, actors: Actors) -> None:
    registry = registry_with(tmp_path / "w", POSE, OPENIMAGES)
    actors.seen = {"pose": (person(without("left_wrist")),)}
    detector = registry.model("human-anatomy").detector()
    assert len(detector.labels) == 61
    assert detector.identity == registry.model("human-anatomy").state.identity
    assert "right_hand" in {each.label for each in detector.detect(PICTURE)}
    assert {s.name: s.state for s in registry.models}["human-anatomy"] == "ready"


@pytest.mark.parametrize(
    ("sources", "fault"),
    [('["cocoa"]', "cocoa"), ('["human-anatomy"]', "does not detect"), ('["faces"]', "does not detect")],
)
def test_sources_that_cannot_be(tmp_path: Path, sources: str, fault: str) -> None:
    folder = tmp_path / "own"
    write_card(folder, "own", "own.pt", f'vocabulary = "cld-fashion"\nsources = {sources}')
    registry = Registry(find_cards(), tmp_path, private=(folder,))
    state = registry.models[0]
    assert (state.name, state.state) == ("own", "broken")
    assert fault in (state.fault or "")


def test_a_private_model_may_rename_what_others_see(tmp_path: Path, actors: Actors) -> None:
    write_card(
        tmp_path / "own",
        "own",
        "own.pt",
        'vocabulary = "cld-fashion"\nsources = ["coco"]\nrenames = {person = "coat"}',
    )
    (tmp_path / COCO).write_bytes(b"coco")
    analyst = Analyst(Registry(find_cards(), tmp_path, private=(tmp_path / "own",)), AnalysisCache())
    actors.seen = {"coco": (saw("person", 0.9, 0.1, 0.1, 0.2, 0.2),)}
    assert ask(analyst, "coat") == ("own", ["coat"], ())


def test_threads_that_ask_different_models_share_the_sources(tmp_path: Path, actors: Actors) -> None:
    analyst = analyst_with(tmp_path / "w", POSE, OPENIMAGES, COCO)
    actors.seen = {"pose": (person(FRONT),), "openimages": (saw("hat", 0.5, 0.1, 0.1, 0.2, 0.2),)}
    models = ["human-anatomy", "cld-fashion", "openimages", "coco", "pose"] * 4
    with ThreadPoolExecutor(8) as pool:
        seen = list(pool.map(lambda name: analyst.look(name, "d", lambda: PICTURE), models))
    assert seen[:5] == seen[5:10] == seen[10:15]
    assert set(actors.looks.values()) == {1}
    assert analyst.cache.inferences == 3


def test_a_network_without_key_points_is_no_pose_model(tmp_path: Path, cards: dict[str, Card]) -> None:
    needs_ultralytics()
    save_network(tmp_path / POSE, ["person"])
    with pytest.raises(ModelError, match="key points"):
        Model(cards["pose"], tmp_path).detector()


def test_left_and_right_change_sides_in_a_mirrored_photo(registry: Registry) -> None:
    analyst = Analyst(registry, AnalysisCache())
    picture = photo("000000253956")
    there = analyst.look("human-anatomy", "there", lambda: picture)
    mirror = analyst.look("human-anatomy", "mirror", lambda: ImageOps.mirror(picture))
    for side, other in (("left_hand", "right_hand"), ("right_hand", "left_hand")):
        a, b = (next(d.region for d in seen if d.label == name) for seen, name in ((there, side), (mirror, other)))
        assert a.x + a.width / 2 == pytest.approx(1 - b.x - b.width / 2, abs=0.05)
        assert a.y == pytest.approx(b.y, abs=0.05)


@pytest.mark.parametrize("name", ["000000000165", "000000253956", "000000000428", "000000417793"])
def test_heads_hold_the_faces_of_portraits(registry: Registry, name: str) -> None:
    needs_ultralytics()
    analyst = Analyst(registry, AnalysisCache())
    picture = photo(name)
    faces = analyst.look("faces", name, lambda: picture)
    heads = [d.region for d in analyst.look("human-anatomy", name, lambda: picture) if d.label == "head"]
    assert faces
    for face in faces:
        r = face.region
        x, y = r.x + r.width / 2, r.y + r.height / 2
        around = [h for h in heads if h.x < x < h.x + h.width and h.y < y < h.y + h.height]
        assert any(h.width > 0.8 * r.width and h.y <= r.y + 0.1 * r.height for h in around)
