import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from keepsight.errors import Unavailable
from keepsight.pixels import Cut, Turn, render
from keepsight.pixels.canvas import border_colour
from keepsight.pixels.operations import Altered
from keepsight.transformation.backgrounds import AutoBackground
from keepsight.transformation.effects import parse_effect
from keepsight.transformation.values import Colour

from .drawn import encoded, oriented_jpeg, picture, psnr, scene


def go_on() -> None:
    pass


def drawn(image, *operations):
    return render(picture(encoded(image, "PNG")), operations, go_on)


def test_without_operations_the_whole_picture_upright():
    image = scene(60, 40)
    rendered = render(picture(oriented_jpeg(image, 6)), (), go_on)
    assert rendered.size == (60, 40)
    assert psnr(rendered, image) > 28


@pytest.mark.parametrize(
    ("turn", "method"),
    [
        (Turn.ROTATE_90, Image.Transpose.ROTATE_270),
        (Turn.ROTATE_180, Image.Transpose.ROTATE_180),
        (Turn.ROTATE_270, Image.Transpose.ROTATE_90),
        (Turn.HFLIP, Image.Transpose.FLIP_LEFT_RIGHT),
        (Turn.VFLIP, Image.Transpose.FLIP_TOP_BOTTOM),
    ],
)
def test_turns_are_exact(turn, method):
    image = scene(60, 40)
    assert drawn(image, turn).tobytes() == image.transpose(method).tobytes()


@settings(max_examples=80, deadline=None)
@given(st.lists(st.sampled_from(list(Turn)), max_size=4), st.lists(st.sampled_from(list(Turn)), max_size=2))
def test_turns_and_cuts_in_any_order(before, after):
    box = (7, 5, 31, 23)
    image = scene(64, 48)
    turned = drawn(image, *before)
    expected = drawn(turned.crop(box), *after)
    assert drawn(image, *before, Cut(box, (24, 18)), *after).tobytes() == expected.tobytes()


def test_a_second_cut_works_on_the_first():
    image = scene(200, 160)
    rendered = drawn(image, Cut((100, 60, 200, 160), (100, 100)), Cut((10, 20, 60, 70), (50, 50)))
    assert rendered.tobytes() == image.crop((110, 80, 160, 130)).tobytes()


def test_an_opaque_picture_is_padded_with_white():
    rendered = drawn(Image.new("RGB", (20, 10)), Cut((0, 0, 20, 10), (20, 10), canvas=(20, 20), offset=(0, 5)))
    assert (rendered.mode, rendered.size) == ("RGB", (20, 20))
    assert [rendered.getpixel((3, y))[0] for y in (0, 4, 5, 14, 15, 19)] == [255, 255, 0, 0, 255, 255]


def test_a_grey_picture_stays_grey_under_grey_and_not_under_colour():
    cut = Cut((0, 0, 9, 9), (9, 9), canvas=(12, 12))
    assert drawn(Image.new("L", (9, 9)), cut).mode == "L"
    red = Cut((0, 0, 9, 9), (9, 9), canvas=(12, 12), background=Colour(255, 0, 0))
    assert drawn(Image.new("L", (9, 9)), red).getpixel((11, 11)) == (255, 0, 0)


def test_a_transparent_picture_is_padded_with_nothing():
    rendered = drawn(Image.new("RGBA", (20, 10), (0, 0, 0, 99)), Cut((0, 0, 20, 10), (20, 10), canvas=(20, 20)))
    assert rendered.getpixel((0, 0)) == (0, 0, 0, 99)
    assert rendered.getpixel((0, 19))[3] == 0


def test_a_background_fills_transparency_too():
    image = Image.new("RGBA", (10, 10), (0, 0, 0, 0))
    rendered = drawn(image, Cut((0, 0, 10, 10), (10, 10), background=Colour(1, 2, 3)))
    assert (rendered.mode, rendered.getpixel((5, 5))) == ("RGB", (1, 2, 3))


def test_a_translucent_background_keeps_alpha():
    cut = Cut((0, 0, 10, 10), (10, 10), canvas=(14, 10), offset=(2, 0), background=Colour(9, 9, 9, 100))
    rendered = drawn(Image.new("RGB", (10, 10), "red"), cut)
    assert rendered.getpixel((0, 0)) == (9, 9, 9, 100)
    assert rendered.getpixel((5, 5)) == (255, 0, 0, 255)


def test_the_automatic_colour_is_that_of_the_border():
    image = Image.new("RGB", (100, 100), (40, 120, 200))
    image.paste((255, 0, 0), (10, 10, 90, 90))
    image.paste((0, 255, 0), (0, 0, 20, 30))
    assert border_colour(image) == Colour(40, 120, 200)
    cut = Cut((0, 0, 100, 100), (50, 50), canvas=(80, 50), offset=(15, 0), background=AutoBackground())
    assert drawn(image, cut).getpixel((0, 0)) == (40, 120, 200)


def test_the_border_of_one_transparent_pixel_is_white():
    assert border_colour(Image.new("RGBA", (1, 1), (0, 0, 0, 0))) == Colour(255, 255, 255)


def test_the_deadline_is_checked_around_every_operation():
    calls = []
    render(picture(encoded(scene(20, 20), "PNG")), [Turn.HFLIP, Turn.VFLIP], lambda: calls.append(1))
    assert len(calls) == 4


def test_a_passed_deadline_ends_the_rendering():
    def check():
        raise Unavailable("The work took too long")

    with pytest.raises(Unavailable):
        render(picture(encoded(scene(20, 20), "PNG")), [], check)


def test_a_padded_picture_fades_into_its_padding():
    image, red = scene(60, 40), Colour(200, 30, 30)
    pad = Cut((0, 0, 60, 40), (60, 40), (100, 40), (20, 0), red)
    fade = Altered(parse_effect("gradient_fade:symmetric_pad"), x=15)
    for before in ((), (Cut((0, 0, 60, 40), (60, 40)),)):
        faded = drawn(image, *before, pad, Altered(parse_effect("sepia:1")), fade)
        assert faded.mode == "RGB"  # into the colour beside it, not into nothing
        assert max(abs(a - b) for a, b in zip(faded.getpixel((20, 20)), (200, 30, 30), strict=True)) < 12
        assert (
            faded.crop((36, 0, 64, 40)).tobytes()
            == drawn(image, Altered(parse_effect("sepia:1"))).crop((16, 0, 44, 40)).tobytes()
        )
    elsewhere = drawn(image, pad, Turn.ROTATE_180, fade)
    assert elsewhere.mode == "RGBA"  # after a turn nobody knows where the padding is
