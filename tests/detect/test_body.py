from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepsight.detect.body import POINTS, body_parts
from keepsight.detect.detector import Detection, Keypoint, Region
from keepsight.detect.runtime.keypoints import keypoints_of
from keepsight.detect.runtime.letterbox import Letterbox
from keepsight.detect.vocabulary import Vocabulary

from .people import FACE, FRONT, SIZE, Points, mirrored, person, without

NAMES = Vocabulary.named("human-anatomy").names
Box = tuple[float, float, float, float]


def boxes(points: Points, **more: object) -> dict[str, list[Box]]:
    """Boxes in px by label."""
    found: dict[str, list[Box]] = {}
    for part in body_parts(person(points, **more), SIZE):  # type: ignore[arg-type]
        r = part.region
        box = (r.x * SIZE[0], r.y * SIZE[1], (r.x + r.width) * SIZE[0], (r.y + r.height) * SIZE[1])
        found.setdefault(part.label, []).append(box)
    return found


def holds(box: Box, *points: tuple[float, float]) -> bool:
    return all(box[0] <= x <= box[2] and box[1] <= y <= box[3] for x, y in points)


def test_a_whole_person_has_every_part_that_key_points_tell() -> None:
    found = boxes(FRONT)
    assert set(NAMES) - set(found) == {"hair", "beard", "back"}
    assert set(found) <= set(NAMES)
    for name in NAMES:
        if name.startswith(("left_", "right_")):
            assert len(found[name]) == 1
            assert found[name][0] in found[name.partition("_")[2]]
        elif f"left_{name}" in NAMES:
            assert len(found[name]) == 2


def test_parts_hold_their_key_points_and_have_the_size_of_the_body() -> None:
    found = {label: some[0] for label, some in boxes(FRONT).items()}
    for name, place in FRONT.items():
        if name in found:
            assert holds(found[name], place)
    assert holds(found["head"], *(FRONT[name] for name in (*FACE, "left_ear", "right_ear")))
    assert 95 <= found["head"][3] - found["head"][1] <= 125
    assert found["head"][3] < FRONT["left_shoulder"][1]
    face, nose, mouth, chin, forehead = (found[name] for name in ("face", "nose", "mouth", "chin", "forehead"))
    for inside in (nose, mouth, forehead):
        assert holds(face, inside[:2], inside[2:])
    assert forehead[3] < FRONT["left_eye"][1] < mouth[1] < chin[1]
    assert holds(
        found["torso"], *(FRONT[f"{side}_{joint}"] for side in ("left", "right") for joint in ("shoulder", "hip"))
    )
    assert holds(found["torso"], found["chest"][:2], found["chest"][2:])
    assert holds(found["neck"], (200, 165))
    hand = found["left_hand"]
    assert 70 <= hand[2] - hand[0] <= 100
    assert hand[1] < FRONT["left_wrist"][1] < hand[3]
    assert (hand[1] + hand[3]) / 2 > FRONT["left_wrist"][1] + 25
    assert holds(found["left_arm"], FRONT["left_shoulder"], FRONT["left_wrist"], hand[:2])
    assert holds(found["right_leg"], FRONT["right_hip"], FRONT["right_ankle"])
    assert found["left_foot"][3] > FRONT["left_ankle"][1] + 20


def test_left_and_right_are_the_persons_own() -> None:
    there, mirror = boxes(FRONT), boxes(mirrored(FRONT))
    assert there["left_hand"][0][0] > SIZE[0] / 2
    for name in NAMES:
        if name.startswith("left_"):
            x0, y0, x1, y1 = there[name][0]
            other = mirror[f"right_{name.removeprefix('left_')}"][0]
            assert other == pytest.approx((SIZE[0] - x1, y0, SIZE[0] - x0, y1))


def test_a_hand_without_an_elbow_lies_away_from_the_shoulder() -> None:
    raised = without("left_elbow") | {"left_wrist": (320, 130)}
    hand = boxes(raised)["left_hand"][0]
    assert holds(hand, (320, 130))
    assert (hand[1] + hand[3]) / 2 < 120


def test_upside_down_and_lying_people_keep_their_order() -> None:
    width, height = SIZE
    turned = {name: (width - x, height - y) for name, (x, y) in FRONT.items()}
    there, other = boxes(FRONT), boxes(turned, box=(50, 60, 350, 860))
    for name in ("head", "face", "forehead", "mouth", "left_hand", "neck"):
        x0, y0, x1, y1 = there[name][0]
        assert other[name][0] == pytest.approx((width - x1, height - y1, width - x0, height - y0))


