"""Blur, sharpness, mosaics, grain, paint."""

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageStat

from keepsight.pixels.effects import Qualifiers, apply_effect, within
from keepsight.pixels.effects.morphology import dilate, disk, shaped
from keepsight.transformation.effects import parse_effect
from keepsight.transformation.effects.texturing import KERNELS

from .drawn import psnr, scene
from .likeness import ssim

SCENE = scene(320, 240)


def effected(text, image=SCENE, **qualifiers):
    return apply_effect(image, parse_effect(text), Qualifiers(**qualifiers)).image


def disc(size=120):
    """A red disc on nothing; the nothing is green, so that bleeding shows."""
    image = Image.new("RGBA", (size, size), (0, 255, 0, 0))
    mask = Image.new("L", (size * 4, size * 4))
    ImageDraw.Draw(mask).ellipse((size, size, size * 3, size * 3), fill=255)
    image.paste((255, 0, 0, 255), (0, 0), mask.resize(image.size, Image.Resampling.BOX))
    pixels = np.array(image)
    pixels[pixels[..., 3] > 0, :3] = (255, 0, 0)
    return Image.fromarray(pixels)


def slope(image):
    values = np.asarray(image.convert("L"), float)
    return float(np.abs(np.diff(values, axis=1)).mean() + np.abs(np.diff(values, axis=0)).mean())


@pytest.mark.parametrize("strength", [20, 100, 400, 1500])
def test_blur_agrees_with_libvips(strength):
    pyvips = pytest.importorskip("pyvips", reason="compares with libvips, which is not installed")
    source = pyvips.Image.new_from_memory(SCENE.tobytes(), *SCENE.size, 3, "uchar")
    theirs = source.gaussblur(strength / 20, precision="float", min_ampl=0.01).cast("uchar")
    theirs = Image.frombytes("RGB", SCENE.size, theirs.write_to_memory())
    ours = effected(f"blur:{strength}")
    assert ssim(ours, theirs) >= 0.98
    assert psnr(ours, theirs) > 29


def test_blur_grows_with_its_strength_and_keeps_the_mean():
    slopes = [slope(effected(f"blur:{strength}")) for strength in (1, 20, 100, 500, 2000)]
    assert slopes == sorted(slopes, reverse=True)
    assert ImageStat.Stat(effected("blur:100")).mean == pytest.approx(ImageStat.Stat(SCENE).mean, abs=3)


@pytest.mark.parametrize(
    "text", ["blur:60", "pixelate:10", "sharpen:300", "unsharp_mask:300", "morphology:convolve:2"]
)
def test_invisible_colour_does_not_bleed(text):
    pixels = np.asarray(effected(text, disc()), int)
    visible = pixels[pixels[..., 3] > 30]
    assert visible[:, 0].min() > 240 and visible[:, 1].max() < 15


def test_sharpening_grows_with_its_strength():
    soft = effected("blur:20")
    for name in ("sharpen", "unsharp_mask"):
        slopes = [slope(effected(f"{name}:{strength}", soft)) for strength in (1, 100, 300, 1000)]
        assert slopes == sorted(slopes) and slopes[-1] > 1.2 * slopes[0]


def test_unsharp_mask_leaves_grain_alone():
    grain = Image.fromarray(np.random.default_rng(3).integers(127, 130, (60, 60, 3), dtype=np.uint8))
    assert effected("unsharp_mask:500", grain).tobytes() == grain.tobytes()
    assert effected("sharpen:500", grain).tobytes() != grain.tobytes()


@pytest.mark.parametrize("square", [7, 16, 200])
def test_pixelate_gives_even_blocks_that_are_means(square):
    pixels, source = (np.asarray(i, float) for i in (effected(f"pixelate:{square}"), SCENE))
    for top in range(0, 240, square):
        for left in range(0, 320, square):
            block = np.s_[top : top + square, left : left + square]
            assert np.ptp(pixels[block].reshape(-1, 3), axis=0).max() == 0
            assert np.abs(pixels[block][0, 0] - source[block].reshape(-1, 3).mean(axis=0)).max() <= 1


def test_pixelate_without_a_width_follows_the_picture():
    colours = {size: len(effected("pixelate", scene(*size)).getcolors(100_000)) for size in ((160, 120), (640, 480))}
    assert 500 < colours[160, 120] <= 2000 and 500 < colours[640, 480] <= 2000


BOX = (40, 30, 100, 90)


@pytest.mark.parametrize("text", ["blur_faces", "pixelate_faces", "blur_region:400", "pixelate_region:9"])
def test_boxes_change_and_nothing_else_does(text):
    boxes = [BOX, (250, 200, 400, 400), (-50, -50, -10, -10), (5, 5, 5, 9)]
    changed = np.asarray(within(SCENE, boxes, parse_effect(text)), int)
    off = np.abs(changed - np.asarray(SCENE, int)).max(axis=2)
    inside = np.zeros(off.shape, bool)
    inside[30:90, 40:100] = inside[200:, 250:] = True
    assert off[~inside].max() == 0
    assert off[30:90, 40:100].mean() > 3 and off[200:, 250:].mean() > 3


