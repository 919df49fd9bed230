"""Layers against the formulas of the W3C, written out in floating point, and against libvips."""

import time

import numpy as np
import pytest
import pyvips
from PIL import Image, ImageDraw

from keepsight.errors import BadRequest
from keepsight.pixels.compose import compose
from keepsight.pixels.drawn import Drawn
from keepsight.pixels.operations import Laid
from keepsight.transformation.effects import Effect

from .drawn import psnr, scene

MODES = (None, "screen", "multiply", "overlay")


def badge(width=120, height=80, mode="RGBA"):
    """A picture with every opacity in it."""
    image = scene(width, height).transpose(Image.Transpose.FLIP_LEFT_RIGHT).convert("RGBA")
    image.putalpha(Image.linear_gradient("L").resize((width, height)))
    return image.convert(mode)


def through(width=200, height=150):
    image = scene(width, height).convert("RGBA")
    image.putalpha(Image.linear_gradient("L").rotate(90).resize((width, height)))
    return image


def lay(base, layer, position=(0, 0), *more, canvas=None, **options):
    return compose(base, layer, Laid(Drawn(layer), (), (position, *more), canvas or base.size, **options))


def floats(image):
    pixels = np.asarray(image.convert("RGBA"), float) / 255
    return pixels[..., :3], pixels[..., 3:]


def expected(backdrop, source, mode):
    """W3C Compositing and Blending Level 1: sections 5.1, 9.1, 10."""
    (cb, ab), (cs, as_) = floats(backdrop), floats(source)
    blend = {
        None: lambda b, s: s,
        "multiply": lambda b, s: b * s,
        "screen": lambda b, s: b + s - b * s,
        "overlay": lambda b, s: np.where(b <= 0.5, 2 * b * s, 1 - 2 * (1 - b) * (1 - s)),
    }[mode](cb, cs)
    premultiplied = as_ * (1 - ab) * cs + as_ * ab * blend + (1 - as_) * ab * cb
    alpha = as_ + ab * (1 - as_)
    colours = np.divide(premultiplied, alpha, out=np.zeros_like(premultiplied), where=alpha > 0)
    return np.concatenate((colours, alpha), axis=2) * 255


def assert_close(image, wanted, tolerance=2):
    """Colours within some steps of 255, where they are seen; opacity within one."""
    got = np.asarray(image.convert("RGBA"), float)
    assert np.abs(got[..., 3] - wanted[..., 3]).max() <= 1
    seen = wanted[..., 3:] / 255
    assert (np.abs(got[..., :3] - wanted[..., :3]) * seen).max() <= tolerance


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("under", [False, True])
@pytest.mark.parametrize("opaque", [False, True])
@pytest.mark.parametrize("layer_mode", ["L", "RGB", "RGBA"])
def test_the_formulas(mode, under, opaque, layer_mode):
    base = scene(200, 150) if opaque else through()
    layer = badge(200, 150, layer_mode)
    image = lay(base, layer, blend=Effect(mode) if mode else None, under=under)
    assert_close(image, expected(layer, base, mode) if under else expected(base, layer, mode))


@pytest.mark.parametrize(("mode", "opaque"), [(None, False), *((mode, True) for mode in MODES)])
def test_libvips_composites_the_same(mode, opaque):
    """At least 45 dB over all four channels, premultiplied, as what is not seen has no colour.

    With a blend mode the layer is opaque: libvips blends premultiplied colours, which is not what the W3C says.
    """
    base = scene(200, 150).convert("RGBA") if opaque else through()
    layer = badge(200, 150) if mode is None else badge(200, 150, "RGB").convert("RGBA")
    pair = [pyvips.Image.new_from_array(np.asarray(i)).copy(interpretation="srgb") for i in (base, layer)]
    theirs = pair[0].composite2(pair[1], mode or "over").cast("uchar").numpy()
    ours = lay(base, layer, blend=Effect(mode) if mode else None).convert("RGBA")
    assert psnr(ours.convert("RGBa"), Image.fromarray(theirs, "RGBA").convert("RGBa")) > 45


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
def test_the_base_is_left_alone(mode):
    base = scene(60, 40).convert(mode)
    before = base.tobytes()
    lay(base, badge(30, 20), (10, 10))
    lay(base, badge(30, 20), (10, 10), blend=Effect("mask"))
    assert base.tobytes() == before


