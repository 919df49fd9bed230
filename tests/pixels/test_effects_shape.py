"""Effects that change the frame or the alpha."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from keepsight.errors import BadRequest
from keepsight.pixels.effects import Qualifiers, apply_effect, opacity
from keepsight.transformation.effects import parse_effect
from keepsight.transformation.values import Colour

from .drawn import psnr, scene
from .likeness import ssim

SCENE = scene(120, 90)
ORANGE = Colour(255, 165, 0)


def effected(text, image=SCENE, **qualifiers):
    return apply_effect(image, parse_effect(text), Qualifiers(**qualifiers))


def framed(colour="white", margins=(10, 20, 30, 5)):
    """The scene with a margin left, top, right and bottom."""
    left, top, right, bottom = margins
    image = Image.new("RGB", (120 + left + right, 90 + top + bottom), colour)
    image.paste(SCENE, (left, top))
    return image


def alpha(image):
    return np.asarray(image.convert("RGBA").getchannel("A"), int)


@pytest.mark.parametrize("colour", ["white", "black", (200, 10, 60)])
def test_trim_cuts_the_margin_off(colour):
    image = framed(colour)
    ImageDraw.Draw(image).rectangle((10, 20, 129, 109), outline=(0, 255, 255))
    trimmed = effected("trim", image)
    assert trimmed.image.tobytes() == image.crop((10, 20, 130, 110)).tobytes()
    assert trimmed.content == (-10, -20, 160, 115)


def test_trim_by_tolerance_and_by_colour():
    image = Image.new("RGB", (50, 40), (255, 255, 255))
    draw = ImageDraw.Draw(image)
    draw.rectangle((5, 5, 44, 34), fill=(220, 220, 220))  # 14 % darker
    draw.rectangle((15, 15, 29, 29), fill=(0, 0, 200))
    assert effected("trim:10", image).image.size == (40, 30)
    assert effected("trim:20", image).image.size == (15, 15)
    assert effected("trim:10:dcdcdc", image).image.size == (50, 40)
    assert effected("trim:20:dcdcdc", image).image.size == (15, 15)


def test_trim_cuts_transparency_off_whatever_its_colour():
    image = Image.new("RGBA", (40, 30), (255, 0, 0, 0))
    image.paste((0, 0, 255, 255), (8, 9, 20, 25))
    image.paste((0, 255, 0, 0), (0, 0, 3, 3))
    assert effected("trim", image).image.size == (12, 16)


def test_trim_leaves_an_even_picture():
    even = Image.new("RGB", (30, 20), "teal")
    assert effected("trim", even).image.size == (30, 20)


def test_shear_makes_a_parallelogram():
    sheared = effected("shear:45:0")
    assert sheared.image.size == (210, 90)
    opaque = alpha(sheared.image)
    # The top edge goes right: free corners are the top left and the bottom right.
    assert opaque[5, 20] == 0 and opaque[84, 190] == 0 and opaque[5, 150] == 255 and opaque[84, 40] == 255
    assert opaque.sum() / 255 == pytest.approx(120 * 90, rel=0.01)
    assert sheared.image.getpixel((45 + 60, 45))[:3] == pytest.approx(SCENE.getpixel((60, 45)), abs=25)
    downward = alpha(effected("shear:0:30").image)
    assert downward[5, 5] == 255 and downward[-5, -5] == 255 and downward[5, -5] == 0 and downward[-5, 5] == 0
    assert effected("shear:200:0").image.size == effected("shear:20:0").image.size


def test_distort_moves_the_corners():
    half = effected("distort:0:0:60:0:60:45:0:45").image
    assert half.size == (60, 45)
    assert psnr(half.convert("RGB"), SCENE.resize((60, 45), Image.Resampling.BICUBIC)) > 28
    shares = effected("distort:0.0:0.0:0.5:0.0:0.5:0.5:0.0:0.5").image
    assert shares.tobytes() == half.tobytes()
    mirrored = effected("distort:120:0:0:0:0:90:120:90").image
    assert psnr(mirrored.convert("RGB"), SCENE.transpose(Image.Transpose.FLIP_LEFT_RIGHT)) > 38
    moved = effected("distort:100:50:160:50:160:95:100:95").image
    assert moved.tobytes() == half.tobytes()  # the canvas is the box around the corners
    trapezium = alpha(effected("distort:30:0:90:0:120:90:0:90").image)
    assert trapezium[2, 10] == 0 and trapezium[2, 60] == 255 and trapezium[87, 10] == 255


def test_far_smaller_pictures_are_not_full_of_gaps():
    fine = Image.new("L", (800, 800))
    fine.putdata([255 * ((x + y) % 2) for y in range(800) for x in range(800)])
    small = np.asarray(effected("distort:0:0:50:0:50:50:0:50", fine).image.convert("L"), int)
    assert small[5:-5, 5:-5].std() < 4 and abs(small[25, 25] - 128) < 4


@pytest.mark.parametrize("corners", ["1:2:3:4:5:6:7:8", "0:0:0:0:9:9:0:9", "0:0:90:0:20:20:0:90", "0:0:9:9:9:0:0:9"])
def test_corners_that_make_no_picture(corners):
    with pytest.raises(BadRequest, match="The corners of e_distort make no picture"):
        effected(f"distort:{corners}")


def test_no_shape_makes_an_enormous_picture():
    with pytest.raises(BadRequest, match="expected at most 64,000,000 pixels"):
        effected("distort:0:0:99999:0:99999:99999:0:99999")


def test_arc_bends_like_a_frown_and_like_a_smile():
    frown, smile = (effected(f"distort:arc:{degrees}").image for degrees in (90, -90))
    assert frown.size == smile.size and frown.height > 90
    up, down = alpha(frown), alpha(smile)
    assert up[2, frown.width // 2] == 255 and up[2, 2] == 0 and up[-3, frown.width // 2] == 0
    assert down[-3, smile.width // 2] == 255 and down[-3, 2] == 0 and down[2, smile.width // 2] == 0
    # The middle of the picture keeps its size and place in the arc.
    assert frown.getpixel((frown.width // 2, 45))[:3] == pytest.approx(SCENE.getpixel((60, 45)), abs=25)
    assert ssim(effected("distort:arc:1").image.crop((0, 0, 120, 90)), SCENE) > 0.9


def disc():
    image = Image.new("RGBA", (100, 80))
    ImageDraw.Draw(image).ellipse((30, 20, 69, 59), fill=(0, 0, 255, 255))
    return image


def test_outline_of_a_shape_stays_on_its_canvas():
    outer = effected("outline:outer:6", disc(), colour=ORANGE)
    assert outer.image.size == (100, 80) and outer.content == (0, 0, 100, 80)
    assert outer.image.getpixel((50, 16)) == (255, 165, 0, 255)  # 4 pixels above the disc
    assert outer.image.getpixel((50, 25)) == (0, 0, 255, 255)
    assert outer.image.getpixel((50, 12))[3] == 0
    inner = effected("outline:inner:6", disc(), colour=ORANGE).image
    assert inner.getpixel((50, 23)) == (255, 165, 0, 255)
    assert inner.getpixel((50, 30)) == (0, 0, 255, 255) and inner.getpixel((50, 16))[3] == 0
    both = effected("outline:6", disc()).image
    assert both.getpixel((50, 16)) == both.getpixel((50, 23)) == (0, 0, 0, 255)
    filled = effected("outline:inner_fill", disc(), colour=ORANGE).image
    assert filled.getpixel((50, 40)) == (255, 165, 0, 255) and filled.getpixel((50, 16))[3] == 0
    fill = effected("outline:fill:6", disc(), colour=ORANGE).image
    assert fill.getpixel((50, 40)) == fill.getpixel((50, 16)) == (255, 165, 0, 255)


def test_outline_of_a_whole_picture_grows_it():
    outlined = effected("outline:outer:7", colour=ORANGE)
    assert outlined.image.size == (134, 104) and outlined.content == (7, 7, 120, 90)
    assert outlined.image.crop((7, 7, 127, 97)).convert("RGB").tobytes() == SCENE.tobytes()
    assert outlined.image.getpixel((60, 3)) == (255, 165, 0, 255)
    assert effected("outline:inner:7").image.size == SCENE.size


def test_outline_blur_is_soft():
    edge = alpha(effected("outline:outer:8:60", disc()).image)[:20, 50]
    assert len(set(edge.tolist()) - {0, 255}) > 5


def test_shadow_falls_where_it_should():
    cast = effected("shadow:0", colour=Colour(0, 128, 0), x=15, y=5)
    assert cast.image.size == (135, 95) and cast.content == (0, 0, 120, 90)
    assert cast.image.crop((0, 0, 120, 90)).convert("RGB").tobytes() == SCENE.tobytes()
    assert cast.image.getpixel((130, 50)) == (0, 128, 0, 255) and cast.image.getpixel((130, 2))[3] == 0
    left = effected("shadow:0", x=-15, y=-5)
    assert left.content == (15, 5, 120, 90) and left.image.getpixel((3, 50)) == (128, 128, 128, 255)
    soft = effected("shadow:60", x=0, y=0)
    left, top, *_ = soft.content
    assert left == top > 20 and 0 < alpha(soft.image)[80, 25] < 255
    default = effected("shadow").image
    assert alpha(default)[20, 20] == 255 and alpha(default)[108, 138] > 100 and alpha(default)[2, 2] == 0


def test_gradient_fade_towards_one_edge():
    top = alpha(effected("gradient_fade").image)
    assert top[0, 60] < 5 and abs(top[22, 60] - 128) < 5 and top[45:].min() == 255
    left = alpha(effected("gradient_fade", x=30).image)
    assert left[40, 0] < 6 and left[40, 31:].min() == 255
    right = alpha(effected("gradient_fade", x=-30).image)
    assert np.array_equal(right, left[:, ::-1])
    assert np.array_equal(alpha(effected("gradient_fade", y=-30).image)[:, 0], left[0, ::-1][-90:])


def test_gradient_fade_is_stronger_with_strength_and_on_both_sides_when_symmetric():
    sums = [alpha(effected(f"gradient_fade:{strength}").image).sum() for strength in (0, 10, 20, 60, 100)]
    assert sums == sorted(sums, reverse=True) and sums[0] == 120 * 90 * 255
    both = alpha(effected("gradient_fade:symmetric", x=24, y=18).image)
    assert np.array_equal(both, both[::-1, ::-1]) and both[45, 60] == 255 and both[0].max() < 10
    assert np.array_equal(both, alpha(effected("gradient_fade:symmetric_pad", x=24, y=18).image))


def test_gradient_fade_into_padding():
    image = framed((200, 30, 30), (40, 0, 40, 0))
    faded = effected("gradient_fade:symmetric_pad", image, x=20, padded=(40.0, 0.0, 120.0, 90.0)).image
    assert faded.mode == "RGB" and faded.size == image.size
    assert faded.crop((0, 0, 40, 90)).tobytes() == image.crop((0, 0, 40, 90)).tobytes()
    assert faded.crop((60, 0, 140, 90)).tobytes() == image.crop((60, 0, 140, 90)).tobytes()
    assert faded.getpixel((40, 45)) == pytest.approx((200, 30, 30), abs=8)
    assert faded.getpixel((159, 45)) == pytest.approx((200, 30, 30), abs=8)


def test_make_transparent():
    image = framed((255, 255, 255))
    ImageDraw.Draw(image).rectangle((10, 20, 129, 109), fill=(250, 250, 250))
    ImageDraw.Draw(image).rectangle((40, 40, 70, 70), fill=(0, 0, 200))
    cut = effected("make_transparent", image).image
    assert (
        cut.getpixel((2, 2))[3] == 0 and cut.getpixel((20, 25))[3] == 0 and cut.getpixel((50, 50)) == (0, 0, 200, 255)
    )
    exact = effected("make_transparent:0", image).image
    assert exact.getpixel((2, 2))[3] == 0 and exact.getpixel((20, 25))[3] == 255
    blue = effected("make_transparent:10", image, colour=Colour(0, 0, 200)).image
    assert blue.getpixel((2, 2))[3] == 255 and blue.getpixel((50, 50))[3] == 0
    assert alpha(effected("make_transparent:100", image).image).max() == 0


def test_opacity_threshold_and_opacity():
    ramp = Image.new("RGB", (256, 256), "red")
    ramp.putalpha(Image.linear_gradient("L"))
    for level in (1, 50, 100):
        decided = alpha(effected(f"opacity_threshold:{level}", ramp).image)[:, 0]
        assert list(decided) == [255 if row / 2.55 >= level else 0 for row in range(256)]
    assert opacity(SCENE, 100) is SCENE
    assert set(alpha(opacity(SCENE, 50)).ravel()) == {128}
    assert set(alpha(opacity(SCENE, 0)).ravel()) == {0}
    assert abs(alpha(opacity(ramp, 50))[200, 0] - 100) <= 1
