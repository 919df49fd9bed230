import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keepsight.transformation.effects import (
    EFFECTS,
    NOT_OFFERED,
    Arc,
    Effect,
    Kind,
    Quad,
    Stop,
    effect_text,
    parse_effect,
)
from keepsight.transformation.values import Colour
from tests.conftest import shared
from tests.transformation.effect_cases import any_effect, extremes

RED, GREEN = Colour(255, 0, 0), Colour(0, 128, 0)


@settings(max_examples=500)
@given(any_effect)
def test_what_is_printed_reads_back(effect):
    assert parse_effect(effect_text(effect)) == effect


@settings(max_examples=500)
@given(st.sampled_from(sorted(EFFECTS)), st.text(alphabet="abcdefp_:;.-0123456789", max_size=30))
def test_whatever_follows_a_name_is_an_effect_or_a_reason(name, rest):
    try:
        effect = parse_effect(f"{name}:{rest}")
    except ValueError as error:
        assert str(error)
    else:
        assert parse_effect(effect_text(effect)) == effect


@given(any_effect)
def test_effects_can_be_keys(effect):
    assert {effect: 1}[parse_effect(effect_text(effect))] == 1


@pytest.mark.parametrize(
    ("one", "same"),
    [
        ("blur", "blur:100"),
        ("blur_faces", "blur_faces:500"),
        ("improve:50", "improve:outdoor:50"),
        ("contrast:level_150;type_linear", "contrast:150:linear"),
        ("contrast:type_linear", "contrast:100:linear"),
        ("contrast", "contrast:0"),
        ("outline:15", "outline:15:0"),
        ("gradient_fade:50", "gradient_fade:strength_50"),
        ("replace_color:rgb:fff:30:rgb:aaaaaa", "replace_color:white:30:aaa"),
        ("trim:color_rgb:00f;tolerance_15", "trim:15:blue"),
        ("tint", "tint:60:red:50p"),
        ("tint:100:red:blue", "tint:100:red:0p:blue:100p"),
        ("tint:50:blue:80p:red:20p", "tint:50:red:20p:blue:80p"),
        ("shear:20.0:0.0", "shear:20:-0"),
        ("distort:arc:180.0", "distort:arc:180"),
        ("blur_region:5000", "blur_region:2000"),
        ("morphology:iterations_5", "morphology:erode:5:disk:2.0"),
        ("cartoonify:bw", "cartoonify:50:bw"),
    ],
)
def test_spellings_of_one_effect(one, same):
    assert parse_effect(one) == parse_effect(same)


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        ("grayscale", ()),
        ("tint:equalize:80:green:red", (True, 80.0, (Stop(GREEN, 0.0), Stop(RED, 100.0)))),
        ("outline:inner:15:200", ("inner", 15, 200)),
        ("outline", (None, 5, 0)),
        ("distort:1:2:3:4:5:6:7:8", (Quad((1, 2, 3, 4, 5, 6, 7, 8)),)),
        ("distort:arc:-90", (Arc(-90.0),)),
        ("assist_colorblind:xray", ("xray",)),
        ("pixelate", (None,)),
        ("loop", (None,)),
    ],
)
def test_arguments(text, arguments):
    assert parse_effect(text) == Effect(text.split(":")[0], arguments)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("blur:x", "'x' is not understood; expected strength: a whole number"),
        ("blur:100:1", "'1' is not understood"),
        ("contrast:level_5;level_6", "'level_6' is not understood"),
        ("contrast:level_x", "level 'x' is not understood"),
        ("art", "art needs its filter; expected one of al_dente"),
        ("art:mona_lisa", "'mona_lisa' is not understood; expected one of al_dente"),
        ("shear:90:0", "a skew of 90 degrees"),
        ("shear:20", "shear needs its y"),
        ("recolor:1:2", "expected 9 or 16 numbers"),
        ("distort:arc:0.5", "degrees from -360 to 360 but not between -1 and 1"),
        ("distort:1:2:3", "expected eight coordinates"),
        ("distort:1:2:3:4:5:6:7:x", "'x' is not a coordinate"),
        ("distort:200000:2:3:4:5:6:7:8", "coordinate 200000 is too far away"),
        ("replace_color", "replace_color needs its to"),
        ("replace_color:reddish", "'reddish' is not understood"),
        ("tint:50:red:120p", "each followed by its place from 0p to 100p"),
        ("tint:50:" + ":".join(["red"] * 11), "11 colours"),
        ("seepia", "did you mean sepia?"),
        ("xyz", "expected an effect such as sepia"),
    ],
)
def test_what_is_refused_says_why(text, reason):
    with pytest.raises(ValueError) as refused:
        parse_effect(text)
    assert reason in str(refused.value)


