from __future__ import annotations

import contextlib
import itertools
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepsight.transformation.gravity import Area, Auto, Custom, Faces, Focal, Objects, XYCenter
from keepsight.transformation.gravity_parser import gravity
from keepsight.transformation.values import Compass

PLAIN = Auto()


def focal(name: str, text: str | None = None, *, avoid: bool = False, percent: int = 100) -> Focal:
    return Focal(name, avoid, Fraction(percent, 100), text or name)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("north_west", Compass.NORTH_WEST),
        ("center", Compass.CENTER),
        ("xy_center", XYCenter()),
        ("face", Faces(every=False)),
        ("adv_faces", Faces(every=True)),
        ("face:center", Faces(every=False, fallback=Compass.CENTER)),
        ("faces:auto", Faces(every=True, fallback=PLAIN)),
        ("custom", Custom()),
        ("custom:face", Custom(Faces(every=False))),
        ("auto", PLAIN),
        ("auto:subject", Auto(algorithm="subject")),
        ("auto:0", Auto(aggressiveness=0)),
        ("auto:thirds_0", Auto(thirds=False)),
        ("auto:none", Auto(custom=False, faces=False)),
        ("auto:custom_no_override", Auto(custom=False)),
        ("auto:cat", Auto(focals=(focal("cat"),))),
        ("auto:person_avoid", Auto(focals=(focal("person", "person_avoid", avoid=True),))),
        ("auto:cat_30", Auto(focals=(focal("cat", "cat_30", percent=30),))),
        ("auto:cat_avoid_30", Auto(focals=(focal("cat", "cat_avoid_30", avoid=True, percent=30),))),
        ("auto:boeing_747", Auto(focals=(focal("boeing_747"),))),
        ("auto:face_avoid", Auto(focals=(focal("faces", "face_avoid", avoid=True),), faces=False)),
        ("auto:aoi_0.25_10_0.5_20", Auto(area=Area(Fraction(1, 4), 10, Fraction(1, 2), 20), custom=False)),
        ("cat", Objects(("cat",))),
        ("cat:dog", Objects(("cat", "dog"))),
        ("dog:cat:auto", Objects(("dog", "cat"), PLAIN)),
        ("dog:auto:cat", Objects(("dog",), Auto(focals=(focal("cat"),)))),
        ("coco_v1_tie", Objects(("coco_v1_tie",))),
        ("cld-fashion_v2_hat", Objects(("cld-fashion_v2_hat",))),
        ("wine glass", Objects(("wine glass",))),
        ("adv_eyes", Objects(("eyes",))),
        ("ocr_text", Objects(("ocr_text",))),
        ("body", Objects(("body",))),
        ("human-anatomy_left-hand", Objects(("human-anatomy_left-hand",))),
    ],
)
def test_text_becomes_the_documented_type(text: str, expected: object) -> None:
    assert gravity(text) == expected


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no name of an object"),
        ("cat:", "no name of an object"),
        (":cat", "no name of an object"),
        ("_cat", "no name of an object"),
        ("auto:cat:cat_avoid", "both kept and avoided"),
        ("auto:101", "0 to 100"),
        ("auto:10:20", "only one level"),
        ("auto:subject:classic", "only one algorithm"),
        ("auto:aoi_1_2_3", "aoi_<x>"),
        ("auto:aoi_1_2_0_5", "positive"),
        ("face:north", "center or auto"),
        ("custom:cat", "face or faces"),
        ("liquid", "not offered"),
        ("region_!logo!", "not offered"),
        ("track_person", "not offered"),
    ],
)
def test_refusal_says_why(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        gravity(text)


def test_order_and_repetition_of_focal_words_mean_nothing() -> None:
    words = ("cat", "dog_avoid", "faces", "subject", "thirds_0", "bird_30")
    plans = {gravity(":".join(("auto", *order))) for order in itertools.permutations(words)}
    plans.add(gravity("auto:cat:" + ":".join((*words, "bird_30"))))
    assert len(plans) == 1


@given(st.text(max_size=40))
def test_any_text_is_a_gravity_or_a_value_error(text: str) -> None:
    with contextlib.suppress(ValueError):
        assert gravity(text) is not None
