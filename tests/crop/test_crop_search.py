"""Automatic gravity: the search against every window there is, and the rules for how close to go."""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest
from crop_cases import SOURCE, Case, boxes, cases, corner, held, many_cases, share
from hypothesis import assume, given
from hypothesis import strategies as st

from keepsight.crop import Box, Fixed, Size, Target, Weighted, crop_box
from keepsight.crop.anchor import Later
from keepsight.crop.mass import weigh
from keepsight.crop.starts import spread
from keepsight.transformation.plan import Resize
from keepsight.transformation.values import Compass, Mode

F = Fraction
AUTO_MODES = (Mode.CROP, Mode.FILL, Mode.LFILL, Mode.FILL_PAD, Mode.THUMB)


def kept(anchor: Weighted, source: Size, window: tuple[int, int, int, int]) -> float:
    targets = {(target.box.clip(source), target.weight) for target in anchor.keep}
    total = sum(weight for box, weight in targets if box.area > 0)
    return sum(weight / total * share(box, *window) ** 2 for box, weight in targets if box.area > 0)


def avoided(anchor: Weighted, source: Size, window: tuple[int, int, int, int]) -> float:
    targets = {(target.box.clip(source), target.weight) for target in anchor.avoid}
    total = sum(weight for box, weight in targets if box.area > 0)
    return sum(weight / total * share(box, *window) ** 0.5 for box, weight in targets if box.area > 0)


@st.composite
def small_scenes(draw: st.DrawFn) -> tuple[Size, Size, Weighted]:
    source = Size(draw(st.integers(1, 24)), draw(st.integers(1, 24)))
    window = Size(draw(st.integers(1, source.width)), draw(st.integers(1, source.height)))
    targets = st.builds(Target, boxes(source), st.sampled_from([0.1, 0.5, 1.0]))
    keep = draw(st.lists(targets, max_size=3))
    avoid = draw(st.lists(targets, max_size=2))
    return source, window, Weighted(tuple(keep), tuple(avoid), None)


@given(small_scenes())
@many_cases
def test_no_window_keeps_more_or_keeps_as_much_and_shows_less_of_what_to_avoid(
    scene: tuple[Size, Size, Weighted],
) -> None:
    source, window, anchor = scene
    with pytest.MonkeyPatch.context() as patch:
        # An even grid would try every start of pictures as small as these; the turning points alone have to do.
        patch.setattr("keepsight.crop.candidates._STEPS_ON_TWO_AXES", 1)
        patch.setattr("keepsight.crop.candidates._STEPS_ON_ONE_AXIS", 1)
        found = crop_box(Resize(Mode.CROP, width=window.width, height=window.height), source, anchor)
    worth = kept(anchor, source, (found.x, found.y, found.width, found.height))
    harm = avoided(anchor, source, (found.x, found.y, found.width, found.height))
    for y in range(source.height - window.height + 1):
        for x in range(source.width - window.width + 1):
            other = (x, y, window.width, window.height)
            other_worth = kept(anchor, source, other)
            assert other_worth <= worth + 1e-6
            if other_worth >= worth - 1e-12:
                assert avoided(anchor, source, other) >= harm - 1e-6


@given(st.integers(20, 90), st.integers(20, 90), st.integers(5, 19), st.integers(0, 10**6))
@many_cases
def test_with_one_way_to_move_the_most_important_window_is_found(
    width: int, height: int, side: int, seed: int
) -> None:
    anchor = Weighted((), (), np.random.default_rng(seed).random((5, 7)))
    source = Size(width, height)
    found = crop_box(Resize(Mode.CROP, width=side, height=height), source, anchor)
    most = max(held(anchor, source, (x, 0, side, height)) for x in range(width - side + 1))
    assert held(anchor, source, (found.x, 0, side, height)) == pytest.approx(most, abs=1e-8)


