"""The drawn scenes: they repeat, and their boxes are true."""

from __future__ import annotations

import numpy as np
import pytest
from scenes import BACKGROUNDS, KINDS, LABELS, compose, draw_scene


@pytest.mark.parametrize("label", KINDS)
@pytest.mark.parametrize("box", [(30, 20, 130, 110), (150.5, 40.25, 210.75, 190.5), (240, 100, 264, 120)])
def test_a_box_is_the_bounds_of_what_is_drawn(label, box):
    empty = compose((300, 200), [], seed=4, background="plain")
    drawn = compose((300, 200), [(label, box)], seed=4, background="plain")
    touched = np.abs(np.asarray(drawn.image, int) - np.asarray(empty.image, int)).max(axis=2) > 25
    rows, columns = np.flatnonzero(touched.any(axis=1)), np.flatnonzero(touched.any(axis=0))
    bounds = (columns[0], rows[0], columns[-1] + 1, rows[-1] + 1)
    assert drawn.objects == ((label, box),)
    # Points of beaks and roofs fade out a little inside.
    assert bounds == pytest.approx(box, abs=max(2, 0.04 * (box[3] - box[1])))


@pytest.mark.parametrize("background", BACKGROUNDS)
def test_a_seed_gives_the_same_scene_again(background):
    first, again = (draw_scene(5, (320, 200), background=background) for _ in range(2))
    assert first.objects == again.objects
    assert first.image.tobytes() == again.image.tobytes()
    assert first.image.tobytes() != draw_scene(6, (320, 200), background=background).image.tobytes()


def test_a_scene_is_the_same_at_every_size():
    small, large = draw_scene(11, (200, 150), count=3), draw_scene(11, (800, 600), count=3)
    assert [label for label, _ in small.objects] == [label for label, _ in large.objects]
    for (_, a), (_, b) in zip(small.objects, large.objects, strict=True):
        assert np.multiply(a, 4) == pytest.approx(b)


@pytest.mark.parametrize("size", [(1200, 800), (400, 900), (200, 400)])
def test_random_things_lie_inside(size):
    for seed in range(10):
        scene = draw_scene(seed, size)
        assert scene.image.size == size
        assert scene.image.mode == "RGB"
        for label, (x0, y0, x1, y1) in scene.objects:
            assert label in LABELS
            assert 0 <= x0 < x1 <= size[0]
            assert 0 <= y0 < y1 <= size[1]


def test_what_reaches_over_the_edge_is_told_as_far_as_it_shows():
    scene = compose((100, 100), [("cat", (-20, 10, 40, 60)), ("dog", (120, 0, 160, 40))])
    assert scene.objects == (("cat", (0, 10, 40, 60)),)
    assert scene.boxes("cat") == ((0, 10, 40, 60),)
    assert scene.boxes("dog") == ()


def test_an_empty_scene_is_only_background():
    assert draw_scene(3, count=0).objects == ()


def test_an_unknown_background_is_refused():
    with pytest.raises(ValueError, match="blobs"):
        compose((10, 10), [], background="sea")
