import time
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFilter

from keepsight.pixels import TARGETS, Automatic, Encoding, Format, encode, usual_quality
from keepsight.pixels.encode import chosen_quality
from keepsight.pixels.likeness import likeness
from keepsight.pixels.sample import sample, sampler
from tests.conftest import shared

from .drawn import psnr, scene

LEVELS = ("best", "good", "eco", "low")
TRIED = (Format.JPEG, Format.WEBP, Format.AVIF, Format.JXL)
TOLERANCE = 3.2
"""Points of likeness between what a level asks and what the whole picture gets, at most: 0.7 are allowed to a trial, a
step of quality is up to 1.5, and the rest is what a sample differs from its picture by."""
USUAL = 1.0
"""The same on average."""


def photo(name="000000000139.jpg", width=400):
    folder = shared("photos")
    path = folder / name if (folder / name).exists() else sorted(folder.glob("*.jpg"))[5]
    image = Image.open(path).convert("RGB")
    return image.resize((width, round(width * image.height / image.width)), Image.Resampling.LANCZOS)


def photos(count):
    return [photo(path.name) for path in sorted(shared("photos").glob("*.jpg"))[1 : 2 * count : 2]]


def copied(image, encoding):
    return Image.open(BytesIO(encode(image, encoding))).convert("RGB")


def test_a_picture_is_like_itself():
    assert likeness(scene(), scene()) == pytest.approx(100, abs=0.01)


@settings(max_examples=40, deadline=None)
@given(st.integers(5, 85), st.sampled_from([Format.JPEG, Format.WEBP, Format.AVIF]))
def test_more_quality_is_more_like(quality, format_):
    image = scene(160, 120)
    worse, better = (likeness(image, copied(image, Encoding(format_, q))) for q in (quality, quality + 10))
    assert worse < better < 100


def test_blur_noise_and_wrong_colours_are_seen():
    image = scene(200, 150)
    slight = likeness(image, image.filter(ImageFilter.GaussianBlur(0.5)))
    strong = likeness(image, image.filter(ImageFilter.GaussianBlur(3)))
    assert strong < slight < 99
    red, green, blue = image.split()
    assert likeness(image, Image.merge("RGB", (red.point(lambda v: v * 0.8), green, blue))) < 90


def test_the_sample_is_bounded_and_the_same_every_time():
    image = scene(1600, 1067)
    assert sample(image).size == (256, 256)
    assert sample(image).tobytes() == sample(image).tobytes()
    assert sample(scene(300, 300)).size == (300, 300)
    assert max(sample(Image.new("RGB", (30_000, 20))).size) <= 1024
    take = sampler(image)
    assert take(image.convert("L")).tobytes() == take(image).convert("L").tobytes()


def test_a_sample_has_its_share_of_everything():
    image = Image.new("RGB", (1024, 1024), "white")
    image.paste(scene(1024, 256).effect_spread(20), (0, 0))
    busy = sum(
        1 for colour in sample(image).resize((4, 4), Image.Resampling.BOX).get_flattened_data() if min(colour) < 250
    )
    assert busy == 4, "a quarter of sixteen tiles"


@pytest.mark.parametrize("format_", TRIED)
def test_levels_are_reached_and_ordered(format_):
    misses = []
    for image in photos(4):
        numbers, reached = [], []
        for level in LEVELS:
            encoding = Encoding(format_, Automatic(level))
            numbers.append(chosen_quality(image, encoding))
            reached.append(likeness(image, copied(image, encoding)))
            misses.append(abs(reached[-1] - TARGETS[level]))
        assert numbers == sorted(numbers, reverse=True)
        assert reached == sorted(reached, reverse=True)
    assert max(misses) < TOLERANCE
    assert sum(misses) / len(misses) < USUAL


@pytest.mark.parametrize("level", LEVELS)
def test_formats_look_alike_at_a_level(level):
    for image in photos(4):
        reached = [likeness(image, copied(image, Encoding(format_, Automatic(level)))) for format_ in TRIED]
        assert max(reached) - min(reached) < 1.5 * TOLERANCE


@pytest.mark.parametrize("format_", TRIED)
def test_sensitive_is_nearer(format_):
    image = photo()
    plain, sensitive = (chosen_quality(image, Encoding(format_, Automatic("good", each))) for each in (False, True))
    assert sensitive > plain


def test_good_costs_about_what_the_usual_number_costs():
    images = photos(12)
    automatic = sum(len(encode(image, Encoding(Format.JPEG, Automatic("good")))) for image in images)
    usual = sum(len(encode(image, Encoding(Format.JPEG, usual_quality(Format.JPEG)))) for image in images)
    assert 0.85 < automatic / usual < 1.15


def test_the_same_picture_has_the_same_answer():
    image = photo()
    for format_ in TRIED:
        encoding = Encoding(format_, Automatic("good"))
        assert encode(image, encoding) == encode(image, encoding)


def test_a_smooth_picture_goes_low_and_a_busy_one_high():
    smooth = Image.linear_gradient("L").resize((300, 300)).convert("RGB")
    busy = scene(300, 300)
    for format_ in TRIED:
        encoding = Encoding(format_, Automatic("good"))
        assert chosen_quality(smooth, encoding) < chosen_quality(busy, encoding)


@pytest.mark.parametrize("mode", ["L", "RGBA"])
@pytest.mark.parametrize("format_", TRIED)
@pytest.mark.parametrize("size", [(1, 1), (3, 200), (11, 11), (700, 500)])
def test_every_kind_of_picture_has_an_answer(mode, format_, size):
    image = scene(*size).convert(mode)
    if mode == "RGBA":
        image.putalpha(image.getchannel("G"))
    assert encode(image, Encoding(format_, Automatic("eco")))


def test_formats_without_trials_have_their_usual_numbers():
    assert chosen_quality(scene(), Encoding(Format.JP2, Automatic("eco"))) == usual_quality(Format.JP2, "eco")
    assert usual_quality(Format.PNG) == 100
    for format_ in (*TRIED, Format.JP2):
        numbers = [usual_quality(format_, level) for level in LEVELS]
        assert numbers == sorted(set(numbers), reverse=True)


def drawing():
    image = Image.new("RGB", (400, 300), (250, 250, 250))
    for step in range(12):
        image.paste((20 * step, 200 - 10 * step, 90), (20 + 30 * step, 40, 40 + 30 * step, 60 + 18 * step))
    return image


def test_a_drawing_goes_without_loss_where_that_is_smaller():
    data = encode(drawing(), Encoding(Format.WEBP, Automatic("good")))
    assert Image.open(BytesIO(data)).convert("RGB").tobytes() == drawing().tobytes()
    assert len(data) < len(encode(drawing(), Encoding(Format.WEBP, usual_quality(Format.WEBP))))


def test_png8_is_taken_only_where_it_looks_good_enough():
    soft = scene(200, 150)
    asked = Encoding(Format.PNG, Automatic("low"), any_format=True)
    assert Image.open(BytesIO(encode(soft, asked))).mode == "P"
    assert Image.open(BytesIO(encode(soft, Encoding(Format.PNG, Automatic("low"))))).mode == "RGB"
    assert psnr(copied(soft, asked), soft) > 25


def test_the_cost_is_bounded():
    """A large picture costs no more trials than a small one."""
    image = scene(2400, 1600)
    for format_ in TRIED:
        chosen_quality(image, Encoding(format_, Automatic("good")))
        start = time.thread_time()
        chosen_quality(image, Encoding(format_, Automatic("good")))
        assert time.thread_time() - start < 5, "all of it, tried as often, would take half a minute"
