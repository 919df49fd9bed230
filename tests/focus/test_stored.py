"""Stored coordinates against everything else that could decide."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest

from keepsight.assets.coordinates import NONE, Coordinates
from keepsight.crop.anchor import Anchor, Fixed, Tight, Weighted
from keepsight.crop.box import Box, Size
from keepsight.crop.frame import Frame
from keepsight.detect.analyst import Found
from keepsight.detect.detector import Detection, Region
from keepsight.detect.query import Candidate, Query
from keepsight.errors import BadRequest
from keepsight.focus.focus import Focus
from keepsight.focus.importance import Map
from keepsight.focus.resolve import resolve
from keepsight.focus.stored import stored_custom, stored_faces
from keepsight.transformation.build import build_plan
from keepsight.transformation.plan import Resize
from keepsight.transformation.values import Compass, Turn

SIZE = Size(1000, 500)
CAT = Detection("cat", 0.9, Region(0.6, 0.2, 0.2, 0.6))
SMALL, LARGE = (10.0, 20.0, 50.0, 40.0), (101.0, 53.0, 207.0, 111.0)
LARGE_BOX = Box(101, 53, 308, 164)
TWO = Coordinates(custom=(SMALL, LARGE))
BROKEN = Coordinates(faults=("faces[0]: expected [x, y, width, height]", "fases: no such entry"))


@dataclass
class Scene:
    """A cat, no face that a detector sees, and stored coordinates."""

    coordinates: Coordinates = NONE
    animated: bool = False
    size: Size = SIZE
    asked: list[str] = field(default_factory=list)

    def understand(self, word: str) -> Query:
        return Query(word, (Candidate("coco", frozenset({word}), plural=False),))

    def find(self, query: Query) -> Found:
        self.asked.append(query.word)
        return Found((CAT,), "coco") if query.word == "cat" else Found(())

    def faces(self) -> Found:
        self.asked.append("faces")
        return stored_faces(self.coordinates, self.size) or Found((), "faces")

    def anything(self) -> Found:
        self.asked.append("anything")
        return Found(())

    def importance(self) -> Map:
        return np.full((50, 100), 1 / 5000, dtype=np.float32)


def look(gravity: str, scene: Scene, mode: str = "c_fill", frame: Frame | None = None) -> Focus:
    (step,) = build_plan([f"{mode},g_{gravity},w_100,h_100"]).steps
    assert isinstance(step, Resize)
    return resolve(step, frame or Frame(scene.size), scene)


def tight(anchor: Anchor) -> Box:
    assert isinstance(anchor, Tight)
    return anchor.box.clip(SIZE)


@pytest.mark.parametrize(
    "gravity",
    [
        "custom", "custom:face", "custom:faces", "custom:face:auto",
        "auto", "auto:cat", "auto:cat_avoid", "auto:classic", "auto:subject", "auto:faces", "auto:no_faces",
        "auto:thirds_0", "bird:auto", "bird:auto:cat", "face:auto",
    ],
)  # fmt: skip
def test_the_largest_stored_box_decides_as_it_is_and_nothing_else_is_asked(gravity: str) -> None:
    scene = Scene(TWO)
    focus = look(gravity, scene)
    assert tight(focus.anchor) == LARGE_BOX
    assert focus.reason.startswith("custom; ")
    assert "kept custom coordinates" in focus.reason
    assert set(scene.asked) <= {"bird", "faces"}  # the words before the fallback


def test_the_reason_names_the_rule_and_no_model() -> None:
    assert look("custom", Scene(TWO)).reason == "custom; kept custom coordinates"
    assert look("auto:cat", Scene(TWO)).reason == "custom; kept custom coordinates"


@pytest.mark.parametrize("gravity", ["auto:custom_no_override", "auto:aoi_0_0_100_100", "auto:none"])
def test_automatic_gravity_can_decline_the_override(gravity: str) -> None:
    assert look(gravity, Scene(TWO)).rule == "auto"
    kept = look(f"{gravity}:cat", Scene(TWO)).kept
    assert [s.detection for s in kept] == [CAT]


@pytest.mark.parametrize("gravity", ["cat", "north", "face"])
def test_other_gravities_do_not_look_at_custom_coordinates(gravity: str) -> None:
    assert look(gravity, Scene(TWO)) == look(gravity, Scene())


def test_fill_pad_gets_something_to_weigh() -> None:
    anchor = look("auto", Scene(TWO), "c_fill_pad").anchor
    assert isinstance(anchor, Weighted)
    assert [t.box.clip(SIZE) for t in anchor.keep] == [LARGE_BOX]
    assert (anchor.avoid, anchor.importance, anchor.thirds) == ((), None, False)


@pytest.mark.parametrize(
    ("gravity", "compass"),
    [
        ("custom", Compass.CENTER),
        ("custom:face", Compass.NORTH),
        ("custom:adv_faces", Compass.NORTH),
        ("custom:face:center", Compass.CENTER),
    ],
)
@pytest.mark.parametrize("coordinates", [NONE, Coordinates(custom=((2000, 0, 10, 10), (5, 5, 0, 9)))])
def test_without_a_box_in_the_picture_the_named_fallback_holds(
    gravity: str, compass: Compass, coordinates: Coordinates
) -> None:
    focus = look(gravity, Scene(coordinates))
    assert focus.anchor == Fixed(compass)
    assert ("no custom coordinates stored" if coordinates is NONE else "outside the picture") in focus.reason


def test_plain_custom_asks_no_detector() -> None:
    scene = Scene()
    look("custom", scene)
    assert scene.asked == []


@pytest.mark.parametrize(
    ("gravity", "box"), [("face", (300, 100, 400, 220)), ("faces", (300, 90, 480, 220)), ("custom:face", None)]
)
def test_stored_faces_are_the_faces(gravity: str, box: tuple[int, ...] | None) -> None:
    scene = Scene(Coordinates(faces=((300, 100, 100, 120), (450, 90, 30, 40))))
    focus = look(gravity, scene, "c_thumb")
    found = tight(focus.anchor)
    assert (found.left, found.top, found.right, found.bottom) == pytest.approx(box or (300, 100, 400, 220), abs=1e-3)
    assert "face 1.00" in focus.reason
    assert "(stored)" in focus.reason


def test_stored_faces_count_in_automatic_gravity() -> None:
    anchor = look("auto", Scene(Coordinates(faces=((300, 100, 100, 120),)))).anchor
    assert isinstance(anchor, Weighted)
    assert [(round(t.box.left), round(t.box.bottom)) for t in anchor.keep] == [(300, 220)]


@pytest.mark.parametrize(
    ("rectangle", "box"),
    [
        ((-50, -50, 100, 100), Box(0, 0, 50, 50)),
        ((900, 400, 5000, 1e308), Box(900, 400, 1000, 500)),
        ((-1e308, 0, 1e308, 10), None),
        ((1000, 0, 10, 10), None),
        ((10, 10, 0, 10), None),
    ],
)
def test_boxes_are_clipped_and_empty_ones_left_out(
    rectangle: tuple[float, float, float, float], box: Box | None
) -> None:
    focus = look("custom", Scene(Coordinates(custom=(rectangle,))))
    assert (tight(focus.anchor) if focus.kept else None) == box
    assert bool(stored_custom(Coordinates(custom=(rectangle,)), SIZE).detections) == (box is not None)


def test_faces_outside_the_picture_leave_the_question_to_the_detector() -> None:
    assert stored_faces(Coordinates(faces=((1000, 0, 10, 10),)), SIZE) is None


def test_boxes_are_mapped_through_earlier_steps() -> None:
    mirrored = look("custom", Scene(TWO), frame=Frame(SIZE).turn(Turn.HFLIP))
    assert tight(mirrored.anchor) == Box(1000 - 308, 53, 1000 - 101, 164)
    left = Frame(SIZE).cut(Box(0, 0, 90, 500), Box(0, 0, 90, 500), Size(90, 500))
    assert tight(look("custom", Scene(TWO), frame=left).anchor) == Box(10, 20, 60, 60)  # the other one was cut away


@pytest.mark.parametrize(
    ("gravity", "anchor"),
    [
        ("custom", None),
        ("custom:face", None),
        ("auto", Fixed(Compass.CENTER)),
        ("face", Fixed(Compass.CENTER)),
        ("cat", Fixed(Compass.CENTER)),
    ],
)
def test_animated_pictures_obey_custom_only(gravity: str, anchor: Anchor | None) -> None:
    scene = Scene(Coordinates(custom=(LARGE,), faces=(SMALL,)), animated=True)
    found = look(gravity, scene).anchor
    assert found == anchor if anchor else tight(found) == LARGE_BOX
    assert look("custom:face", Scene(Coordinates(faces=(SMALL,)), animated=True)).anchor == Fixed(Compass.CENTER)


def test_fill_pad_of_an_animated_picture_is_refused_with_coordinates_too() -> None:
    with pytest.raises(BadRequest, match="animated"):
        look("auto", Scene(TWO, animated=True), "c_fill_pad")


@pytest.mark.parametrize("gravity", ["custom", "auto", "face", "bird:auto"])
def test_a_broken_file_is_named_where_it_could_have_decided(gravity: str) -> None:
    focus, without = look(gravity, Scene(BROKEN)), look(gravity, Scene())
    assert focus.reason == f"{without.reason}; coordinates file is broken: {', '.join(BROKEN.faults)}"
    assert look("cat", Scene(BROKEN)).reason == look("cat", Scene()).reason