def test_a_small_face_is_hidden_by_default():
    face = SCENE.crop((20, 30, 130, 120)).resize((24, 24))
    image = Image.new("RGB", (400, 400))
    image.paste(face, (100, 100))
    hidden = within(image, [(100, 100, 124, 124)], parse_effect("pixelate_faces")).crop((100, 100, 124, 124))
    assert len(hidden.getcolors()) <= 36


def test_noise_grows_is_repeatable_and_keeps_the_mean():
    assert effected("noise:20").tobytes() == effected("noise:20").tobytes()
    errors = [psnr(effected(f"noise:{level}"), SCENE) for level in (1, 10, 40, 100)]
    assert errors == sorted(errors, reverse=True)
    grey = Image.new("L", (200, 200), 128)
    noisy = np.asarray(effected("noise:20", grey), float)
    assert noisy.mean() == pytest.approx(128, abs=1) and noisy.std() == pytest.approx(25.5, abs=1)


def test_vignette_darkens_corners_not_the_middle():
    white = Image.new("RGB", (200, 100), "white")
    shades = [np.asarray(effected(f"vignette:{level}", white), int)[..., 0] for level in (0, 20, 60, 100)]
    corners = [shade[0, 0] for shade in shades]
    assert corners == sorted(corners, reverse=True) and corners[0] == 255 and corners[-1] == 0
    assert all(shade[50, 100] == 255 for shade in shades)
    assert np.array_equal(shades[2], shades[2][::-1, ::-1])


@pytest.mark.parametrize("type_", range(19))
def test_dither_has_two_values_and_keeps_the_tone(type_):
    grey = Image.linear_gradient("L").resize((256, 240))
    dots = np.asarray(effected(f"ordered_dither:{type_}", grey), float)
    assert set(np.unique(dots)) == {0, 255}
    # A gradient from black to white stays one, over areas that hold several cells.
    rows = dots.mean(axis=1).reshape(5, 48).mean(axis=1)
    expected = np.asarray(grey, float).mean(axis=1).reshape(5, 48).mean(axis=1)
    if type_ > 1:
        assert np.abs(rows - expected).max() < 25
    assert list(rows) == sorted(rows)


def test_dithers_are_all_different():
    grey = Image.linear_gradient("L")
    assert len({effected(f"ordered_dither:{type_}", grey).tobytes() for type_ in range(19)}) == 19


def test_oil_paint_evens_out_and_keeps_edges():
    sharp = Image.new("RGB", (80, 80), (200, 30, 30))
    sharp.paste((20, 30, 160), (40, 0, 80, 80))
    noisy = effected("noise:10", sharp)
    painted = effected("oil_paint:50", noisy)
    assert psnr(painted, sharp) > psnr(noisy, sharp) + 6
    assert psnr(painted, sharp) > psnr(effected("blur:80", noisy), sharp) + 3


def test_cartoon_has_fewer_tones_and_dark_lines():
    def tones(image):
        """How many shades cover nine tenths of the picture."""
        counts = sorted((count for count, _ in image.convert("L").getcolors()), reverse=True)
        return int(np.searchsorted(np.cumsum(counts), 0.9 * sum(counts)))

    few, many = (tones(effected(f"cartoonify:0:{reduction}", SCENE.convert("L"))) for reduction in (100, 0))
    assert few < many < tones(SCENE) / 3
    dark = [np.mean(np.asarray(effected(f"cartoonify:{line}:50").convert("L")) < 30) for line in (0, 30, 100)]
    assert dark == sorted(dark) and dark[-1] > dark[0] + 0.03
    black_and_white = np.asarray(effected("cartoonify:30:bw").convert("RGB"), int)
    assert np.ptp(black_and_white, axis=2).max() == 0


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("radius", [1.0, 2.5, 6.0])
def test_dilate_is_the_maximum_over_the_kernel(kernel, radius):
    plane = np.random.default_rng(5).integers(0, 256, (23, 31), dtype=np.uint8)
    runs = shaped(kernel, radius)
    found = dilate(plane, runs)
    slow = np.zeros_like(plane)
    for y, x in np.ndindex(plane.shape):
        near = [
            plane[y + row, x + column]
            for row, first, last in runs
            for column in range(first, last + 1)
            if 0 <= y + row < 23 and 0 <= x + column < 31
        ]
        slow[y, x] = max(near, default=0)
    assert np.array_equal(found, slow)


def test_morphology():
    dilated, eroded = effected("morphology:dilate"), effected("morphology:erode")
    lightness = [np.asarray(image, int).mean() for image in (eroded, SCENE, dilated)]
    assert lightness == sorted(lightness) and lightness[0] < lightness[2] - 3
    twice = effected("morphology:dilate:1:square:1", effected("morphology:dilate:1:square:1"))
    assert effected("morphology:dilate:2:square:1").tobytes() == twice.tobytes()
    assert psnr(effected("morphology:convolve:1:square:2"), effected("blur:28")) > 30


def test_a_disk_is_round():
    runs = disk(100)
    area = sum(last - first + 1 for _, first, last in runs)
    assert area == pytest.approx(np.pi * 100**2, rel=0.01)