@given(cases(modes=AUTO_MODES, kinds=(Weighted,)), st.booleans())
@many_cases
def test_a_mirrored_or_turned_scene_gives_the_same_window_or_an_equal_one(case: Case, turned: bool) -> None:
    answer = case.answer()
    if turned:
        other = case.on_its_side().answer()
        window = (other.y, other.x, other.height, other.width)
    else:
        other = case.mirrored().answer()
        window = (case.source.width - other.x - other.width, other.y, other.width, other.height)
    found = (answer.x, answer.y, answer.width, answer.height)
    keys = {(target.weight, round(target.box.clip(case.source).area, 3)) for target in case.anchor.keep}
    if case.step.mode is Mode.THUMB:
        assume(len(keys) == len(set(case.anchor.keep)))  # of two alike, the one to start with is a matter of place
    assert window[2:] == found[2:]
    if max(abs(a - b) for a, b in zip(window, found, strict=True)) <= 1:
        return
    # Two windows a pixel or more apart are only right if nothing tells them apart.
    if case.needed is not None:
        assert kept(case.anchor, case.source, window) == pytest.approx(kept(case.anchor, case.source, found), abs=1e-6)
    if any(target.box.clip(case.source).area > 0 for target in case.anchor.avoid):
        harm = avoided(case.anchor, case.source, found)
        assert avoided(case.anchor, case.source, window) == pytest.approx(harm, abs=1e-6)
    elif case.anchor.importance is not None and not case.anchor.thirds:
        mass = held(case.anchor, case.source, found)
        assert held(case.anchor, case.source, window) == pytest.approx(mass, abs=1e-6)


@given(cases(modes=(Mode.CROP, Mode.FILL, Mode.LFILL), kinds=(Weighted,)))
@many_cases
def test_avoiding_never_shows_more_of_what_to_avoid(case: Case) -> None:
    assume(any(target.box.clip(case.source).area > 0 for target in case.anchor.avoid))
    careless = Weighted(case.anchor.keep, (), case.anchor.importance, case.anchor.thirds)
    careful, without = case.answer(), crop_box(case.step, case.source, careless)
    shown = [avoided(case.anchor, case.source, (a.x, a.y, a.width, a.height)) for a in (careful, without)]
    assert shown[0] <= shown[1] + 1e-6


@given(cases(kinds=(Weighted,)))
@many_cases
def test_a_map_that_is_made_later_gives_the_same_window(case: Case) -> None:
    anchor = case.anchor
    assume(isinstance(anchor, Weighted) and anchor.importance is not None)
    later = Weighted(anchor.keep, anchor.avoid, Later(lambda: anchor.importance), anchor.thirds, anchor.level)
    assert crop_box(case.step, case.source, later) == crop_box(case.step, case.source, anchor)


def test_importance_is_not_looked_at_where_what_is_kept_leaves_one_place() -> None:
    made = []

    def make() -> np.ndarray:
        made.append(True)
        return corner(21, 21)

    at_the_edge, inside = Target(Box(0, 0, 200, 300)), Target(Box(180, 100, 220, 140))
    step = Resize(Mode.FILL, width=300, height=300)
    crop_box(step, SOURCE, Weighted((at_the_edge,), (), Later(make)))
    assert not made
    crop_box(step, SOURCE, Weighted((inside,), (), Later(make)))
    assert len(made) == 1


def test_nothing_known_is_the_middle() -> None:
    nothing = Weighted((), (), None, thirds=True)
    flat = Weighted((), (), np.zeros((4, 4)))
    for mode in AUTO_MODES:
        step = Resize(mode, width=100, height=100)
        middle = crop_box(step, SOURCE, Fixed(Compass.CENTER))
        assert crop_box(step, SOURCE, nothing) == middle
        assert crop_box(step, SOURCE, flat) == middle


