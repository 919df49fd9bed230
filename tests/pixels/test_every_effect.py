"""What holds for all effects."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from keepsight.errors import BadRequest
from keepsight.pixels.effects import Qualifiers, apply_effect, channels, warp, within
from keepsight.pixels.effects.apply import PLAIN, QUALIFIED, RESHAPING, WITHIN
from keepsight.transformation.effects import EFFECTS, Kind, effect_text, parse_effect
from keepsight.transformation.values import Colour
from tests.transformation.effect_cases import any_effect, extremes

from .drawn import scene

ON_PICTURES = [d for d in EFFECTS.values() if d.kind in (Kind.PIXELS, Kind.RESHAPE)]
IN_BOXES = [d for d in EFFECTS.values() if d.kind in (Kind.REGION, Kind.FACES)]
SIZES = ((1, 1), (3, 2), (1, 40), (41, 29))
CHANGES_ALPHA = {
    *("blur", "gradient_fade", "make_transparent", "morphology", "opacity_threshold", "pixelate", "recolor"),
}


def pictures():
    for size in SIZES:
        image = scene(*size) if min(size) > 3 else Image.new("RGB", size, (180, 40, 90))
        alpha = Image.linear_gradient("L").resize(size)
        translucent = image.copy()
        translucent.putalpha(alpha)
        yield from (image, image.convert("L"), translucent)


PICTURES = list(pictures())


def test_every_effect_has_its_pixels():
    applied = {*PLAIN, *QUALIFIED, *RESHAPING, *WITHIN}
    assert applied == {d.name for d in EFFECTS.values() if d.kind not in (Kind.BLEND, Kind.ANIMATION)}
    assert set(RESHAPING) == {d.name for d in EFFECTS.values() if d.kind is Kind.RESHAPE}
    assert set(WITHIN) == {d.name for d in EFFECTS.values() if d.kind in (Kind.REGION, Kind.FACES)}


@pytest.mark.parametrize("declaration", ON_PICTURES, ids=[d.name for d in ON_PICTURES])
def test_runs_on_every_picture_at_both_ends_of_every_range(declaration):
    qualifiers = (
        Qualifiers(),
        Qualifiers(Colour(255, 128, 0, 200), x=2, y=-1),
        Qualifiers(x=-7, y=1),
    )
    for effect in extremes(declaration):
        for image in PICTURES:
            for each in qualifiers if declaration.qualifiers else qualifiers[:1]:
                try:
                    effected = apply_effect(image, effect, each)
                except BadRequest:
                    assert declaration.name == "distort"  # corners in shares of a single pixel span no area
                    continue
                assert effected.image.mode in {"L", "RGB", "RGBA"}
                assert min(effected.image.size) >= 1
                if declaration.kind is not Kind.RESHAPE:
                    assert effected.image.size == image.size
                    assert effected.content == (0, 0, *image.size)


@pytest.mark.parametrize("declaration", IN_BOXES, ids=[d.name for d in IN_BOXES])
def test_runs_in_boxes_of_every_picture_at_both_ends_of_every_range(declaration):
    for effect in extremes(declaration):
        for image in PICTURES:
            changed = within(image, [(0, 0, *image.size), (-5, -5, 2, 1), (90, 90, 99, 99)], effect)
            assert changed.mode == image.mode and changed.size == image.size


@settings(max_examples=150)
@given(any_effect, st.sampled_from(PICTURES))
def test_any_effect_is_the_same_twice_and_leaves_its_picture_alone(effect, image):
    before = image.tobytes()

    def result():
        try:
            if EFFECTS[effect.name] in IN_BOXES:
                return within(image, [(0, 0, 2, 2)], effect)
            return apply_effect(image, effect).image
        except (BadRequest, ValueError) as refused:
            return str(refused)

    first, second = result(), result()
    assert first == second
    assert image.tobytes() == before


@pytest.mark.parametrize(
    "name", [d.name for d in ON_PICTURES if d.kind is Kind.PIXELS and d.name not in CHANGES_ALPHA]
)
def test_alpha_stays(name):
    image = next(i for i in PICTURES if i.mode == "RGBA" and i.size == (41, 29))
    for effect in extremes(EFFECTS[name]):
        changed = apply_effect(image, effect).image
        assert changed.getchannel("A").tobytes() == image.getchannel("A").tobytes(), effect_text(effect)


NEUTRAL = (
    *("hue:0", "brightness:0", "brightness_hsb:0", "contrast:0", "contrast:100:linear", "gamma:0", "saturation:0"),
    *("vibrance:0", "red:0", "green:0", "blue:0", "auto_brightness:0", "auto_color:0", "auto_contrast:0"),
    *("improve:0", "improve:indoor:0", "fill_light:0", "noise:0", "vignette:0", "oil_paint:0", "colorize:0", "tint:0"),
    *("recolor:1:0:0:0:1:0:0:0:1", "recolor:1:0:0:0:0:1:0:0:0:0:1:0:0:0:0:1", "pixelate:1", "morphology:radius_0.5"),
    *("gradient_fade:0", "shear:0:0", "distort:0:0:41:0:41:29:0:29"),
)


@pytest.mark.parametrize("text", NEUTRAL)
@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
def test_neutral_values_change_nothing(text, mode):
    image = next(i for i in PICTURES if i.mode == mode and i.size == (41, 29))
    changed = apply_effect(image, parse_effect(text)).image
    # Colour under full transparency is free to change; one step is the rounding of weighting by alpha.
    one, other = (np.asarray(i.convert("RGBA").convert("RGBa"), int) for i in (changed, image))
    assert np.abs(one - other).max() <= (1 if mode == "RGBA" else 0)


@pytest.mark.parametrize("text", ["screen", "loop:3", "blur_faces"])
def test_what_is_no_effect_on_a_picture_alone(text):
    with pytest.raises(ValueError, match="cannot be applied to a picture alone"):
        apply_effect(PICTURES[0], parse_effect(text))


def test_only_regions_and_faces_work_in_boxes():
    with pytest.raises(ValueError, match="sepia does not work in boxes"):
        within(PICTURES[0], [(0, 0, 1, 1)], parse_effect("sepia"))


@pytest.mark.parametrize(
    "text", ["noise:30", "vignette:80", "fill_light", "recolor:" + ":".join(["0.4"] * 16), "assist_colorblind:80"]
)
def test_strips_leave_no_seams(text, monkeypatch):
    image = scene(200, 150)
    whole = apply_effect(image, parse_effect(text)).image.tobytes()
    monkeypatch.setattr(channels, "_BAND", 4_001)
    assert apply_effect(image, parse_effect(text)).image.tobytes() == whole


def test_warps_have_no_seams_either(monkeypatch):
    whole = apply_effect(scene(200, 150), parse_effect("distort:arc:70")).image.tobytes()
    monkeypatch.setattr(warp, "_STRIP", 4_001)
    assert apply_effect(scene(200, 150), parse_effect("distort:arc:70")).image.tobytes() == whole


@pytest.mark.parametrize(
    ("text", "qualifiers"),
    [("shadow", Qualifiers(x=60_000, y=60_000)), ("shear:80:80", Qualifiers()), ("distort:arc:360", Qualifiers())],
)
def test_no_effect_makes_an_enormous_picture(text, qualifiers):
    image = Image.new("L", (9_000, 500) if "arc" not in text else (100, 9_000))
    with pytest.raises(BadRequest, match="expected at most 64,000,000 pixels"):
        apply_effect(image, parse_effect(text), qualifiers)
