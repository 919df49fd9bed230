"""The documented rules of gravities, on scenes whose detections are written down."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from keepsight.assets.coordinates import NONE, Coordinates
from keepsight.crop.anchor import Fixed, Point, Tight, Weighted
from keepsight.crop.box import Box, Size
from keepsight.crop.frame import Frame
from keepsight.detect.analyst import Found
from keepsight.detect.detector import Detection, Region
from keepsight.detect.query import Candidate, Query
from keepsight.errors import BadRequest
from keepsight.focus.importance import Map
from keepsight.focus.resolve import resolve
from keepsight.transformation.build import build_plan
from keepsight.transformation.plan import Resize
from keepsight.transformation.values import Compass, Turn

SIZE = Size(1000, 500)


def at(label: str, left: float, top: float, right: float, bottom: float, confidence: float = 0.9) -> Detection:
    region = Region(left / 1000, top / 500, (right - left) / 1000, (bottom - top) / 500)
    return Detection(label, confidence, region)


BIG_CAT, SMALL_CAT = at("cat", 400, 100, 700, 400), at("cat", 50, 50, 150, 120)
DOG = at("dog", 800, 200, 950, 450)
FACE, SMALL_FACE = at("face", 450, 120, 550, 220), at("face", 700, 100, 740, 140)


@dataclass
class Scene:
    """A Sight whose detections are given; plurals end in s."""

    detections: tuple[Detection, ...] = ()
    face_detections: tuple[Detection, ...] = ()
    animated: bool = False
    unavailable: tuple[str, ...] = ()
    coordinates: Coordinates = NONE
    size: Size = SIZE
    words: frozenset[str] = frozenset({"cat", "cats", "dog", "dogs", "bird", "person", "boeing_74"})
    asked: list[str] = field(default_factory=list)

    def understand(self, word: str) -> Query:
        if word not in self.words:
            return Query(word, (), nearest=("cat", "car"))
        plural = word.endswith("s")
        return Query(word, (Candidate("coco", frozenset({word.removesuffix("s")}), plural),))

    def find(self, query: Query) -> Found:
        self.asked.append(query.word)
        if not query.candidates:
            return Found((), unavailable=self.unavailable)
        (candidate,) = query.candidates
        seen = tuple(d for d in self.detections if d.label in (candidate.labels or ()))
        return Found(seen, "coco" if seen else None, candidate.plural, unavailable=self.unavailable)

    def faces(self) -> Found:
        self.asked.append("faces")
        return Found(self.face_detections, "faces", unavailable=() if self.face_detections else self.unavailable)

    def anything(self) -> Found:
        self.asked.append("anything")
        return Found(self.detections, "coco")

    def importance(self) -> Map:
        return np.full((50, 100), 1 / 5000, dtype=np.float32)


ANIMALS = Scene((BIG_CAT, SMALL_CAT, DOG))


def step(component: str) -> Resize:
    (only,) = build_plan([component]).steps
    assert isinstance(only, Resize)
    return only


def look(component: str, scene: Scene = ANIMALS, frame: Frame | None = None):
    return resolve(step(component), frame or Frame(scene.size), scene)


def kept_boxes(component: str, scene: Scene = ANIMALS) -> set[tuple[float, ...]]:
    anchor = look(component, scene).anchor
    assert isinstance(anchor, Weighted)
    return {(round(t.box.left), round(t.box.top), round(t.box.right), round(t.box.bottom)) for t in anchor.keep}


def rounded(box: Box) -> tuple[int, int, int, int]:
    return round(box.left), round(box.top), round(box.right), round(box.bottom)


@pytest.mark.parametrize(
    ("component", "anchor"),
    [
        ("c_fill,w_5", Fixed(Compass.CENTER)),
        ("c_fill,w_5,g_south_east", Fixed(Compass.SOUTH_EAST)),
        ("c_crop,w_5,x_10,y_10", Fixed(Compass.NORTH_WEST)),  # x and y without gravity are the corner
        ("c_crop,w_5,g_xy_center,x_10,y_0.5", Point(10, 250)),
    ],
)
def test_fixed_places_ask_no_model(component: str, anchor: object) -> None:
    scene = Scene((BIG_CAT,))
    assert look(component, scene).anchor == anchor
    assert scene.asked == []


def test_a_singular_keeps_the_most_prominent_and_a_plural_all() -> None:
    one, every = look("c_crop,g_cat").anchor, look("c_crop,g_cats").anchor
    assert isinstance(one, Tight)
    assert isinstance(every, Tight)
    assert rounded(one.box) == (400, 100, 700, 400)
    assert rounded(every.box) == (50, 50, 700, 400)


def test_the_first_word_that_is_found_wins() -> None:
    assert look("c_crop,g_bird:dog:cat").kept[0].detection is DOG
    assert look("c_crop,g_dog").anchor == look("c_crop,g_bird:dog:cat").anchor
    assert "bird not found" in look("c_crop,g_bird:dog").reason


def test_later_words_are_not_even_asked() -> None:
    scene = Scene((BIG_CAT, DOG))
    look("c_crop,g_cat:dog", scene)
    assert scene.asked == ["cat"]


def test_nothing_found_is_the_centre_and_a_tight_crop_of_nothing_the_whole_picture() -> None:
    assert look("c_crop,g_bird,w_50,h_50").anchor == Fixed(Compass.CENTER)
    assert look("c_crop,g_bird").anchor == Tight(Box(0, 0, 1000, 500))
    assert look("c_crop,g_bird,ar_1").anchor == Fixed(Compass.CENTER)


def test_auto_in_the_chain_is_the_fallback_with_its_own_words() -> None:
    assert kept_boxes("c_fill,w_50,g_bird:auto:dog") == {(800, 200, 950, 450)}
    assert isinstance(look("c_fill,w_50,g_cat:auto:dog").anchor, Tight)


def test_automatic_gravity_keeps_all_instances_of_all_words_in_any_order() -> None:
    words = ("cat", "dog", "bird")
    found = [kept_boxes(f"c_fill,w_50,g_auto:{':'.join(order)}") for order in itertools.permutations(words)]
    assert found == [{(400, 100, 700, 400), (50, 50, 150, 120), (800, 200, 950, 450)}] * 6


def test_weights_scale_prominence() -> None:
    full, third = (look(f"c_fill,w_50,g_auto:{w}").kept[0].weight for w in ("dog", "dog_30"))
    assert third == pytest.approx(0.3 * full)


def test_avoided_words_are_not_kept() -> None:
    focus = look("c_fill,w_50,g_auto:cat:dog_avoid")
    assert isinstance(focus.anchor, Weighted)
    assert [rounded(t.box) for t in focus.anchor.avoid] == [(800, 200, 950, 450)]
    assert {s.detection.label for s in focus.kept} == {"cat"}
    assert "avoided dog 0.90 (coco)" in focus.reason


def test_a_name_that_ends_like_a_weight_stays_whole() -> None:
    plane = at("boeing_74", 0, 0, 100, 100)
    assert kept_boxes("c_fill,w_50,g_auto:boeing_74", Scene((plane,))) == {(0, 0, 100, 100)}


@pytest.mark.parametrize("component", ["c_fill,w_50,g_auto", "c_fill,w_50,g_auto:bird", "c_fill,w_50,g_auto:faces"])
def test_faces_count_by_default_when_no_request_was_met(component: str) -> None:
    assert kept_boxes(component, Scene(face_detections=(FACE,))) == {(450, 120, 550, 220)}


def test_a_request_that_was_met_outranks_faces_without_replacing_them() -> None:
    scene = Scene((DOG,), (FACE,))
    anchor = look("c_fill,w_50,g_auto:dog", scene).anchor
    assert isinstance(anchor, Weighted)
    assert len(anchor.keep) == 1
    assert anchor.importance is not None
    plain = look("c_fill,w_50,g_auto:dog:no_faces", scene).anchor
    assert isinstance(plain, Weighted)
    assert plain.importance is not None
    assert np.asarray(anchor.importance)[17, 50] > np.asarray(plain.importance)[17, 50]  # where the face is


def test_without_a_request_whole_subjects_are_kept_but_classic_looks_at_contrast_only() -> None:
    scene = Scene((DOG,))
    assert kept_boxes("c_fill,w_50,g_auto", scene) == {(800, 200, 950, 450)}
    assert kept_boxes("c_fill,w_50,g_auto:subject", scene) == {(800, 200, 950, 450)}
    assert kept_boxes("c_fill,w_50,g_auto:classic", scene) == set()


def test_a_request_that_was_not_met_is_plain_auto() -> None:
    scene = Scene((DOG, BIG_CAT), (SMALL_FACE,))
    for gravity in ("auto:bird", "bird:auto", "face:auto"):
        without_faces = replace(scene, face_detections=()) if gravity == "face:auto" else scene
        assert kept_boxes(f"c_fill,w_50,g_{gravity}", without_faces) == kept_boxes("c_fill,w_50,g_auto", without_faces)


def test_what_nobody_asked_for_never_stands_in_the_way_of_what_is_avoided() -> None:
    scene = Scene((BIG_CAT, DOG), (SMALL_FACE,))
    anchor = look("c_fill,w_50,g_auto:cat_avoid", scene).anchor
    assert isinstance(anchor, Weighted)
    assert anchor.keep == ()
    assert anchor.importance is not None
    assert np.asarray(anchor.importance)[20:45, 80:95].sum() > 0.1  # the dog counts all the same


@pytest.mark.parametrize("option", ["no_faces", "none"])
def test_faces_can_be_left_out(option: str) -> None:
    scene = Scene(face_detections=(FACE,))
    assert kept_boxes(f"c_fill,w_50,g_auto:{option}", scene) == set()
    assert "faces" not in scene.asked


def test_faces_can_be_avoided() -> None:
    anchor = look("c_fill,w_50,g_auto:face_avoid", Scene(face_detections=(FACE,))).anchor
    assert isinstance(anchor, Weighted)
    assert [rounded(t.box) for t in anchor.avoid] == [(450, 120, 550, 220)]
    assert anchor.keep == ()


def test_the_face_of_what_is_avoided_is_not_important() -> None:
    def weight_of_face(*detections: Detection) -> float:
        anchor = look("c_fill,w_50,g_auto:cat_avoid", Scene(detections, (FACE, SMALL_FACE))).anchor
        assert isinstance(anchor, Weighted)
        assert anchor.importance is not None
        return float(np.asarray(anchor.importance)[12:22, 45:55].sum())

    assert weight_of_face(SMALL_CAT) > 2 * weight_of_face(BIG_CAT)


def test_who_avoids_people_avoids_faces() -> None:
    person = at("person", 600, 50, 800, 500)
    anchor = look("c_fill,w_50,g_auto:person_avoid", Scene((person,), (FACE,))).anchor
    assert isinstance(anchor, Weighted)
    assert anchor.keep == ()
    assert {rounded(t.box) for t in anchor.avoid} == {(600, 50, 800, 500), (450, 120, 550, 220)}


def test_the_largest_face_or_the_hull_of_all() -> None:
    scene = Scene(face_detections=(SMALL_FACE, FACE))
    one, every = look("c_thumb,w_50,g_face", scene).anchor, look("c_thumb,w_50,g_faces", scene).anchor
    assert isinstance(one, Tight)
    assert isinstance(every, Tight)
    assert rounded(one.box) == (450, 120, 550, 220)
    assert rounded(every.box) == (450, 100, 740, 220)


@pytest.mark.parametrize(
    ("gravity", "anchor"),
    [("face", Fixed(Compass.NORTH)), ("faces:center", Fixed(Compass.CENTER)), ("custom:face", Fixed(Compass.NORTH))],
)
def test_fallbacks_of_faces(gravity: str, anchor: object) -> None:
    assert look(f"c_thumb,w_50,g_{gravity}", Scene()).anchor == anchor


def test_faces_fall_back_to_auto_where_asked() -> None:
    assert kept_boxes("c_fill,w_50,g_face:auto:dog") == {(800, 200, 950, 450)}


def test_custom_without_stored_coordinates_is_the_centre() -> None:
    assert look("c_fill,w_50,g_custom").anchor == Fixed(Compass.CENTER)


def test_an_area_of_interest_is_kept() -> None:
    assert kept_boxes("c_fill,w_50,g_auto:aoi_0.1_50_0.2_100") == {(100, 50, 300, 150)}


def test_animated_pictures_are_cut_at_the_centre() -> None:
    scene = Scene((BIG_CAT,), animated=True)
    focus = look("c_fill,w_50,g_cat", scene)
    assert focus.anchor == Fixed(Compass.CENTER)
    assert "animated" in focus.reason
    assert scene.asked == []
    with pytest.raises(BadRequest, match="animated"):
        look("c_fill_pad,w_50,h_50,g_auto", scene)


def test_a_model_that_could_not_answer_is_said() -> None:
    focus = look("c_fill,w_50,g_auto:cat", Scene(unavailable=("lvis",)))
    assert focus.unavailable == ("lvis",)
    assert focus.reason.endswith("without lvis")


def test_an_unknown_word_names_its_neighbours() -> None:
    assert "caat is unknown to every model (near: cat, car)" in look("c_crop,g_caat").reason


@pytest.mark.parametrize(
    ("turn", "box"),
    [
        (Turn.HFLIP, (50, 200, 200, 450)),
        (Turn.VFLIP, (800, 50, 950, 300)),
        (Turn.ROTATE_180, (50, 50, 200, 300)),
        (Turn.ROTATE_90, (50, 800, 300, 950)),
        (Turn.ROTATE_270, (200, 50, 450, 200)),
    ],
)
def test_boxes_are_mapped_through_turns(turn: Turn, box: tuple[int, ...]) -> None:
    anchor = look("c_crop,g_dog", frame=Frame(SIZE).turn(turn)).anchor
    assert isinstance(anchor, Tight)
    assert rounded(anchor.box) == box


def test_boxes_are_mapped_through_cuts_and_what_was_cut_away_is_not_found() -> None:
    right_half = Frame(SIZE).cut(Box(500, 0, 1000, 500), Box(0, 0, 250, 250), Size(250, 250))
    anchor = look("c_crop,g_dog", frame=right_half).anchor
    assert isinstance(anchor, Tight)
    assert rounded(anchor.box) == (150, 100, 225, 225)
    left_edge = Frame(SIZE).cut(Box(0, 0, 300, 500), Box(0, 0, 300, 500), Size(300, 500))
    assert "dog not found" in look("c_crop,g_dog", frame=left_edge).reason


@pytest.mark.parametrize("turns", list(itertools.product(Turn, repeat=2)))
def test_frames_invert(turns: tuple[Turn, ...]) -> None:
    frame = Frame(SIZE).cut(Box(100, 50, 900, 450), Box(10, 0, 410, 200), Size(420, 200))
    for turn in turns:
        frame = frame.turn(turn)
    box = Box(120, 60, 300, 400)
    back = frame.to_original(frame.to_current(box))
    assert (back.left, back.top, back.right, back.bottom) == pytest.approx((120, 60, 300, 400))


def test_sharper_larger_and_more_central_instances_are_more_prominent() -> None:
    def winner(*boxes: Callable[[], Detection] | Detection) -> Detection:
        scene = Scene(tuple(b if isinstance(b, Detection) else b() for b in boxes))
        return look("c_crop,g_cat", scene).kept[0].detection

    central, aside = at("cat", 450, 200, 550, 300), at("cat", 0, 0, 100, 100)
    assert winner(aside, central) is central
    assert winner(at("cat", 0, 0, 115, 105), central) is central  # a little larger does not make up for it
    assert winner(at("cat", 0, 0, 300, 300), central) is not central
    sharp = Detection("cat", 0.9, aside.region, sharpness=0.95)
    dull = Detection("cat", 0.9, at("cat", 900, 400, 1000, 500).region, sharpness=0.05)
    assert winner(dull, sharp) is sharp


def test_whoever_hides_a_thing_hides_all_of_its_kind() -> None:
    every = resolve(step("c_crop,g_cat"), Frame(SIZE), ANIMALS, every=True)
    assert {seen.detection for seen in every.kept} == {BIG_CAT, SMALL_CAT}
    assert {seen.detection for seen in look("c_crop,g_cat").kept} == {BIG_CAT}