def test_one_whole_object_beats_two_halves() -> None:
    anchor = Weighted((Target(Box(100, 0, 200, 300)), Target(Box(220, 0, 320, 300))), (), None)
    answer = crop_box(Resize(Mode.CROP, width=120, height=300), SOURCE, anchor)
    assert 80 <= answer.x <= 100  # the one that is nearer to the middle of the picture, whole


def test_what_is_kept_gets_room_on_every_side_before_importance_has_a_say() -> None:
    target = Target(Box(100, 100, 200, 200))
    anchor = Weighted((target,), (), corner(21, 21))  # everything important is just below it on the right
    answer = crop_box(Resize(Mode.CROP, width=150, height=150), SOURCE, anchor)
    assert min(100 - answer.x, 100 - answer.y, answer.x + 150 - 200, answer.y + 150 - 200) >= 16


def test_a_thumbnail_steps_back_with_its_level() -> None:
    target = (Target(Box(150, 100, 250, 200)),)
    step = Resize(Mode.THUMB, width=40, height=40)
    sides = [crop_box(step, SOURCE, Weighted(target, (), None, level=level)).width for level in (0, 25, 50, 75, 100)]
    assert sides == sorted(set(sides))
    assert sides[0] == 108  # the box and 4 % on each side
    assert sides[-1] == 300  # all that fits


def test_what_is_avoided_is_given_a_wide_berth() -> None:
    avoid = (Target(Box(200, 0, 400, 300)),)
    anchor = Weighted((), avoid, corner(18, 13))  # what is important is just beside it
    answer = crop_box(Resize(Mode.CROP, width=100, height=300), SOURCE, anchor)
    assert answer.x + 100 <= 200 - 32


def test_room_yields_to_what_is_to_be_avoided() -> None:
    keep, avoid = (Target(Box(100, 0, 200, 300)),), (Target(Box(205, 0, 400, 300)),)
    answer = crop_box(Resize(Mode.CROP, width=130, height=300), SOURCE, Weighted(keep, avoid, None))
    assert answer.x + 130 <= 205
    assert answer.x <= 100 - 16


def test_nothing_of_what_to_avoid_beats_a_slice_of_each() -> None:
    avoid = (Target(Box(0, 0, 100, 300)), Target(Box(300, 0, 400, 300)))
    answer = crop_box(Resize(Mode.CROP, width=260, height=300), SOURCE, Weighted((), avoid, None))
    assert answer.x in (40, 100)  # 60 px of one; 30 px of each in the middle


def test_a_target_given_twice_counts_once() -> None:
    heavy, light = Target(Box(0, 0, 100, 300), 0.6), Target(Box(300, 0, 400, 300), 0.4)
    answer = crop_box(Resize(Mode.CROP, width=100, height=300), SOURCE, Weighted((heavy, light, light), (), None))
    assert answer.x == 0


def test_what_is_out_of_sight_anyway_does_not_hold_the_window() -> None:
    # The window is tall enough for both and wide enough for the heavy one only, which it shows at y 0 and at y 1.
    heavy, light = Target(Box(1, 1, 2, 2), 1.0), Target(Box(0, 1, 0.5, 6), 0.1)
    anchor = Weighted((heavy, light), (Target(Box(1, 2, 2, 6)),), None)
    answer = crop_box(Resize(Mode.CROP, width=1, height=5), Size(2, 6), anchor)
    assert (answer.x, answer.y) == (1, 0)


def test_importance_inside_what_to_avoid_counts_nothing() -> None:
    both = corner(2, 2) + corner(30, 20) / 2
    step = Resize(Mode.CROP, width=80, height=80)
    assert crop_box(step, SOURCE, Weighted((), (), both)).x < 100
    avoiding = crop_box(step, SOURCE, Weighted((), (Target(Box(20, 20, 60, 60)),), both))
    assert avoiding.x >= 220
    assert avoiding.y >= 120


