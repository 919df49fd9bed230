import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepsight.transformation.backgrounds import AutoBackground, BlurredBackground, background, background_text
from keepsight.transformation.colours import colour, colour_text, is_colour
from keepsight.transformation.values import Colour
from tests.transformation.effect_cases import COLOURS

RED, GREEN, BLUE = Colour(255, 0, 0), Colour(0, 128, 0), Colour(0, 0, 255)


def autos():
    def build(pixels, contrast, count, direction, palette):
        return AutoBackground(pixels, contrast, count, direction if count == 2 else "horizontal", tuple(palette))

    return st.builds(
        build,
        st.sampled_from(("border", "predominant")),
        st.booleans(),
        st.sampled_from((1, 2, 4)),
        st.sampled_from(("horizontal", "vertical", "diagonal_desc", "diagonal_asc")),
        st.lists(COLOURS, max_size=5),
    )


@given(COLOURS | autos() | st.builds(BlurredBackground, st.integers(1, 2000), st.integers(-300, 100)))
def test_what_is_printed_reads_back(value):
    assert background(background_text(value)) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("auto", AutoBackground()),
        ("auto:border", AutoBackground()),
        ("auto:predominant", AutoBackground("predominant")),
        ("auto:predominant_contrast", AutoBackground("predominant", contrast=True)),
        ("auto:border_gradient", AutoBackground(colours=2)),
        ("auto:predominant_gradient:2:diagonal_desc", AutoBackground("predominant", False, 2, "diagonal_desc")),
        (
            "auto:border_gradient_contrast:2:horizontal:palette_red_green_blue",
            AutoBackground("border", True, 2, "horizontal", (RED, GREEN, BLUE)),
        ),
        ("auto:predominant_gradient:4:palette_red_00f", AutoBackground("predominant", False, 4, palette=(RED, BLUE))),
        (
            "auto:predominant_gradient_contrast:4:diagonal_desc:palette_red_blue",
            AutoBackground("predominant", True, 4, "horizontal", (RED, BLUE)),
        ),
        ("blurred", BlurredBackground(100, 0)),
        ("blurred:400:15", BlurredBackground(400, 15)),
        ("fff", Colour(255, 255, 255)),
        ("rgb:f00", RED),
        ("rgb:ff000080", Colour(255, 0, 0, 128)),
        ("Red", RED),
        ("transparent", Colour(0, 0, 0, 0)),
        ("none", Colour(0, 0, 0, 0)),
    ],
)
def test_backgrounds(text, value):
    assert background(text) == value


@pytest.mark.parametrize(
    "text",
    [
        *("", "auto:", "auto:sky", "auto:border:2", "auto:border_gradient:3", "auto:border_gradient:2:up"),
        *("auto:palette_reddish", "blurred:100:0:1", "blurred:x"),
        *("rgb:", "rgb:ff", "rgb:ggg", "reddish", "gen_fill", "gen_fill:prompt_a dog"),
    ],
)
def test_what_is_no_background(text):
    with pytest.raises(ValueError):
        background(text)


@pytest.mark.parametrize(
    ("text", "value", "said"),
    [
        ("blurred:0", BlurredBackground(1, 0), "b_blurred: 0 is out of range, taken for 1"),
        ("blurred:2001", BlurredBackground(2000, 0), "b_blurred: 2001 is out of range, taken for 2000"),
        ("blurred:100:500", BlurredBackground(100, 100), "b_blurred: 500 is out of range, taken for 100"),
        ("blurred:100:-301", BlurredBackground(100, -300), "b_blurred: -301 is out of range, taken for -300"),
    ],
)
def test_a_blur_beyond_its_range_is_clamped_and_says_so(text, value, said):
    read = background(text)
    assert isinstance(read, BlurredBackground)
    assert (read, read.warnings) == (value, (said,))


@given(COLOURS)
def test_colours_read_back(value):
    assert is_colour(colour_text(value)) and colour(colour_text(value)) == value


@pytest.mark.parametrize("text", ["", "12", "12345", "#", "rgb:", "ggg", "rgb:red", "ff00000", "ff00ff00ff"])
def test_what_is_no_colour(text):
    assert not is_colour(text)
    with pytest.raises(ValueError):
        colour(text)
