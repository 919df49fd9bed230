from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepsight.errors import BadRequest
from keepsight.transformation.backgrounds import AutoBackground
from keepsight.transformation.build import build_plan
from keepsight.transformation.gravity import Auto, Objects
from keepsight.transformation.output import Output
from keepsight.transformation.parameters import PARAMETERS
from keepsight.transformation.plan import Plan, Resize, Rotate
from keepsight.transformation.values import Colour, Compass, Mode, Quality, Turn


def only_step(component: str) -> Resize | Rotate:
    (step,) = build_plan([component]).steps
    return step


def test_sizes_are_pixels_without_a_dot_and_shares_with_one() -> None:
    assert only_step("c_scale,w_1,h_1.0") == Resize(Mode.SCALE, width=1, height=Fraction(1))


def test_a_size_without_a_mode_scales() -> None:
    assert only_step("w_200") == Resize(Mode.SCALE, width=200)


@pytest.mark.parametrize(("text", "ratio"), [("16:9", Fraction(16, 9)), ("1.5", Fraction(3, 2)), ("1", Fraction(1))])
def test_aspect_ratios_are_exact(text: str, ratio: Fraction) -> None:
    assert only_step(f"c_fill,ar_{text},w_10") == Resize(Mode.FILL, width=10, ratio=ratio)


def test_order_inside_a_component_means_nothing() -> None:
    assert build_plan(["c_fill,w_1,h_2,g_north"]) == build_plan(["g_north,h_2,c_fill,w_1"])


def test_order_of_components_does() -> None:
    assert build_plan(["w_10", "a_90"]) != build_plan(["a_90", "w_10"])


def test_the_old_style_of_everything_in_one_component() -> None:
    plan = build_plan(["c_fill,w_200,h_100,q_auto:eco,f_auto,b_rgb:f00,a_90.hflip,fl_getinfo"])
    red = Colour(255, 0, 0)
    assert plan == Plan(
        steps=(Resize(Mode.FILL, 200, 100, background=red), Rotate((Turn.ROTATE_90, Turn.HFLIP))),
        output=Output(format="auto", quality=Quality(level="eco"), getinfo=True),
    )


@pytest.mark.parametrize("text", ["0", "360", "-360"])
def test_a_full_turn_is_nothing(text: str) -> None:
    assert build_plan([f"a_{text}"]) == Plan()


@pytest.mark.parametrize(
    ("text", "turns"),
    [("90", (Turn.ROTATE_90,)), ("-90", (Turn.ROTATE_270,)), ("450", (Turn.ROTATE_90,)), ("vflip", (Turn.VFLIP,))],
)
def test_quarter_turns(text: str, turns: tuple[Turn, ...]) -> None:
    assert only_step(f"a_{text}") == Rotate(turns)


@pytest.mark.parametrize(
    ("text", "colour"),
    [
        ("white", Colour(255, 255, 255)),
        ("rgb:0a0b0c", Colour(10, 11, 12)),
        ("rgb:0a0b0c80", Colour(10, 11, 12, 128)),
        ("transparent", Colour(0, 0, 0, 0)),
        ("auto", AutoBackground()),
    ],
)
def test_backgrounds(text: str, colour: object) -> None:
    step = only_step(f"c_pad,w_10,b_{text}")
    assert isinstance(step, Resize)
    assert step.background == colour


def test_device_pixel_ratio_multiplies_pixels_and_not_shares() -> None:
    assert only_step("c_fill,w_300,h_0.5,dpr_2.0") == Resize(Mode.FILL, 600, Fraction(1, 2))


def test_device_pixel_ratio_in_a_component_of_its_own_multiplies_every_size() -> None:
    plan = build_plan(["c_fill,w_300,h_200", "w_101", "dpr_1.5"])
    assert plan.steps == (Resize(Mode.FILL, 450, 300), Resize(Mode.SCALE, 152))


@pytest.mark.parametrize(
    ("components", "words"),
    [
        (["c_fill,w_1,g_auto"], ()),
        (["c_fill,w_1,g_auto:faces"], ()),
        (["c_crop,g_face"], ()),
        (["c_crop,g_north,w_1"], ()),
        (["c_fill,w_1,g_auto:cat_avoid"], ("cat", "cat_avoid")),
        (["c_crop,g_dog:face:auto:bird,w_5"], ("dog", "bird")),
        (["c_fill,w_1,g_face:auto:tie"], ("tie",)),
        (["c_crop,g_cat", "c_crop,g_dog"], ("cat", "dog")),
    ],
)
def test_words_for_objects_are_found_wherever_they_stand(components: list[str], words: tuple[str, ...]) -> None:
    assert build_plan(components).object_words == words