@pytest.mark.parametrize(
    ("text", "arguments", "warnings"),
    [
        ("blur:0", (1,), ("e_blur: strength 0 is out of range, taken for 1",)),
        ("blur:10000", (2000,), ("e_blur: strength 10000 is out of range, taken for 2000",)),
        ("blur:", (100,), ()),
        ("blur:12.5", (13,), ()),
        ("sepia:1.4999", (1,), ()),
        ("sepia:-1", (1,), ("e_sepia: level -1 is out of range, taken for 1",)),
        ("grayscale:1", (), ("e_grayscale has no argument: 1 is ignored",)),
        ("contrast:150", (100, "sigmoidal"), ("e_contrast: level 150 is out of range, taken for 100",)),
        ("contrast:-5:linear", (1, "linear"), ("e_contrast: level -5 is out of range, taken for 1",)),
        ("contrast:level_201;type_linear", (200, "linear"), ("e_contrast: level 201 is out of range, taken for 200",)),
    ],
)
def test_a_number_out_of_range_is_brought_into_it_and_the_effect_says_so(text, arguments, warnings):
    effect = parse_effect(text)
    assert (effect.arguments, effect.warnings) == (arguments, warnings)


def test_a_distortion_takes_per_cent():
    assert parse_effect("distort:0p:0:100p:0:100p:100p:0:-50p") == parse_effect("distort:0.0:0:1.0:0:1.0:1.0:0:-0.5")


@pytest.mark.parametrize("name", [*NOT_OFFERED, "gen_whatever_comes_next"])
def test_what_is_not_offered_is_named(name):
    with pytest.raises(ValueError, match=f"^{name} is not offered by this server: it is "):
        parse_effect(f"{name}:prompt_a dog;multiple_true")


def test_no_effect_is_both_offered_and_not():
    assert not set(EFFECTS) & set(NOT_OFFERED)


@pytest.mark.parametrize("declaration", EFFECTS.values(), ids=list(EFFECTS))
def test_declarations_are_fit_for_the_documents(declaration):
    arguments = (*declaration.arguments, *((declaration.rest,) if declaration.rest else ()))
    assert declaration.help.endswith(".") and declaration.help[0].isupper()
    for argument in arguments:
        assert argument.help.endswith(".")
        assert not argument.expected[0].isupper() and not argument.expected.endswith(".")
    if declaration.kind not in (Kind.BLEND, Kind.ANIMATION):
        effects = [item[2:] for item in declaration.sample.split(",") if item.startswith("e_")]
        assert len(effects) == 1 and parse_effect(effects[0]).name == declaration.name
    assert extremes(declaration)


def test_every_effect_that_sdks_print_is_offered_or_named():
    vectors = json.loads(shared("vectors/transformations.json").read_text())
    items = {
        item.removeprefix("e_")
        for each in vectors["transformations"]
        for component in each["transformation"].split("/")
        for item in component.split(",")
        if item.startswith("e_") and "$" not in item
    }
    assert len(items) > 80
    refused = set()
    for item in items:
        try:
            parse_effect(item)
        except ValueError as error:
            assert "is not offered by this server" in str(error), item
            refused.add(item.split(":")[0])
    assert refused <= set(NOT_OFFERED)