def test_what_is_not_visible_is_not_found() -> None:
    found = boxes(without("left_wrist"))
    assert "left_hand" not in found
    assert "left_lower_arm" not in found
    assert "left_arm" in found  # the upper half
    assert len(found["hand"]) == 1
    assert "hand" not in boxes(without("left_wrist", "right_wrist"))
    assert "head" not in boxes(without(*FACE, "left_ear", "right_ear"))
    assert "face" not in boxes(without("nose"))
    assert set(boxes({})) == {"person", "body"}
    assert set(boxes({"nose": (200, 120)})) == {"person", "body"}  # nothing tells how large the head is


def test_seen_from_behind() -> None:
    behind = mirrored({name: place for name, place in FRONT.items() if name not in FACE})
    behind = {name: (SIZE[0] - x, y) for name, (x, y) in mirrored(behind).items()}
    found = boxes(behind)
    assert "back" in found
    assert "chest" not in found
    assert "face" not in found
    assert "head" in found
    facing = boxes(without(*FACE))
    assert "back" not in facing


def test_a_portrait_without_hips_has_a_torso_to_its_edge() -> None:
    upper = {name: place for name, place in FRONT.items() if place[1] < 300}
    found = boxes(upper, box=(50, 40, 350, 330))
    assert found["torso"][0][3] == pytest.approx(330)
    assert "hip" not in found


def test_a_profile_ends_at_the_nose_and_at_the_ear() -> None:
    profile = {"nose": (100, 120), "left_eye": (112, 100), "left_ear": (158, 105), "left_shoulder": (138, 200)}
    face = boxes(profile)["face"][0]
    assert 85 <= face[0] <= 100
    assert 150 <= face[2] <= 170
    forehead = boxes(profile)["forehead"][0]
    assert face[0] <= forehead[0] < forehead[2] <= face[2]
    head = boxes(profile)["head"][0]
    assert head[0] < 105
    assert head[2] > 165


def test_confidence_is_that_of_the_person_times_the_least_visible_point() -> None:
    parts = {part.label: part for part in body_parts(person(FRONT, confidence=0.8, faint="left_wrist"), SIZE)}
    assert parts["left_hand"].confidence == pytest.approx(0.8 * 0.6)
    assert parts["left_lower_arm"].confidence == pytest.approx(0.8 * 0.6)
    assert parts["left_upper_arm"].confidence == pytest.approx(0.8)
    assert parts["right_hand"].confidence == pytest.approx(0.8)
    assert parts["person"].confidence == 0.8


def test_what_lies_mostly_outside_the_person_is_left_out() -> None:
    assert "left_foot" not in boxes(FRONT, box=(50, 40, 350, 760))
    assert "left_knee" in boxes(FRONT, box=(50, 40, 350, 760))


share = st.floats(0, 1)


@st.composite
def any_person(draw: st.DrawFn) -> Detection:
    x, y = draw(share), draw(share)
    region = Region(x, y, draw(st.floats(0, 1 - x)), draw(st.floats(0, 1 - y)))
    keypoint = st.builds(Keypoint, share, share, share)
    points = draw(st.lists(keypoint, min_size=len(POINTS), max_size=len(POINTS)))
    return Detection("person", draw(share), region, keypoints=tuple(points))


@given(any_person(), st.tuples(st.integers(1, 4000), st.integers(1, 4000)))
def test_every_part_lies_inside_the_person(someone: Detection, size: tuple[int, int]) -> None:
    frame = someone.region
    for part in body_parts(someone, size):
        region = part.region
        assert part.label in NAMES
        assert 0 <= part.confidence <= someone.confidence
        assert region.x >= 0
        assert region.y >= 0
        assert region.x + region.width <= 1
        assert region.y + region.height <= 1
        assert region.x >= frame.x - 1e-9
        assert region.y + region.height <= frame.y + frame.height + 1e-9


def test_key_points_come_back_from_the_letterbox() -> None:
    letterbox = Letterbox.fit((640, 480), 640, 32)
    left, middle, beyond = keypoints_of([0, 0, 0.9, 320, 240, 1.5, 700, 240, 0.9], letterbox)
    assert (left.x, left.y, left.visibility) == (0, 0, 0.9)
    assert (middle.x, middle.y, middle.visibility) == (0.5, 0.5, 1)
    assert (beyond.x, beyond.visibility) == (1, 0)
