"""Variables, conditions, layers and names: how components of a chain work together."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from urllib.parse import unquote

import pytest

from keepsight.errors import BadRequest
from keepsight.transformation.build import build_plan
from keepsight.transformation.effects import parse_effect
from keepsight.transformation.gravity import Faces
from keepsight.transformation.hints import Hints
from keepsight.transformation.layer_source import AssetLayer, FetchLayer, TextSource
from keepsight.transformation.output import Output
from keepsight.transformation.plan import (
    ApplyEffect,
    Assign,
    Branch,
    Corners,
    Deferred,
    Deliver,
    Layer,
    Placement,
    Plan,
    Resize,
    Step,
)
from keepsight.transformation.plan_text import plan_text
from keepsight.transformation.unfold import unfold
from keepsight.transformation.values import Colour, Compass, Mode, Quality


def plan(url: str, **named: str) -> Plan:
    return build_plan(url.split("/"), named=named)


@dataclass
class Picture:
    """A picture that says how large it is."""

    width: int = 600
    height: int = 400
    faces: int = 2

    def characteristic(self, name: str) -> Fraction | str:
        return {
            "w": Fraction(self.width),
            "h": Fraction(self.height),
            "iw": Fraction(self.width),
            "ih": Fraction(self.height),
            "ar": Fraction(self.width, self.height),
            "fc": Fraction(self.faces),
            "tags": "cat:home",
        }[name]

    def stored(self, kind: str, key: str) -> str:
        return ""


def steps(url: str, picture: Picture | None = None) -> tuple[Step, ...]:
    return tuple(unfold(plan(url).steps, picture or Picture()))


SEPIA = ApplyEffect(parse_effect("sepia"))


@pytest.mark.parametrize(
    ("url", "same"),
    [
        ("$a_100/w_$a", "w_100"),
        ("$a_100,w_$a", "w_100"),
        ("$a_100/$b_$a_mul_2_add_10/w_$b", "w_210"),
        ("$r_0.5/w_$r", "w_0.5"),  # a share stays a share
        ("$r_1.0/w_$r", "w_1.0"),
        ("w_10_mul_3", "w_30"),
        ("w_10_div_4", "w_3"),  # whole pixels, half up
        ("$e_!sepia!/e_$e", "e_sepia"),
        ("$e_!blur!/e_$e:300", "e_blur:300"),
        ("$v_10/r_$v:5:$v", "r_10:5:10"),
        ("$g_!face!/c_thumb,g_$g,w_50", "c_thumb,g_face,w_50"),
        ("$img_!badge!/l_$img", "l_badge"),
        ("$q_2/if_$q_gt_1/e_sepia/if_else/e_blur/if_end", "e_sepia"),
        ("if_!a!_in_!a:b!,e_sepia", "e_sepia"),
        ("$a_1/$a_2/w_$a", "w_2"),
        ("$c_!rgb:ff0000!/c_pad,w_20,h_10,b_$c", "c_pad,w_20,h_10,b_red"),
        ("t_small/e_sepia", "c_fill,w_10,h_10/e_sepia"),
        ("t_small.brown", "c_fill,w_10,h_10/e_sepia"),
        ("t_both,q_50", "c_fill,w_10,h_10/e_sepia/q_50"),
        ("bl_small/q_50", "c_fill,w_10,h_10/q_50"),
        ("$way_!go_to_i!/if_$way_eq_!go_to_i!,e_sepia", "e_sepia"),
        ("$n_!30!_to_i/w_$n", "w_30"),
        ("if_2_gt_1,t_small", "c_fill,w_10,h_10"),
    ],
)
def test_what_the_url_settles_is_settled(url: str, same: str) -> None:
    named = {"small": "c_fill,w_10,h_10", "brown": "e_sepia", "both": "t_small/t_brown"}
    assert plan(url, **named) == plan(same)


@pytest.mark.parametrize(
    ("url", "same"),
    [
        ("w_iw_div_2", "w_300"),
        ("w_w_mul_2,h_h_mul_0.5", "w_1200,h_200"),
        ("$half_iw_div_2/w_$half", "w_300"),
        ("$n_10/w_$n_mul_fc", "w_20"),
        ("$n_fc/$m_$n_add_1/r_$m", "r_3"),
        ("if_w_gt_500/w_100/if_else/w_50/if_end", "w_100"),
        ("if_w_lt_500/w_100/if_else/w_50/if_end", "w_50"),
        ("if_w_gt_500/w_100", "w_100"),  # a bare condition lasts to the end
        ("if_w_gt_500,w_100/e_sepia", "w_100/e_sepia"),
        ("if_w_lt_500,w_100/e_sepia", "e_sepia"),
        ("if_ar_gt_1_and_fc_gte_2/if_h_gt_500/w_1/if_else/w_2/if_end/if_end/e_sepia", "w_2/e_sepia"),
        ("if_w_gt_500,l_a/w_1/fl_layer_apply,g_north/w_2", "l_a/w_1/fl_layer_apply,g_north/w_2"),
        ("if_w_lt_500,l_a/w_1/fl_layer_apply,g_north/w_2", "w_2"),
        ("if_w_gt_500,l_a/w_1/fl_layer_apply/e_sepia/if_end/w_2", "l_a/w_1/fl_layer_apply/e_sepia/w_2"),
        ("if_w_lt_500/w_3/if_else,l_a/w_1/fl_layer_apply/w_2/if_end", "l_a/w_1/fl_layer_apply/w_2"),
        ("if_fc_gt_0,c_crop,g_faces/if_else/c_fill,w_10/if_end", "c_crop,g_faces"),
        ("$a_1/if_w_gt_500/$a_2/if_end/w_$a", "w_2"),
        ("$a_1/if_w_lt_500/$a_2/if_end/w_$a", "w_1"),
        ("e_blur:fc_mul_100", "e_blur:200"),
        ("$all_tags/if_!cat!_in_$all,e_sepia", "e_sepia"),
        ("if_fc_eq_2/$e_!sepia!/if_end/if_$e_eq_!sepia!,w_5", "w_5"),
        ("a_fc", "a_2"),
        ("dpr_2/w_iw_div_6", "w_200"),
    ],
)
def test_what_the_picture_settles_waits_for_it(url: str, same: str) -> None:
    assert steps(url) == steps(same)


def test_the_picture_decides_again_for_every_picture() -> None:
    url = "if_w_gt_500/w_100/if_else/w_50/if_end"
    assert steps(url, Picture(width=300)) == plan("w_50").steps


def test_what_waits_is_a_step_of_its_own() -> None:
    assert plan("w_iw_div_2,c_scale").steps == (Deferred(("c_scale,w_iw_div_2",)),)
    assert plan("$a_iw/w_$a").steps == (Assign("a", "iw"), Deferred(("w_$a",)))
    assert plan("if_iw_gt_5,e_sepia").steps == (Branch("iw_gt_5", (SEPIA,)),)


def test_output_settings_stay_in_order_where_a_condition_may_change_them() -> None:
    assert plan("q_50/q_60").output == Output(quality=Quality(60))
    chain = plan("q_50/if_w_gt_5/q_60/if_end/f_png")
    assert chain.output == Output()
    assert chain.steps[0] == Deliver(Output(quality=Quality(50)))


@pytest.mark.parametrize("text", ["d_$", "l_a$", "pg_$", "e_$", "w_$", "d_$,w_iw", "b_$5"])
def test_a_dollar_sign_alone_is_no_variable(text: str) -> None:
    try:
        plan(text)
    except BadRequest as refusal:
        assert "$" in str(refusal)


def test_words_in_every_branch_and_layer_count_for_signatures() -> None:
    url = "if_w_gt_5/c_crop,g_cat/if_else/c_crop,g_dog,w_iw/if_end/l_logo/c_crop,g_hat/fl_layer_apply,g_tie"
    assert plan(url).object_words == ("cat", "dog", "tie", "hat")


@pytest.mark.parametrize("url", ["f_auto", "if_w_gt_5/f_auto/if_end", "w_iw_div_2,f_auto"])
def test_a_plan_knows_that_it_negotiates(url: str) -> None:
    assert plan(url).negotiates
    assert not plan("f_png").negotiates


@pytest.mark.parametrize(
    "url", ["if_fc_gt_1,w_5", "w_fc_mul_100", "$a_fc/w_$a", "e_blur_faces", "l_x/e_pixelate_faces/fl_layer_apply"]
)
def test_a_plan_knows_that_faces_decide(url: str) -> None:
    assert plan(url).asks_faces
    assert not plan("w_iw_div_2/e_blur").asks_faces


def test_a_layer_opened_and_applied() -> None:
    url = "c_fill,w_100,h_100/l_brand:badge/c_scale,w_40/e_sepia/fl_layer_apply,g_south_east,x_5,y_6/q_50"
    step = plan(url).steps[1]
    assert step == Layer(
        AssetLayer("brand/badge"),
        (Resize(Mode.SCALE, 40), SEPIA),
        Placement(Compass.SOUTH_EAST, 5, 6),
    )
    assert plan(url).output == Output(quality=Quality(50))


def test_a_layer_in_one_component() -> None:
    assert (
        plan("l_badge,g_south_east,w_40,x_5,e_sepia,o_50").steps
        == plan("l_badge/w_40,e_sepia,o_50/fl_layer_apply,g_south_east,x_5").steps
    )


def test_a_gravity_that_the_crop_needs_stays_with_it() -> None:
    (step,) = plan("l_me,c_thumb,g_face,w_40,h_40,x_3").steps
    assert step == Layer(AssetLayer("me"), (Resize(Mode.THUMB, 40, 40, gravity=Faces(False)),), Placement(x=3))


def test_layers_lie_in_layers() -> None:
    (outer,) = plan("l_a/l_b/w_10/fl_layer_apply,g_west/w_20/fl_layer_apply,g_east").steps
    assert isinstance(outer, Layer)
    assert [type(s) for s in outer.steps] == [Layer, Resize]
    assert plan("l_a/l_b/w_10/fl_layer_apply,g_west/w_20/fl_layer_apply").sources == (AssetLayer("a"), AssetLayer("b"))


def test_a_layer_alone_inside_of_a_condition_ends_with_it() -> None:
    (branch, sepia) = plan("if_w_gt_5/l_a,w_10/if_end/e_sepia").steps
    assert isinstance(branch, Branch)
    assert [type(step) for step in branch.then] == [Layer]
    assert sepia == SEPIA
    with pytest.raises(BadRequest, match="fl_layer_apply follows"):
        plan("if_w_gt_5/l_a,w_10/if_end/e_sepia/fl_layer_apply")


def test_a_place_in_the_component_that_opens_a_layer_is_that_of_the_layer() -> None:
    assert plan("l_a,g_south,x_5/e_sepia/fl_layer_apply").steps == plan("l_a/e_sepia/fl_layer_apply,g_south,x_5").steps


def test_an_unfinished_layer_before_another_stands_alone() -> None:
    first, second = plan("l_a,w_10/l_b/w_20/fl_layer_apply").steps
    assert isinstance(first, Layer)
    assert isinstance(second, Layer)
    assert first.steps == (Resize(Mode.SCALE, 10),)


@pytest.mark.parametrize(
    ("flag", "field"),
    [("fl_no_overflow", "no_overflow"), ("fl_tiled", "tiled"), ("fl_cutter", "cutter")],
)
def test_flags_of_layers(flag: str, field: str) -> None:
    for url in (f"l_a,{flag}", f"l_a/fl_layer_apply,{flag}"):
        (step,) = plan(url).steps
        assert isinstance(step, Layer)
        assert getattr(step.placement, field)


def test_blends_belong_to_the_placement() -> None:
    (step,) = plan("u_a/e_screen,fl_layer_apply").steps
    assert isinstance(step, Layer)
    assert step.placement == Placement(under=True, blend=parse_effect("screen"))


def test_words_take_colour_border_and_width() -> None:
    (step,) = plan("c_fit,w_200,co_red,bo_2px_solid_white,l_text:Arial_20_stroke:hello/fl_layer_apply,g_north").steps
    assert isinstance(step, Layer)
    assert isinstance(step.source, TextSource)
    assert step.source.colour == Colour(255, 0, 0)
    assert step.source.wrap == 200
    assert step.source.stroke is not None
    assert step.steps == ()


def test_a_layer_that_waits_keeps_what_it_shows() -> None:
    (step,) = plan("l_badge/w_iw_div_4/fl_layer_apply,x_iw_div_10").steps
    assert step == Deferred(
        (
            "l_badge",
            "w_iw_div_4",
            "x_iw_div_10,fl_layer_apply",
        ),
        sources=(AssetLayer("badge"),),
    )
    (settled,) = steps("l_badge/e_sepia/fl_layer_apply,x_iw_div_10")
    assert settled == Layer(AssetLayer("badge"), (SEPIA,), Placement(x=60))


def test_an_address_in_base64() -> None:
    (step,) = plan("l_fetch:aHR0cHM6Ly9leGFtcGxlLmNvbS9hLmpwZw").steps
    assert isinstance(step, Layer)
    assert step.source == FetchLayer("https://example.com/a.jpg")


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("l_video:a", "videos are not offered"),
        ("l_a//b", "Unknown|Invalid"),
        ("l_fetch:?", "URL-safe base64"),
        ("l_a/fl_layer_apply,a_ignore", "about the picture itself"),
        ("l_a/fl_layer_apply,d_b", "about the picture itself"),
        ("l_a/fl_layer_apply,e_blur_region,c_fill,w_9,x_2", "resize in a component of its own"),
        ("l_a,fl_text_no_trim", "works with a text only"),
        ("w_5/bl_small", "bl_ is alone in the first one"),
        ("t_loop", "more than 8 deep"),
        ("if_w_gt_5/if_else/if_else/if_end", "comes once"),
        ("l_a/a_ignore/fl_layer_apply", "about the picture itself"),
        ("l_a,d_b", "about the picture itself"),
        ("l_a/pg_2,w_iw_div_2/fl_layer_apply", "about the picture itself"),
        ("if_w_gt_5,a_ignore", "a_ignore is expected outside"),
        ("l_a/if_w_gt_5,fl_layer_apply", "around a whole layer"),
        ("/".join(["if_w_gt_5"] * 700), "at most 50 deep"),
        ("/".join(["l_a"] * 51 + ["fl_layer_apply"] * 51), "at most 50 deep"),
        ("$a_!xxxxxxxx!/" + "/".join(f"${b}_!{f'$({a})' * 8}!" for a, b in pairwise("abcdefghij")), "at most 8192"),
        ("if_w_gt_5,w_5,if_h_gt_5", "one condition in a component"),
    ],
)
def test_refusals(url: str, message: str) -> None:
    with pytest.raises(BadRequest, match=message):
        plan(url.replace("//", "::"), small="w_5", loop="t_loop")


def test_names_cannot_explode() -> None:
    bombs = {f"n{i}": "/".join([f"t_n{i + 1}"] * 10) for i in range(7)} | {"n7": "w_5"}
    with pytest.raises(BadRequest, match="add up to more than"):
        build_plan(["t_n0"], named=bombs)


def test_hints_give_widths_and_ratios_and_are_told() -> None:
    hints = Hints(dpr=Fraction(2), width=750)
    wide = build_plan(["c_limit,w_auto"], hints)
    assert wide.steps == (Resize(Mode.LIMIT, 800),)
    assert "Sec-CH-Width" in wide.vary
    assert "Sec-CH-DPR" not in wide.vary
    assert build_plan(["c_fill,w_100,dpr_auto"], hints).steps == (Resize(Mode.FILL, 200),)
    assert build_plan(["c_fill,w_100,dpr_auto"]).steps == (Resize(Mode.FILL, 100),)
    assert build_plan(["c_limit,w_auto:100:300"]).steps == (Resize(Mode.LIMIT, 300),)
    assert build_plan(["w_100"], hints).vary == ()


def test_what_does_nothing_is_said() -> None:
    assert plan("p_a,g_center,x_1,r_3").warnings == (
        "g_ without a cut does nothing",
        "x_ without a cut does nothing",
        "p_ names sprites only",
    )
    assert plan("p_a,g_center,x_1,r_3").steps == (Corners((3, 3, 3, 3)),)
    assert plan("fl_relative").warnings == ("fl_relative without a width or a height does nothing",)
    assert plan("co_red,e_sepia").warnings == ("co_ does nothing with e_sepia",)
    assert plan("c_fit,g_north,w_100").warnings == ("g_ without a cut does nothing",)
    assert plan("co_red,e_colorize/c_fill,g_north,w_100/fl_relative,w_0.5").warnings == ()
    assert plan("c_fill,w_10,z_2") == plan("c_fill,w_10")
    assert plan("c_fill,w_10,z_2").warnings == ("z_ without c_crop, c_thumb or c_auto does nothing",)
    assert plan("c_thumb,g_face,w_10,z_2").warnings == ()
    assert plan("e_screen").warnings == ("e_screen without a layer does nothing",)
    assert plan("c_crop,w_5,x_1,g_north").warnings == ()


@pytest.mark.parametrize("url", ["pg_2,dn_99,a_ignore,d_b,w_iw_div_2", "pg_2/dn_99,a_ignore/if_w_gt_5,w_5/d_b"])
def test_how_the_original_is_read_never_waits(url: str) -> None:
    made = plan(url)
    assert (made.output.pages, made.output.density) == (((2, 2),), 99)
    assert (made.upright, made.default) == (False, "b")
    assert build_plan(unquote(plan_text(made)).split("/")) == made


def test_what_does_nothing_in_a_layer_is_said() -> None:
    assert plan("l_a/p_b/fl_layer_apply").warnings == ("p_ names sprites only",)
    assert plan("l_a/w_0.2/fl_layer_apply,fl_relative").warnings == (
        "fl_relative without a width or a height does nothing",
    )