def test_only_what_the_layer_covers_changes():
    base = scene(200, 150)
    image = lay(base, badge(40, 30, "RGB"), (50, 60))
    assert image.mode == "RGB"
    assert image.crop((50, 60, 90, 90)).tobytes() == badge(40, 30, "RGB").tobytes()
    Image.Image.paste(image, base.crop((50, 60, 90, 90)), (50, 60))
    assert image.tobytes() == base.tobytes()


@pytest.mark.parametrize("position", [(-20, -10), (180, 140), (-20, 140), (-500, 0), (0, 150)])
@pytest.mark.parametrize("under", [False, True])
def test_a_layer_is_cut_off_at_the_edges(position, under):
    base, layer = through(), badge(40, 30)
    whole = Image.new("RGBA", base.size, (255, 255, 255, 0))
    whole.paste(layer, position)
    wanted = expected(whole, base, None) if under else expected(base, whole, None)
    image = lay(base, layer, position, under=under)
    assert image.size == base.size
    assert_close(image, wanted)


def test_a_canvas_that_grew_is_transparent_around():
    image = lay(scene(100, 80), badge(40, 30, "RGB"), (-10, -5), canvas=(110, 85), offset=(10, 5))
    assert (image.size, image.mode) == ((110, 85), "RGBA")
    assert image.getpixel((109, 0))[3] == 0
    assert image.getpixel((0, 0))[3] == image.getpixel((109, 84))[3] == 255
    assert image.crop((50, 40, 110, 85)).convert("RGB").tobytes() == scene(100, 80).crop((40, 35, 100, 80)).tobytes()


def test_an_underlay_larger_than_the_picture_frames_it():
    image = lay(
        scene(60, 40), Image.new("RGB", (80, 60), "red"), (-10, -10), canvas=(80, 60), offset=(10, 10), under=True
    )
    assert (image.size, image.mode) == ((80, 60), "RGB")
    assert image.getpixel((0, 0)) == (255, 0, 0)
    assert image.crop((10, 10, 70, 50)).tobytes() == scene(60, 40).tobytes()


@pytest.mark.parametrize("mode", MODES)
def test_tiles(mode):
    base, tile = scene(100, 70), badge(30, 20)
    positions = [(x, y) for x in range(-10, 100, 30) for y in range(-5, 70, 20)]
    image = lay(base, tile, *positions, blend=Effect(mode) if mode else None)
    whole = Image.new("RGBA", base.size)
    for position in positions:
        whole.paste(tile, position)
    assert_close(image, expected(base, whole, mode))


def disc(size=60):
    image = Image.new("RGBA", (size, size), (10, 20, 30, 0))
    ImageDraw.Draw(image).ellipse((0, 0, size - 1, size - 1), fill=(10, 20, 30, 255))
    return image


class TestShapes:
    def test_a_cutter_keeps_what_it_covers(self):
        image = lay(scene(100, 80), disc(), (20, 10), cutter=True)
        alpha = np.asarray(image.getchannel("A"))
        wanted = np.zeros((80, 100), np.uint8)
        wanted[10:70, 20:80] = np.asarray(disc().getchannel("A"))
        assert np.array_equal(alpha, wanted)
        assert image.convert("RGB").tobytes() == scene(100, 80).tobytes()

    def test_a_cutter_multiplies_opacity(self):
        base = through()
        half = Image.new("RGBA", base.size, (0, 0, 0, 128))
        alpha = np.asarray(lay(base, half, cutter=True).getchannel("A"), float)
        assert np.abs(alpha - np.asarray(base.getchannel("A")) * (128 / 255)).max() <= 1

    def test_cutting_out_leaves_the_rest(self):
        base = scene(100, 80)
        inside = np.asarray(lay(base, disc(), (20, 10), cutter=True).getchannel("A"), int)
        outside = np.asarray(lay(base, disc(), (20, 10), blend=Effect("cut_out")).getchannel("A"), int)
        assert (inside + outside == 255).all()

    def test_a_mask_shows_by_brightness(self):
        base = scene(256, 256)
        ramp = Image.linear_gradient("L")
        alpha = lay(base, ramp, blend=Effect("mask")).getchannel("A")
        assert alpha.tobytes() == ramp.tobytes()

    def test_a_mask_hides_where_it_is_transparent_or_absent(self):
        white = Image.new("RGBA", (50, 80), (255, 255, 255, 255))
        white.paste((255, 255, 255, 0), (0, 0, 50, 40))
        alpha = np.asarray(lay(scene(100, 80), white, blend=Effect("mask")).getchannel("A"))
        assert (alpha[40:, :50] == 255).all()
        assert (alpha[:40] == 0).all()
        assert (alpha[:, 50:] == 0).all()

    def test_a_white_mask_drops_its_alpha(self):
        base = scene(100, 80)
        image = lay(base, Image.new("L", base.size, 255), blend=Effect("mask"))
        assert (image.mode, image.tobytes()) == ("RGB", base.tobytes())


