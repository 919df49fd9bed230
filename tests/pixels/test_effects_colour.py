"""Effects on colour and tone."""

import colorsys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageStat

from keepsight.pixels.effects import Qualifiers, apply_effect
from keepsight.pixels.effects.lab import from_lab, to_lab
from keepsight.transformation.effects import parse_effect
from keepsight.transformation.effects.colouring import ART
from keepsight.transformation.values import Colour

from .drawn import psnr, scene

SCENE = scene(120, 90)


def effected(text, image=SCENE, **qualifiers):
    return apply_effect(image, parse_effect(text), Qualifiers(**qualifiers)).image


def painted(text, rgb, **qualifiers):
    """What an effect makes of one colour."""
    return effected(text, Image.new("RGB", (8, 8), rgb), **qualifiers).convert("RGB").getpixel((4, 4))


def mean(image):
    return sum(ImageStat.Stat(image.convert("L")).mean)


def spread(image):
    return ImageStat.Stat(image.convert("L")).stddev[0]


def chroma(image):
    pixels = np.asarray(image.convert("RGB"), int)
    return float(np.ptp(pixels, axis=2).mean())


def test_grayscale_has_equal_channels():
    red, green, blue = effected("grayscale").convert("RGB").split()
    assert red.tobytes() == green.tobytes() == blue.tobytes() == SCENE.convert("L").tobytes()


def test_blackwhite_has_two_values_and_white_shrinks_with_the_threshold():
    shares = []
    for threshold in (0, 30, 50, 70, 100):
        result = effected(f"blackwhite:{threshold}")
        assert {value for _, value in result.getcolors()} <= {0, 255}
        shares.append(mean(result) / 255)
    assert shares == sorted(shares, reverse=True) and shares[0] == 1 and shares[-1] == 0 and 0 < shares[2] < 1


def test_negate_twice_is_the_picture():
    assert effected("negate", effected("negate")).tobytes() == SCENE.tobytes()
    assert painted("negate", (10, 200, 255)) == (245, 55, 0)


def test_sepia_is_brown_and_grows_with_its_level():
    red, green, blue = painted("sepia:100", (120, 120, 120))
    assert red > green > blue
    distances = [psnr(effected(f"sepia:{level}"), SCENE) for level in (10, 40, 100)]
    assert distances == sorted(distances, reverse=True)


@given(st.tuples(*[st.integers(0, 255)] * 3), st.integers(-100, 100))
def test_hue_turns_the_circle_of_hsl(colour, level):
    hue, lightness, saturation = colorsys.rgb_to_hls(*(channel / 255 for channel in colour))
    expected = colorsys.hls_to_rgb((hue + level / 200) % 1, lightness, saturation)
    got = painted(f"hue:{level}", colour)
    # The table has kinks between its points where the circle has corners.
    assert max(abs(a * 255 - b) for a, b in zip(expected, got, strict=True)) <= 8


def test_a_whole_turn_of_hue_comes_back():
    assert psnr(effected("hue:100", effected("hue:100")), SCENE) > 40
    assert effected("hue:100").tobytes() == effected("hue:-100").tobytes()


def test_saturation():
    assert chroma(effected("saturation:-100")) == 0
    assert chroma(effected("saturation:60")) > chroma(SCENE) > chroma(effected("saturation:-40"))


def test_vibrance_spares_strong_colours():
    def change(colour):
        before, after = np.array(colour), np.array(painted("vibrance:80", colour))
        return np.ptp(after) / np.ptp(before)

    assert change((130, 120, 110)) > 1.5
    assert change((250, 20, 10)) < 1.1


def test_colorize():
    assert painted("colorize", (1, 2, 3)) == (128, 128, 128)
    assert painted("colorize:100", (1, 2, 3), colour=Colour(10, 20, 30)) == (10, 20, 30)
    assert painted("colorize:50", (100, 0, 200), colour=Colour(0, 100, 100)) == (50, 50, 150)
    assert painted("colorize:100", (100, 0, 200), colour=Colour(0, 0, 0, 0)) == (100, 0, 200)


