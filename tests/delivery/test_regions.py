"""Where effects on part of a picture work."""

from __future__ import annotations

from focus.test_resolve import ANIMALS, FACE, SIZE, SMALL_FACE, Scene

from keepsight.crop.frame import Frame
from keepsight.delivery.regions import regions
from keepsight.transformation.build import build_plan
from keepsight.transformation.plan import ApplyEffect


def boxes(component: str, scene: Scene = ANIMALS) -> set[tuple[int, int, int, int]]:
    (step,) = build_plan([component]).steps
    assert isinstance(step, ApplyEffect)
    return set(regions(step, Frame(SIZE), scene).boxes)


def test_an_object_means_all_of_its_kind() -> None:
    assert boxes("e_blur_region,g_cat") == {(400, 100, 700, 400), (50, 50, 150, 120)}


def test_faces_are_all_faces() -> None:
    assert boxes("e_blur_faces", Scene(face_detections=(FACE, SMALL_FACE))) == {
        (450, 120, 550, 220),
        (700, 100, 740, 140),
    }


def test_what_is_not_found_is_left_alone() -> None:
    assert boxes("e_blur_region,g_bird") == set()
    assert boxes("e_pixelate_faces") == set()


def test_a_rectangle_lacks_nothing() -> None:
    assert boxes("e_blur_region") == {(0, 0, 1000, 500)}
    assert boxes("e_blur_region,x_900,w_500") == {(900, 0, 1000, 500)}
    assert boxes("e_blur_region,x_0.5,y_0.5,w_0.25,h_0.25") == {(500, 250, 750, 375)}
