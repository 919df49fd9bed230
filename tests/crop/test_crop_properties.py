"""What holds for every request. Each property is one sentence; its test says it in code."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction

from crop_cases import AUTOMATIC, CUTTING, PADDING, Case, boxes, cases, holds, many_cases, shown_of, sources
from hypothesis import assume, given
from hypothesis import strategies as st

from keepsight.crop import Box, Fixed, Point, Size, Target, Tight, Weighted, crop_box, hull
from keepsight.crop.ratio import max_ratio
from keepsight.crop.sizes import given_sides, requested
from keepsight.transformation.plan import Resize
from keepsight.transformation.values import Compass, Mode


@given(cases())
@many_cases
def test_the_window_is_inside_the_source_and_the_content_inside_the_canvas(case: Case) -> None:
    answer = case.answer()
    assert answer.width >= 1
    assert answer.height >= 1
    assert 0 <= answer.x <= case.source.width - answer.width
    assert 0 <= answer.y <= case.source.height - answer.height
    x, y, width, height = answer.content
    assert width >= 1
    assert height >= 1
    assert 0 <= x <= answer.delivered.width - width
    assert 0 <= y <= answer.delivered.height - height
    if case.step.mode not in (*PADDING, *AUTOMATIC):
        assert answer.content == (0, 0, answer.delivered.width, answer.delivered.height)


@given(cases(modes=(Mode.FILL, Mode.THUMB, Mode.AUTO)) | cases(modes=(Mode.CROP,), shapes=("r", "wr", "hr")))
@many_cases
def test_the_window_has_the_wanted_ratio_within_a_pixel(case: Case) -> None:
    sides = given_sides(case.step, case.source)
    if case.step.mode is Mode.CROP:
        ratio = case.step.ratio
    else:
        wanted = sides or max_ratio(case.source, case.step.ratio)
        ratio = Fraction(wanted.width, wanted.height)
    answer = case.answer()
    across = abs(answer.width - answer.height * ratio) <= max(1, ratio)
    down = abs(answer.height - answer.width / ratio) <= max(1, 1 / ratio)
    assert across or down


SIZED = ("wh", "w", "h", "wr", "hr", "whr")


@given(cases(modes=(Mode.FILL, *AUTOMATIC, Mode.AUTO, Mode.THUMB, Mode.PAD, Mode.LPAD, Mode.SCALE), shapes=SIZED))
@many_cases
def test_the_delivered_size_is_the_requested_one(case: Case) -> None:
    sides = given_sides(case.step, case.source)
    if case.step.mode is Mode.THUMB and (sides.width > case.source.width or sides.height > case.source.height):
        sides = max_ratio(case.source, Fraction(sides.width, sides.height))
    assert case.answer().delivered == sides


@given(cases(modes=(Mode.CROP, Mode.THUMB, Mode.LFILL, Mode.LIMIT, Mode.LPAD, Mode.MPAD)))
@many_cases
def test_modes_that_never_enlarge_do_not(case: Case) -> None:
    answer = case.answer()
    assert answer.content[2] <= answer.width
    assert answer.content[3] <= answer.height


@given(cases(modes=(Mode.CROP, Mode.MPAD)))
@many_cases
def test_crop_and_mpad_never_scale(case: Case) -> None:
    answer = case.answer()
    assert answer.content[2:] == (answer.width, answer.height)


@given(cases(modes=CUTTING, kinds=(Tight, Weighted)))
@many_cases
def test_what_to_keep_is_whole_whenever_it_fits(case: Case) -> None:
    assume(case.needed is not None)
    answer = case.answer()
    size = case.needed.outer_size(case.source)
    if size.width <= answer.width and size.height <= answer.height:
        assert holds(answer, case.needed)


@given(cases(modes=AUTOMATIC, kinds=(Weighted,)))
@many_cases
def test_fill_pad_keeps_everything_and_pads_only_for_that(case: Case) -> None:
    assume(case.needed is not None)
    answer = case.answer()
    canvas = requested(case.step, case.source, max_ratio)
    filling = max_ratio(case.source, Fraction(canvas.width, canvas.height))
    size = case.needed.outer_size(case.source)
    assert holds(answer, case.needed)
    if size.width <= filling.width and size.height <= filling.height:
        assert answer.content == (0, 0, canvas.width, canvas.height)
        if case.step.mode is Mode.FILL_PAD:
            assert (answer.width, answer.height) == (filling.width, filling.height)
        else:  # closer
            assert answer.width <= filling.width + 1  # rounded apart
            assert answer.height <= filling.height + 1
    else:
        assert answer.width > filling.width or answer.height > filling.height


@given(cases(modes=(Mode.FILL_PAD,), kinds=(Fixed, Weighted)))
@many_cases
def test_fill_pad_pads_evenly_without_distortion_and_no_more_than_pad(case: Case) -> None:
    answer = case.answer()
    x, y, width, height = answer.content
    canvas = answer.delivered
    assert canvas.width - width - 2 * x in (0, 1)
    assert canvas.height - height - 2 * y in (0, 1)
    padded = crop_box(replace(case.step, mode=Mode.PAD, x=None, y=None), case.source, Fixed(Compass.CENTER))
    if case.step.width is not None or case.step.height is not None:
        assert width >= padded.content[2] - 1
        assert height >= padded.content[3] - 1
    if (width, height) != (canvas.width, canvas.height):
        factor = min(Fraction(canvas.width, answer.width), Fraction(canvas.height, answer.height))
        for shown, scaled in ((width, answer.width * factor), (height, answer.height * factor)):
            assert abs(shown - scaled) <= Fraction(1, 2) or (shown == 1 and scaled < 1)


@given(cases(modes=PADDING))
@many_cases
def test_padding_modes_show_the_whole_picture_undistorted(case: Case) -> None:
    answer = case.answer()
    assert (answer.x, answer.y, answer.width, answer.height) == (0, 0, case.source.width, case.source.height)
    _, _, width, height = answer.content
    factors = [Fraction(width, case.source.width), Fraction(height, case.source.height)]
    slack = Fraction(1, case.source.width) + Fraction(1, case.source.height)
    assert abs(factors[0] - factors[1]) <= slack


@given(cases(kinds=(Weighted,), modes=(*CUTTING, *AUTOMATIC)), st.randoms(use_true_random=False))
@many_cases
def test_the_order_of_targets_and_their_repetition_do_not_matter(case: Case, random) -> None:
    keep, avoid = list(case.anchor.keep * 2), list(case.anchor.avoid * 2)
    random.shuffle(keep)
    random.shuffle(avoid)
    again = Weighted(tuple(keep), tuple(avoid), case.anchor.importance, case.anchor.thirds)
    assert replace(case, anchor=again).answer() == case.answer()


@given(cases(kinds=(Fixed, Point, Tight)))
@many_cases
def test_a_mirrored_picture_has_the_mirrored_crop(case: Case) -> None:
    answer, mirrored = case.answer(), case.mirrored().answer()
    assert replace(mirrored, x=answer.x, content=answer.content) == answer
    outside = case.source.width - answer.width
    assert abs(outside - mirrored.x - answer.x) <= outside % 2
    free = answer.delivered.width - answer.content[2]
    assert abs(free - mirrored.content[0] - answer.content[0]) <= free % 2
    if mirrored.x != outside - answer.x:
        assert 2 * answer.x in (outside - 1, outside + 1)  # only the exact middle between two pixels


@given(cases(kinds=(Fixed, Point, Tight)))
@many_cases
def test_a_picture_on_its_side_has_its_crop_on_its_side(case: Case) -> None:
    assume(not (case.step.mode is Mode.SCALE and case.step.ratio == 1))  # there the rule itself prefers the height
    answer, turned = case.answer(), case.on_its_side().answer()
    x, y, width, height = turned.content
    delivered = Size(turned.delivered.height, turned.delivered.width)
    flipped_back = replace(
        turned, x=turned.y, y=turned.x, width=turned.height, height=turned.width, delivered=delivered
    )
    assert replace(flipped_back, content=(y, x, height, width)) == answer


@given(cases(modes=CUTTING, kinds=(Fixed, Point, Tight)), st.integers(2, 4))
@many_cases
def test_an_enlarged_picture_has_the_enlarged_crop(case: Case, factor: int) -> None:
    answer, large = case.answer(), case.enlarged(factor).answer()
    assume(min(answer.delivered.width, answer.delivered.height) > 1)  # the least side of one pixel does not scale
    longer = max(answer.width, answer.height)
    shape = max(Fraction(answer.width, answer.height), Fraction(answer.height, answer.width))
    slack = 1.5 + shape + 0.6 * longer / min(answer.delivered.width, answer.delivered.height)
    if case.step.mode is Mode.CROP and case.step.ratio is not None:
        slack += max(case.step.ratio, 1 / case.step.ratio)
    for small_value, large_value in (
        (answer.x, large.x),
        (answer.y, large.y),
        (answer.width, large.width),
        (answer.height, large.height),
    ):
        assert abs(large_value / factor - small_value) <= slack * (1 + 1 / case.step.zoom)


@given(sources.flatmap(lambda source: st.tuples(st.just(source), boxes(source))))
@many_cases
def test_cropping_a_tight_crop_again_changes_nothing(drawn: tuple[Size, Box]) -> None:
    source, box = drawn
    first = crop_box(Resize(Mode.CROP), source, Tight(box))
    box = box.clip(source)
    inner = Box(box.left - first.x, box.top - first.y, box.right - first.x, box.bottom - first.y)
    second = crop_box(Resize(Mode.CROP), first.delivered, Tight(inner))
    assert (second.x, second.y, second.delivered) == (0, 0, first.delivered)


@given(cases(modes=(Mode.CROP,), kinds=(Tight,), shapes=("wh",)), st.integers(0, 60), st.integers(0, 60))
@many_cases
def test_a_larger_crop_never_shows_less(case: Case, wider: int, taller: int) -> None:
    width, height = case.step.width, case.step.height
    assume(isinstance(width, int) and isinstance(height, int))
    larger = replace(case, step=replace(case.step, width=width + wider, height=height + taller))
    before, after = shown_of(case.answer(), case.needed), shown_of(larger.answer(), case.needed)
    rounding = case.needed.width + case.needed.height  # half a pixel on each side of a box that does not fit
    assert after >= before - rounding


@given(cases(modes=(Mode.THUMB, Mode.CROP), kinds=(Tight, Weighted)), st.fractions(1, 4, max_denominator=20))
@many_cases
def test_a_smaller_zoom_never_shows_less_of_the_picture(case: Case, closer: Fraction) -> None:
    near = replace(case, step=replace(case.step, zoom=case.step.zoom * closer)).answer()
    far = case.answer()
    assert near.width <= far.width
    assert near.height <= far.height


@given(cases(modes=(Mode.CROP,), kinds=(Tight,), zoomed=False, shapes=("r",)))
@many_cases
def test_a_crop_of_a_ratio_contains_the_tight_crop_if_it_fits(case: Case) -> None:
    tight = replace(case, step=replace(case.step, ratio=None)).answer()
    largest = max_ratio(case.source, case.step.ratio)
    assume(tight.width <= largest.width and tight.height <= largest.height)
    assert holds(case.answer(), Box(tight.x, tight.y, tight.x + tight.width, tight.y + tight.height))


@given(st.integers(1, 120), st.integers(1, 120), st.data())
@many_cases
def test_moving_the_object_moves_the_window(width: int, height: int, data: st.DataObject) -> None:
    source = Size(600, 400)
    left = data.draw(st.integers(160, 300))
    top = data.draw(st.integers(160, 200))
    dx = data.draw(st.integers(-80, 80))
    dy = data.draw(st.integers(-60, 60))
    box = Box(left / 1.5, top / 1.5 + 30, left / 1.5 + 90.3, top / 1.5 + 90.7)
    moved = Box(box.left + dx, box.top + dy, box.right + dx, box.bottom + dy)
    step = Resize(Mode.CROP, width=width, height=height)
    before, after = crop_box(step, source, Tight(box)), crop_box(step, source, Tight(moved))
    assert abs(after.x - before.x - dx) <= 1
    assert abs(after.y - before.y - dy) <= 1


@given(sources.flatmap(lambda source: st.tuples(st.just(source), st.lists(boxes(source), min_size=1, max_size=4))))
@many_cases
def test_one_of_several_is_never_larger_than_all_of_them(drawn: tuple[Size, list[Box]]) -> None:
    source, instances = drawn
    one = crop_box(Resize(Mode.CROP), source, Tight(instances[0]))
    every = crop_box(Resize(Mode.CROP), source, Tight(hull(instances)))
    assert one.width <= every.width
    assert one.height <= every.height


@given(cases(kinds=(Weighted,), modes=CUTTING))
@many_cases
def test_what_lies_outside_the_picture_counts_nothing(case: Case) -> None:
    outside = Target(Box(-50, -50, -1, -1), 5.0)
    weightless = Target(Box(0, 0, 1, 1), 0.0)
    keep, avoid = case.anchor.keep, case.anchor.avoid
    more = Weighted((outside, *keep, weightless), (*avoid, outside), case.anchor.importance, case.anchor.thirds)
    assert replace(case, anchor=more).answer() == case.answer()


@given(cases(modes=(Mode.FIT, Mode.LIMIT, Mode.MFIT)))
@many_cases
def test_fit_touches_its_bounds_from_inside(case: Case) -> None:
    bounds = given_sides(case.step, case.source)
    delivered = case.answer().delivered
    inside = delivered.width <= bounds.width and delivered.height <= bounds.height
    touches = delivered.width == bounds.width or delivered.height == bounds.height
    enlarges = min(Fraction(bounds.width, case.source.width), Fraction(bounds.height, case.source.height)) > 1
    if (case.step.mode is Mode.LIMIT and enlarges) or (case.step.mode is Mode.MFIT and not enlarges):
        assert delivered == case.source
    else:
        assert inside
        assert touches
    assert math.prod((delivered.width, delivered.height)) >= 1