def test_tint_maps_lightness_onto_its_colours():
    assert painted("tint:100:blue:yellow", (0, 0, 0)) == (0, 0, 255)
    assert painted("tint:100:blue:yellow", (255, 255, 255)) == (255, 255, 0)
    assert painted("tint:100:red", (0, 0, 0)) == (0, 0, 0)
    assert painted("tint:100:red", (255, 255, 255)) == (255, 255, 255)
    red, green, blue = painted("tint:100:red", (128, 128, 128))
    assert red > 250 and green < 5 and blue < 5
    assert painted("tint:100:red:0p:blue:20p:lime:100p", (51, 51, 51)) == (0, 0, 255)


def test_tint_equalized_spreads_a_narrow_range():
    narrow = SCENE.convert("L").point(lambda value: 100 + value // 8).convert("RGB")
    assert spread(effected("tint:equalize:100:black:white", narrow)) > 3 * spread(
        effected("tint:100:black:white", narrow)
    )


def test_replace_color_replaces_what_is_like_it_and_nothing_else():
    image = Image.new("RGB", (60, 20), (200, 40, 40))
    draw = ImageDraw.Draw(image)
    draw.rectangle((20, 0, 39, 19), fill=(150, 30, 30))  # the same in shadow
    draw.rectangle((40, 0, 59, 19), fill=(40, 60, 200))
    for text in ("replace_color:green:40", "replace_color:green:40:c82828"):
        changed = effected(text, image)
        light, shadow, other = (changed.getpixel((x, 10)) for x in (10, 30, 50))
        assert light[1] > light[0] + 60 and shadow[1] > shadow[0] + 30
        assert sum(shadow) < sum(light)
        assert max(abs(a - b) for a, b in zip(other, (40, 60, 200), strict=True)) <= 2


def test_replace_color_finds_nothing_in_greys():
    grey = SCENE.convert("L").convert("RGB")
    assert effected("replace_color:red", grey).tobytes() == grey.tobytes()


@given(st.lists(st.tuples(*[st.integers(0, 255)] * 3), min_size=1, max_size=20))
def test_lab_and_back(colours):
    values = np.array(colours, dtype=np.float32) / 255
    assert np.abs(from_lab(to_lab(values)) - values).max() < 1 / 255
    assert np.allclose(to_lab(np.array([[1, 1, 1]], dtype=np.float32)), [[100, 0, 0]], atol=0.05)


def test_recolor_is_its_matrix():
    assert painted("recolor:0:1:0:0:0:1:1:0:0", (10, 20, 30)) == (20, 30, 10)
    assert painted("recolor:0.5:0:0:0:2:0:0:0:1", (10, 20, 30)) == (5, 40, 30)
    image = Image.new("RGBA", (4, 4), (10, 20, 30, 200))
    swapped = effected("recolor:0:0:0:1:0:1:0:0:0:0:1:0:1:0:0:0", image)
    assert swapped.getpixel((1, 1)) == (200, 20, 30, 10)


def test_colour_blindness_confuses_what_it_should():
    def distance(text, one, other):
        a, b = (to_lab(np.array([painted(text, colour)]) / 255) for colour in (one, other))
        return float(np.linalg.norm(a - b))

    red, green, blue, yellow = (200, 60, 60), (110, 120, 40), (60, 80, 200), (200, 190, 60)
    normal = distance("colorize:0", red, green)
    for condition in ("deuteranopia", "protanopia"):
        assert distance(f"simulate_colorblind:{condition}", red, green) < 0.6 * normal
        assert distance(f"simulate_colorblind:{condition}", blue, yellow) > 60
    assert distance("simulate_colorblind:deuteranomaly", red, green) > distance(
        "simulate_colorblind:deuteranopia", red, green
    )
    assert np.ptp(painted("simulate_colorblind:rod_monochromacy", red)) <= 1
    assert painted("simulate_colorblind:tritanopia", (90, 90, 90)) == pytest.approx((90, 90, 90), abs=2)
    seen = "simulate_colorblind:deuteranopia"
    helped = (painted(seen, painted("assist_colorblind:xray", colour)) for colour in (red, green))
    plain = (painted(seen, colour) for colour in (red, green))
    assert np.linalg.norm(np.subtract(*helped)) > 1.5 * np.linalg.norm(np.subtract(*plain))


def test_colour_blindness_gets_stripes_over_reds_only():
    grey, red = (Image.new("RGB", (32, 32), colour) for colour in ((90, 90, 90), (180, 40, 40)))
    assert effected("assist_colorblind:100", grey).tobytes() == grey.tobytes()
    striped = np.asarray(effected("assist_colorblind:60", red), int)
    assert np.ptp(striped[0, :, 0]) > 50 and np.ptp(striped[:, 0, 0]) == 0


def test_brightness_and_gamma_brighten_and_darken():
    for name in ("brightness", "brightness_hsb", "gamma"):
        means = [mean(effected(f"{name}:{level}")) for level in (-50, -20, 0, 30, 90)]
        assert means == sorted(means) and means[0] < means[-1] - 40
    assert painted("gamma:100", (0, 255, 128)) == (0, 255, 181)


def test_brightness_hsb_keeps_hue_where_brightness_washes_out():
    assert painted("brightness_hsb:100", (200, 100, 50)) == pytest.approx((255, 128, 64), abs=6)
    assert min(painted("brightness:100", (200, 100, 50))) > 200


def test_contrast():
    spreads = [spread(effected(f"contrast:{level}")) for level in (-80, -30, 0, 30, 80)]
    assert spreads == sorted(spreads)
    assert painted("contrast:150:linear", (128, 0, 100)) == (128, 0, 86)
    assert painted("contrast:60", (0, 255, 127)) == pytest.approx((0, 255, 127), abs=1)
    back = effected("contrast:-40", effected("contrast:40"))
    assert psnr(back, SCENE) > 35


def test_channels():
    assert painted("red:50", (100, 100, 100)) == (150, 100, 100)
    assert painted("green:-100", (100, 100, 100)) == (100, 0, 100)
    assert painted("blue:100", (100, 100, 200)) == (100, 100, 255)


def test_automatic_adjustments_mend_what_was_spoilt():
    dark = SCENE.point([value // 4 for value in range(256)] * 3)
    flat = SCENE.point([90 + value // 4 for value in range(256)] * 3)
    red, green, blue = SCENE.split()
    cast = Image.merge("RGB", (red, green, blue.point([value // 2 for value in range(256)])))
    assert mean(effected("auto_brightness", dark)) > 1.5 * mean(dark)
    assert spread(effected("auto_contrast", flat)) > 2 * spread(flat)
    assert np.ptp(ImageStat.Stat(effected("auto_color", cast)).mean) < np.ptp(ImageStat.Stat(cast).mean) / 1.5
    for spoilt in (dark, flat):
        assert psnr(effected("improve", spoilt), SCENE) > psnr(spoilt, SCENE) + 2
    assert mean(effected("improve:indoor", dark)) > mean(effected("improve:outdoor", dark))


def test_fill_light_lifts_shadows_only():
    assert painted("fill_light", (30, 20, 10)) > (45, 25, 12)
    assert painted("fill_light", (200, 180, 220)) == (200, 180, 220)
    assert painted("fill_light:100:100", (120, 120, 120)) > painted("fill_light:100:-100", (120, 120, 120))


def test_what_is_transparent_has_no_say_in_automatic_adjustments():
    image = scene(60, 40).point([60 + value // 3 for value in range(256)] * 3)
    hidden = image.copy()
    hidden.paste((255, 0, 0), (0, 0, 30, 40))
    hidden.putalpha(255)
    hidden.paste((255, 0, 0, 0), (0, 0, 30, 40))
    half = image.crop((30, 0, 60, 40))
    for name in ("auto_contrast", "auto_color", "auto_brightness"):
        seen = effected(name, hidden).crop((30, 0, 60, 40)).convert("RGB")
        assert seen.tobytes() == effected(name, half).tobytes()


def test_art_filters_are_all_different_and_none_is_the_picture():
    results = {name: effected(f"art:{name}").convert("RGB") for name in ART}
    results["none"] = SCENE
    keys = list(results)
    for at, one in enumerate(keys):
        for other in keys[at + 1 :]:
            assert psnr(results[one], results[other]) < 36, (one, other)
    for name in ("audrey", "sonnet", "zorro"):
        assert chroma(results[name]) < 15
