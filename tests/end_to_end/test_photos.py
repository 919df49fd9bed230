"""Real photographs and real weights, where they are at hand."""

from __future__ import annotations

import json

import pytest
from conftest import SHARED

from end_to_end.conftest import Server, Start

pytestmark = [
    pytest.mark.usefixtures("detectors"),
    pytest.mark.skipif(
        not (SHARED / "models").is_dir() or not (SHARED / "photos").is_dir(),
        reason="needs the development material, which is not here: shared/models and shared/photos",
    ),
]

CALLS = [
    ("c_thumb,g_auto:cat,ar_1,w_300", "cat"),
    ("c_crop,g_refrigerator", "refrigerator"),
    ("c_crop,g_dog:cat,ar_1", "dog"),
    ("c_fill_pad,g_auto:bicycle,w_400,h_400,b_white", "bicycle"),
    ("c_lfill,g_birds,w_400,h_300", "bird"),
    ("c_thumb,g_clock,w_100,h_100", "clock"),
]


@pytest.fixture(scope="module")
def server(start: Start) -> Server:
    return start(SHARED / "photos", KEEPSIGHT_MODELS__WEIGHTS=str(SHARED / "models"))


@pytest.fixture(scope="module")
def boxes() -> dict[str, list[tuple[str, tuple[float, ...]]]]:
    photos = json.loads((SHARED / "photos" / "boxes.json").read_text("utf-8"))["photos"]
    return {p["file"]: [(o["name"], tuple(o["box"])) for o in p["objects"]] for p in photos}


def share_shown(crop: str, box: tuple[float, ...]) -> float:
    x, y, w, h = (float(v) for v in crop.split(","))
    left, top, width, height = box
    across = max(0.0, min(x + w, left + width) - max(x, left))
    down = max(0.0, min(y + h, top + height) - max(y, top))
    return across * down / (width * height)


@pytest.mark.parametrize(("transformation", "name"), CALLS)
def test_photos_that_hold_one_large_instance_show_it(
    server: Server, boxes: dict[str, list[tuple[str, tuple[float, ...]]]], transformation: str, name: str
) -> None:
    shown = []
    for file, objects in boxes.items():
        instances = [box for label, box in objects if label == name]
        if len(instances) != 1 or instances[0][2] * instances[0][3] < 4_000:
            continue
        answer = server.image(transformation, file)
        assert answer.status_code == 200
        shown.append(share_shown(answer.headers["x-crop-box"], instances[0]))
    assert shown
    assert sum(s > 0.8 for s in shown) / len(shown) >= 0.6, shown  # a nano network misses some


def test_avoided_people_are_shown_less(server: Server, boxes: dict[str, list[tuple[str, tuple[float, ...]]]]) -> None:
    kept, avoided = [], []
    for file, objects in boxes.items():
        people = [box for label, box in objects if label == "person"]
        if len(people) == 1 and 0.05 < people[0][2] * people[0][3] / 307_200 < 0.3:
            for values, gravity in ((kept, "person"), (avoided, "person_avoid")):
                answer = server.image(f"c_fill,g_auto:{gravity},w_200,h_500", file)
                values.append(share_shown(answer.headers["x-crop-box"], people[0]))
    assert len(kept) >= 5
    assert sum(kept) / len(kept) > 0.75
    assert sum(avoided) / len(avoided) < 0.35


def test_a_face_is_found_in_a_portrait(server: Server) -> None:
    answers = [server.image("c_thumb,g_face,w_200,h_200", p.name) for p in sorted((SHARED / "photos").glob("*.jpg"))]
    found = [a for a in answers if a.headers["x-focus"].startswith("face;")]
    missed = [a for a in answers if "no face found" in a.headers["x-focus"]]
    assert len(found) >= 8
    assert len(found) + len(missed) == len(answers)
    assert all(a.headers["x-focus"].startswith("north") for a in missed)


def test_the_models_are_asked_in_the_documented_order(server: Server) -> None:
    # Coco knows no drawer: Open Images is the first installed model that does.
    answer = server.image("c_crop,g_drawer", "000000000138.jpg")
    assert "(openimages)" in answer.headers["x-focus"]
    assert "(coco)" in server.image("c_crop,g_refrigerator", "000000000138.jpg").headers["x-focus"]
