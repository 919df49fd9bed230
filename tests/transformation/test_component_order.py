"""In which order the parameters of one component run, and whose they are."""

from __future__ import annotations

from itertools import permutations
from urllib.parse import unquote

import pytest

from keepsight.transformation.build import build_plan
from keepsight.transformation.effects import parse_effect
from keepsight.transformation.plan import ApplyEffect, Layer, Placement, Plan, Resize
from keepsight.transformation.plan_text import plan_text
from keepsight.transformation.values import Mode


def plan(url: str) -> Plan:
    return build_plan(url.split("/"))


@pytest.mark.parametrize(
    ("component", "chain"),
    [
        ("w_90,b_black,e_gradient_fade", "w_90/e_gradient_fade/b_black"),
        ("w_90,b_black,o_30", "w_90/o_30/b_black"),
        ("b_black,e_gradient_fade", "e_gradient_fade/b_black"),
        ("c_pad,w_90,h_90,b_black,o_30", "c_pad,w_90,h_90,b_black/o_30/b_black"),
        ("c_pad,w_90,h_90,b_black,e_sepia", "c_pad,w_90,h_90,b_black/e_sepia"),
        ("c_pad,w_90,h_90,b_black", "c_pad,w_90,h_90,b_black"),
        ("c_fill,w_90,h_90,b_black", "c_fill,w_90,h_90,b_black"),
        ("c_fill,w_90,h_90,b_black,r_max", "c_fill,w_90,h_90/r_max/b_black"),
        ("e_shadow,r_20", "r_20/e_shadow"),
        ("e_outline,r_20,bo_2px_solid_red", "r_20,bo_2px_solid_red/e_outline"),
        ("e_trim,r_20", "e_trim/r_20"),
        ("a_20,r_20,e_sepia,b_red", "e_sepia/r_20/a_20/b_red"),
        ("a_90,r_20:0:0:0", "a_90/r_20:0:0:0"),
        ("a_hflip.20.90,r_9", "a_hflip/r_9/a_20/a_90"),
        ("a_20,e_shadow,o_50", "a_20/e_shadow/o_50"),
        ("e_sepia,e_shadow,e_blur,r_4", "e_sepia/r_4/e_shadow/e_blur"),
        ("e_improve,e_sharpen", "e_improve/e_sharpen"),
        ("e_sharpen,e_improve", "e_sharpen/e_improve"),
        ("e_loop:2,e_sepia", "e_sepia/e_loop:2"),
        ("c_fill,w_90,h_60,e_gradient_fade,y_0.2", "c_fill,w_90,h_60/e_gradient_fade,y_0.2"),
        ("w_90,e_gradient_fade,y_-0.2", "w_90/e_gradient_fade,y_-0.2"),
        ("c_crop,w_90,h_60,x_3,y_4,e_shadow", "c_crop,w_90,h_60,x_3,y_4/e_shadow"),
        (
            "c_thumb,g_face,w_90,h_90,e_outline,co_red,r_max,f_png",
            "c_thumb,g_face,w_90,h_90/r_max/e_outline,co_red/f_png",
        ),
    ],
)
def test_a_component_means_its_parts_in_their_order(component: str, chain: str) -> None:
    assert plan(component) == plan(chain)


@pytest.mark.parametrize("items", ["c_fill,w_90,h_80,r_9,o_50,b_red,a_20", "l_a,w_9,g_north,x_3,o_50,fl_no_overflow"])
def test_no_other_order_of_writing_means_something_else(items: str) -> None:
    every = {repr(plan(",".join(order))) for order in permutations(items.split(","), len(items.split(",")))}
    assert len(every) == 1