def test_thirds_move_a_subject_off_the_middle_as_long_as_it_is_whole() -> None:
    keep = (Target(Box(190, 140, 210, 160)),)
    step = Resize(Mode.CROP, width=120, height=120)
    plain = crop_box(step, SOURCE, Weighted(keep, (), None))
    by_thirds = crop_box(step, SOURCE, Weighted(keep, (), None, thirds=True))
    assert (plain.x, plain.y) == (140, 90)
    assert 200 - by_thirds.x in (40, 80)
    assert 150 - by_thirds.y in (40, 80)


@pytest.mark.parametrize(("subject", "third"), [(400, 1 / 3), (3600, 2 / 3)])
def test_thirds_are_met_to_the_pixel_in_a_large_picture(subject: int, third: float) -> None:
    # So near the edge that only one of the two lines can be reached.
    keep = (Target(Box(subject - 10, subject - 10, subject + 10, subject + 10)),)
    answer = crop_box(
        Resize(Mode.CROP, width=1100, height=1100), Size(4000, 4000), Weighted(keep, (), None, thirds=True)
    )
    assert subject - answer.x == pytest.approx(1100 * third, abs=1)
    assert subject - answer.y == pytest.approx(1100 * third, abs=1)


def test_a_thumbnail_is_about_the_most_prominent_even_where_others_outweigh_it_together() -> None:
    main = Target(Box(20, 100, 70, 150), 0.4)
    others = (Target(Box(300, 100, 325, 150), 0.35), Target(Box(326, 100, 350, 150), 0.35))
    answer = crop_box(Resize(Mode.THUMB, width=20, height=20), SOURCE, Weighted((main, *others), (), None))
    assert answer.x <= 20
    assert answer.x + answer.width >= 70


def test_a_thumbnail_starts_with_the_most_prominent_and_takes_in_what_is_cheap() -> None:
    step = Resize(Mode.THUMB, width=20, height=20)
    main = Target(Box(100, 100, 150, 150), 1.0)
    near = Target(Box(151, 100, 160, 140), 0.5)
    far = Target(Box(300, 200, 380, 280), 0.4)
    alone = crop_box(step, SOURCE, Weighted((main,), (), None))
    assert alone.width == 54
    assert crop_box(step, SOURCE, Weighted((far, main), (), None)).width == alone.width
    group = crop_box(step, SOURCE, Weighted((near, far, main), (), None))
    assert (group.width, group.height) == (66, 66)  # 60 px and 4 % of it on each side, rounded outwards
    assert group.x <= 100
    assert group.x + group.width >= 160


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (Box(10, 10, 40, 40), Box(360, 10, 390, 40)),
        (Box(10, 10, 40, 40), Box(10, 260, 40, 290)),
        (Box(30, 60, 50, 80), Box(350, 60, 370, 80)),
        (Box(100, 5, 130, 25), Box(270, 5, 300, 25)),
    ],
)
def test_of_two_mirror_images_a_thumbnail_starts_with_the_upper_or_left_one(first: Box, second: Box) -> None:
    step = Resize(Mode.THUMB, width=20, height=20)
    for keep in ((Target(first), Target(second)), (Target(second), Target(first))):
        answer = crop_box(step, SOURCE, Weighted(keep, (), None))
        assert answer.x <= first.left <= answer.x + answer.width
        assert answer.y <= first.top <= answer.y + answer.height


@pytest.mark.parametrize(("right", "width"), [(160, 66), (165, 54), (170, 54)])
def test_a_thumbnail_grows_by_no_more_than_six_tenths_of_its_area(right: int, width: int) -> None:
    keep = (Target(Box(100, 100, 150, 150), 1.0), Target(Box(140, 100, right, 140), 0.5))
    answer = crop_box(Resize(Mode.THUMB, width=20, height=20), SOURCE, Weighted(keep, (), None))
    assert answer.width == width