@pytest.mark.parametrize(
    ("component", "message"),
    [
        ("w_abc", "Invalid width in transformation: abc"),
        ("w_0", "Invalid width in transformation: 0"),
        ("h_-5", "Invalid height in transformation: -5"),
        ("w_65536", "from 1 to 65535"),
        ("c_cover,w_5", "Invalid crop mode in transformation: cover"),
        ("c_imagga_crop,w_5", "a paid add-on: not offered"),
        ("ar_0:1,w_1", "Invalid aspect ratio in transformation: 0:1"),
        ("ar_1:0,w_1", "Invalid aspect ratio in transformation: 1:0"),
        ("c_crop,g_cat,z_0", "Invalid zoom in transformation: 0"),
        ("q_101", "Invalid quality in transformation: 101"),
        ("q_auto:great", "Invalid quality in transformation: auto:great"),
        ("f_pdf", "Invalid format in transformation: pdf"),
        ("dpr_0,w_5", "Invalid dpr in transformation: 0"),
        ("a_left", "Invalid angle in transformation: left"),
        ("b_rgb:12", "Invalid background in transformation: rgb:12"),
        ("fl_pdf", "Invalid flag in transformation: pdf"),
        ("e_gen_remove:prompt_dog", "gen_remove is not offered"),
        ("w_$w", r"\$w has no value yet"),
        ("$w_2_plus_3,w_$w", r"Invalid assignment to \$w: 2_plus_3 \(plus is none of"),
        ("if_w_is_3,w_5", "Invalid condition in transformation: w_is_3"),
        ("if_else", "if_else follows an if_"),
        ("if_end", "if_end follows an if_"),
        ("fl_layer_apply,g_north", "fl_layer_apply follows an l_ or u_"),
        ("t_nothing", "Unknown transformation nothing"),
        ("g_$x,$x_w_add_1,c_fill,w_5", "do not depend on the picture"),
        ("foo_1", "'foo_1' is none of c_, w_"),
        ("c_fill_pad,w_10,h_10,g_cat", "c_fill_pad takes g_auto"),
        ("c_pad,w_10,g_auto", "Use auto gravity only with crop, fill, lfill, fill_pad or thumb"),
        ("c_fit,w_10,g_dog:auto", "Use auto gravity only with crop, fill, lfill, fill_pad or thumb"),
        ("c_pad,w_10,g_cat", "compass gravity only"),
        ("c_scale,w_10,g_cat", "no object gravity"),
        ("c_fill,ar_1,g_dog:auto", "auto gravity behind the name of an object needs a width or a height"),
        ("c_crop,g_dog:auto", "auto gravity behind the name of an object needs a width or a height"),
        ("w_143.5", r"at most 10\.0; pixels are whole, such as 144"),
        ("h_10.5,c_fill", r"Invalid height in transformation: 10\.5"),
        ("c_fill,w_10,g_auto:20", "works with c_thumb only"),
        ("c_crop,w_10,h_10,g_xy_center,x_5", "needs x_ and y_"),
    ],
)
def test_a_refusal_names_parameter_value_and_expectation(component: str, message: str) -> None:
    with pytest.raises(BadRequest, match=message):
        build_plan([component])


@pytest.mark.parametrize("component", ["c_crop,g_cat", "c_crop,g_face", "c_crop,ar_1,g_dog:cat", "c_crop,g_custom"])
def test_a_gravity_that_finds_a_box_needs_no_size(component: str) -> None:
    assert isinstance(only_step(component), Resize)


def test_gravities_arrive_typed() -> None:
    assert only_step("c_fill,w_5,g_south") == Resize(Mode.FILL, 5, gravity=Compass.SOUTH)
    assert only_step("c_crop,g_cat") == Resize(Mode.CROP, gravity=Objects(("cat",)))
    assert only_step("c_fill,w_5,g_auto") == Resize(Mode.FILL, 5, gravity=Auto())


def test_equal_plans_have_equal_canonical_text_and_others_do_not() -> None:
    assert repr(build_plan(["g_auto:dog:cat,c_fill,w_5"])) == repr(build_plan(["w_5,c_fill,g_auto:cat:dog"]))
    assert repr(build_plan(["w_1"])) != repr(build_plan(["w_1.0"]))


@given(st.sampled_from(PARAMETERS), st.text(min_size=1, max_size=20))
def test_any_value_of_any_parameter_is_a_plan_or_a_bad_request(parameter: object, value: str) -> None:
    try:
        build_plan([f"{parameter.key}_{value}"])  # type: ignore[attr-defined]
    except BadRequest as refusal:
        assert str(refusal)


def test_every_parameter_declares_what_documents_need() -> None:
    for parameter in PARAMETERS:
        assert parameter.key
        assert parameter.name
        assert parameter.expected
        assert parameter.default
        assert parameter.help.endswith(".")