@pytest.mark.parametrize(
    ("component", "counts", "said"),
    [
        ("c_fill,c_crop,w_30,h_30", "c_crop,w_30,h_30", "c_crop counts and not c_fill beside it"),
        ("w_200,w_400", "w_400", "w_400 counts and not w_200 beside it"),
        ("g_center,c_fill,w_9,h_9,g_south", "c_fill,w_9,h_9,g_south", "g_south counts and not g_center beside it"),
        ("c_fill,ar_2,w_9,h_9", "c_fill,w_9,h_9,ar_2", "ar_ beside a width and a height does nothing"),
        ("c_crop,w_9,h_9,x_3,y_3,e_shadow", None, "x_ and y_ place the cut: e_shadow beside it does without them"),
        ("e_multiply,w_9", "w_9", "e_multiply without a layer does nothing"),
        ("l_a,e_shadow,x_3", None, "x_ and y_ place the layer: e_shadow beside them does without"),
        ("l_a,e_multiply,e_screen", "l_a,e_screen", "e_screen mixes the layer, and not e_multiply beside it"),
        ("l_a/fl_layer_apply,w_9,w_8", "l_a/fl_layer_apply,w_8", "w_8 counts and not w_9 beside it"),
    ],
)
def test_what_cannot_act_is_said(component: str, counts: str | None, said: str) -> None:
    assert said in plan(component).warnings
    assert counts is None or plan(counts) == plan(component)
    assert not plan("c_fill,g_auto,g_auto,w_9,h_9").warnings


@pytest.mark.parametrize("text", ["l_a,e_shadow/fl_layer_apply,x_3", "l_a,e_shadow,x_3/fl_layer_apply,x_5"])
def test_offsets_of_another_component_are_not_missed_by_an_effect(text: str) -> None:
    """The place of a layer is said where it is applied: an effect where it is opened has lost nothing by that."""
    assert plan(text).warnings == ()


@pytest.mark.parametrize("layer", ["l_a", "u_a", "l_fetch:aHR0cHM6Ly9leGFtcGxlLmNvbS9hLmpwZw", "l_text:Arial_20:x"])
@pytest.mark.parametrize(
    ("beside", "chain"),
    [
        ("x_14,y_14,a_-20,g_south_east", "a_-20/fl_layer_apply,x_14,y_14,g_south_east"),
        ("r_9,g_north", "r_9/fl_layer_apply,g_north"),
        ("o_40,r_9", "r_9/o_40/fl_layer_apply"),
        ("c_fill,w_40,h_30,x_5", "c_fill,w_40,h_30/fl_layer_apply,x_5"),
        ("w_0.2,fl_relative,g_south", "w_0.2,fl_relative/fl_layer_apply,g_south"),
        ("e_sepia,o_50,g_east", "e_sepia,o_50/fl_layer_apply,g_east"),
        ("e_sepia,e_multiply", "e_sepia/fl_layer_apply,e_multiply"),
        ("e_screen,fl_tiled", "fl_layer_apply,e_screen,fl_tiled"),
        ("bo_2px_solid_red,e_blur:200", "e_blur:200,bo_2px_solid_red/fl_layer_apply"),
        ("a_hflip", "a_hflip/fl_layer_apply"),
        ("q_50,f_png", "fl_layer_apply/q_50,f_png"),
    ],
)
def test_what_does_not_place_a_layer_is_done_to_it(layer: str, beside: str, chain: str) -> None:
    wanted = plan(f"{layer}/{chain}")
    assert plan(f"{layer}/fl_layer_apply,{beside}") == wanted
    assert plan(f"{layer},{beside}") == wanted
    assert plan(f"{layer},fl_layer_apply,{beside}") == wanted
    assert plan(unquote(plan_text(wanted))) == wanted


def test_a_blend_counts_wherever_it_stands() -> None:
    for url in ("l_a,e_multiply", "l_a,e_multiply/fl_layer_apply", "l_a/fl_layer_apply,e_multiply"):
        (step,) = plan(url).steps
        assert isinstance(step, Layer)
        assert step.placement == Placement(blend=parse_effect("multiply")), url
        assert plan(url).warnings == ()


def test_an_offset_beside_an_effect_that_opens_a_layer_is_that_of_the_effect() -> None:
    (step,) = plan("l_a,e_shadow,x_3,y_4,g_south/fl_layer_apply,x_9").steps
    assert isinstance(step, Layer)
    assert step.steps == (ApplyEffect(parse_effect("shadow"), x=3, y=4),)
    assert step.placement.x == 9


def test_a_colour_at_the_end_of_a_text_is_that_of_the_text() -> None:
    assert plan("l_text:Arial_20:x/fl_layer_apply,co_red") == plan("l_text:Arial_20:x,co_red")


def test_a_cut_without_a_size_waits_for_the_picture() -> None:
    assert plan("c_crop,x_10,y_10").steps == (Resize(Mode.CROP, x=10, y=10),)