def test_a_thumbnail_stops_at_the_first_target_that_costs_too_much() -> None:
    step = Resize(Mode.THUMB, width=20, height=20)
    main, far = Target(Box(100, 100, 150, 150), 1.0), Target(Box(300, 200, 380, 280), 0.5)
    near = Target(Box(151, 100, 160, 140), 0.4)
    assert crop_box(step, SOURCE, Weighted((main, far, near), (), None)).width == 54


def test_targets_inside_the_smallest_thumbnail_cost_nothing() -> None:
    anchor = Weighted((Target(Box(100, 100, 110, 110), 1.0), Target(Box(180, 180, 190, 190), 0.1)), (), None)
    answer = crop_box(Resize(Mode.THUMB, width=120, height=120), SOURCE, anchor)
    assert (answer.x, answer.y, answer.width) == (85, 85, 120)


def test_a_thumbnail_of_importance_holds_seven_tenths_of_it() -> None:
    grid = corner(4, 4) + corner(8, 8)
    source_step = Resize(Mode.THUMB, width=10, height=10)
    answer = crop_box(source_step, SOURCE, Weighted((), (), grid))
    mass = weigh(grid, SOURCE, ())
    assert mass is not None
    assert mass.most(Size(answer.width, answer.height)) >= 0.7
    assert mass.most(Size(answer.width - 4, answer.height - 4)) < 0.7
    window = (answer.x, answer.y, answer.width, answer.height)
    assert held(Weighted((), (), grid), SOURCE, window) >= 0.7
    closer = crop_box(Resize(Mode.THUMB, width=10, height=10, zoom=F(2)), SOURCE, Weighted((), (), grid))
    assert closer.width < answer.width


def test_fill_pad_without_targets_shows_nine_tenths_of_the_importance() -> None:
    step = Resize(Mode.FILL_PAD, width=100, height=100)
    assert crop_box(step, SOURCE, Weighted((), (), corner(30, 9))).content == (0, 0, 100, 100)
    apart = Weighted((), (), corner(1, 9) + corner(35, 9))
    answer = crop_box(step, SOURCE, apart)
    assert held(apart, SOURCE, (answer.x, answer.y, answer.width, answer.height)) >= 0.9
    assert (answer.height, answer.content[2]) == (300, 100)
    narrower = [held(apart, SOURCE, (x, 0, answer.width - 1, 300)) for x in range(400 - answer.width + 2)]
    assert max(narrower) < 0.9
    upright = crop_box(step, Size(300, 400), Weighted((), (), apart.importance.T))
    assert (upright.width, upright.height) == (answer.height, answer.width)


def test_the_answer_is_the_same_in_another_process() -> None:
    program = (
        "import numpy as np\n"
        "from keepsight.crop import *\n"
        "from keepsight.transformation.plan import Resize\n"
        "from keepsight.transformation.values import Mode\n"
        "random = np.random.default_rng(3)\n"
        "targets = [Target(Box(x, y, x + 30.7, y + 41.2), 0.5) for x, y in random.random((6, 2)) * 250]\n"
        "anchor = Weighted(tuple(targets[:4]), tuple(targets[4:]), random.random((17, 23)), True)\n"
        "modes = (Mode.CROP, Mode.FILL, Mode.LFILL, Mode.FILL_PAD, Mode.THUMB)\n"
        "print([crop_box(Resize(mode, width=90, height=70), Size(400, 300), anchor) for mode in modes])\n"
    )
    path = [entry for entry in sys.path if entry]
    said = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(path)},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(said) == 1


@pytest.mark.parametrize(("first", "last", "steps"), [(0, 10, 3), (5, 5, 96), (3, 1000, 96), (0, 7, 96)])
def test_an_even_spread_is_its_own_mirror_image(first: int, last: int, steps: int) -> None:
    starts = spread(first, last, steps)
    assert (starts[0], starts[-1]) == (first, last)
    assert (first + last - starts[::-1] == starts).all()
    assert np.diff(starts).max(initial=1) <= max(1, -(-(last - first) // steps))