class TestDisplacement:
    def test_middle_grey_moves_nothing(self):
        base = scene(100, 80)
        image = lay(base, Image.new("RGB", base.size, (128, 128, 128)), blend=Effect("displace"), x=50, y=50)
        assert image.tobytes() == base.tobytes()

    @pytest.mark.parametrize(("red", "green", "move"), [(255, 128, (10, 0)), (0, 128, (-10, 0)), (128, 255, (0, 6))])
    def test_full_colour_moves_by_the_whole(self, red, green, move):
        base = scene(100, 80)
        image = lay(base, Image.new("RGB", base.size, (red, green, 0)), blend=Effect("displace"), x=10, y=6)
        inner = (20, 20, 80, 60)
        source = tuple(edge + move[i % 2] for i, edge in enumerate(inner))
        assert psnr(image.crop(inner), base.crop(source)) > 50

    def test_a_negative_amount_turns_it_round(self):
        base, field = scene(100, 80), badge(100, 80)
        other = Image.merge("RGBA", [*(c.point(lambda v: 256 - v) for c in field.split()[:3]), field.getchannel("A")])
        ours = lay(base, field, blend=Effect("displace"), x=10, y=6)
        assert psnr(ours, lay(base, other, blend=Effect("displace"), x=-10, y=-6)) > 50

    def test_nothing_moves_where_the_field_does_not_lie(self):
        base = scene(100, 80)
        image = lay(base, Image.new("RGB", (30, 80), "white"), blend=Effect("displace"), x=10, y=0)
        assert image.crop((30, 0, 100, 80)).tobytes() == base.crop((30, 0, 100, 80)).tobytes()
        assert image.crop((0, 0, 30, 80)).tobytes() != base.crop((0, 0, 30, 80)).tobytes()

    def test_edges_are_continued(self):
        base = scene(100, 80)
        image = lay(base, Image.new("RGB", base.size, (255, 128, 0)), blend=Effect("displace"), x=900, y=0)
        assert (np.asarray(image) == np.asarray(base)[:, -1:]).all()


class TestAntiRemoval:
    def mark(self, level, base=None):
        return lay(base or scene(200, 150), badge(120, 80), (40, 30), blend=Effect("anti_removal", (level,)))

    def test_it_is_the_same_every_time(self):
        assert self.mark(50).tobytes() == self.mark(50).tobytes()

    def test_it_is_another_on_another_picture(self):
        grey, darker = (Image.new("RGB", (200, 150), (v, v, v)) for v in (128, 127))
        first, second = (np.asarray(self.mark(50, base), int) for base in (grey, darker))
        assert np.abs(first - second).max() > 20

    def test_a_higher_level_differs_more(self):
        plain = lay(scene(200, 150), badge(120, 80), (40, 30))
        distances = [psnr(self.mark(level), plain) for level in (1, 20, 50, 100)]
        assert distances == sorted(distances, reverse=True)
        assert distances[0] > 30
        assert distances[-1] > 15


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"cutter": True, "blend": Effect("screen")}, "fl_cutter shows nothing"),
        ({"cutter": True, "under": True}, "fl_cutter works with l_ only"),
        ({"blend": Effect("mask"), "under": True}, "e_mask works with l_ only"),
        ({"blend": Effect("sepia")}, "e_sepia lays no layer"),
    ],
)
def test_what_is_refused(options, reason):
    with pytest.raises(BadRequest, match=reason):
        lay(scene(40, 30), badge(20, 10), **options)


@pytest.mark.parametrize("mode", MODES)
def test_a_megapixel_takes_less_than_a_tenth_of_a_second_of_processor_time(mode):
    base, layer = scene(1250, 800), badge(1250, 800)
    durations = []
    for _ in range(5):
        start = time.process_time()
        lay(base, layer, blend=Effect(mode) if mode else None)
        durations.append(time.process_time() - start)
    assert min(durations) < 0.1
