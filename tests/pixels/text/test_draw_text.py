"""Texts by their shapes: what is measured here is ink, never a stored picture."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from keepsight.errors import BadRequest
from keepsight.pixels.text import is_installed
from keepsight.pixels.text.coverage import is_missing
from keepsight.transformation.values import Border, Colour

from .inked import ARABIC, RED, WHITE, drawn, edges, ink, lines


class TestShaping:
    def test_arabic_letters_join(self):
        joined = drawn(ARABIC)
        apart = drawn("\u200c".join(ARABIC))  # zero width non-joiner
        assert apart.width > joined.width * 1.2
        # A joined word has fewer pieces: count the gaps that a line through all letters would see.
        assert (ink(joined).max(axis=0) == 0).sum() < (ink(apart).max(axis=0) == 0).sum()

    def test_arabic_runs_from_right_to_left(self):
        long_first = drawn("\u0645\u0645\u0645\u0645 .", background=None)
        columns = ink(long_first).sum(axis=0)
        # The full stop comes last and so stands leftmost.
        assert columns[: len(columns) // 5].sum() < columns[-len(columns) // 5 :].sum()

    def test_devanagari_forms_conjuncts(self):
        conjunct = drawn("\u0915\u094d\u0937")
        parts = drawn("\u0915").width + drawn("\u0937").width
        assert conjunct.width < 0.8 * parts

    def test_a_devanagari_vowel_goes_before_its_consonant(self):
        after, before = drawn("\u0915\u0940"), drawn("\u0915\u093f")
        bare = drawn("\u0915")
        # The body of ka stands at the left of kii and at the right of ki.
        left, right = ink(after)[-28:, : bare.width // 2], ink(before)[-28:, -(bare.width // 2) :]
        assert left.sum() != pytest.approx(right.sum(), rel=0.02)
        assert after.width > bare.width
        assert before.width > bare.width

    def test_hebrew_points_do_not_widen(self):
        assert drawn("\u05e9\u05c1\u05b8", "Arial_40").width <= drawn("\u05e9", "Arial_40").width + 2

    def test_ligatures_form(self):
        assert drawn("fi", "Noto Serif_100").width < drawn("f\u200ci", "Noto Serif_100").width

    def test_letters_are_kerned(self):
        # Noto Sans: V is 0.600 em wide and H 0.741.
        assert drawn("AVA", "Noto Sans_100").width < drawn("AHA", "Noto Sans_100").width - 14 - 5


def needs_font_for(char):
    """Skips where no font has the letter."""
    if is_missing(char):
        pytest.skip(f"no font of this system has {char}; on Debian: fonts-noto-color-emoji")


class TestSystemFonts:
    def test_ideographs_fill_their_squares(self):
        assert drawn("漢字漢字", "Arial_50").width == pytest.approx(200, abs=8)
        assert drawn("漢", "Arial_50").tobytes() != drawn("字", "Arial_50").tobytes()

    def test_ideographs_may_break_anywhere(self):
        assert len(lines(drawn("漢字" * 6, "Arial_20_line_spacing_9", wrap=85))) == 3

    def test_emoji_keep_their_colours_and_their_size(self):
        needs_font_for("\U0001f600")
        image = drawn("\U0001f600", "Arial_50", colour=Colour(0, 0, 0))
        assert 40 <= image.height <= 70
        red, _, blue, alpha = np.moveaxis(np.asarray(image, int), 2, 0)
        if not red.any():
            pytest.skip("the emoji of this system have no colours; on Debian: fonts-noto-color-emoji")
        assert ((alpha > 0) & (red > blue + 50)).mean() > 0.4  # a yellow face


class TestWeightsAndDecoration:
    def test_heavier_letters_have_more_ink(self):
        weights = ("thin", "extralight", "light", "normal", "medium", "demibold", "bold", "extrabold", "black")
        amounts = [ink(drawn("Hamburg", f"Noto Sans_40_{weight}")).sum() for weight in weights]
        assert amounts == sorted(amounts)
        assert amounts[-1] > 3 * amounts[0]

    def test_italic_leans(self):
        upright, leaning = drawn("HHH", "Noto Sans_60"), drawn("HHH", "Noto Sans_60_italic")
        top, bottom = (edges(leaning, rows)[0] for rows in (slice(0, 3), slice(-3, None)))
        assert top > bottom + 5
        assert edges(upright, slice(0, 3))[0] == edges(upright, slice(-3, None))[0]

    def test_underline_lies_below_and_strikethrough_across(self):
        plain = drawn("nnn")
        under, through = drawn("nnn", "Noto Sans_40_underline"), drawn("nnn", "Noto Sans_40_strikethrough")
        assert under.height > plain.height
        assert ink(under)[-1].mean() == 1
        assert through.height == plain.height
        assert (ink(through).mean(axis=1) == 1).any()
        assert not (ink(plain).mean(axis=1) == 1).any()

    def test_a_size_is_that_of_the_em(self):
        # Noto Sans: capitals are 0.714 em high.
        assert drawn("H", "Noto Sans_100").height == pytest.approx(71.4, abs=1.5)
        assert drawn("H", "Noto Sans_200").height == pytest.approx(142.8, abs=1.5)


class TestColours:
    def test_letters_have_the_colour_and_its_alpha(self):
        image = np.asarray(drawn("H", "Arial_60", colour=Colour(255, 0, 0, 128)))
        assert image[..., 3].max() == 128
        assert (image[image[..., 3] == 128] == (255, 0, 0, 128)).all()

    def test_a_background_fills_the_box(self):
        image = np.asarray(drawn("H", background=Colour(0, 0, 255)))
        assert (image[..., 3] == 255).all()
        assert (image[..., 2] == 255).any()

    def test_a_translucent_background(self):
        image = drawn("H", background=Colour(0, 0, 255, 100), trim=False)
        assert image.getpixel((0, 0)) == (0, 0, 255, 100)

    def test_antialias_none_has_hard_edges(self):
        assert set(np.unique(ink(drawn("S", "Arial_40_antialias_none")))) == {0, 1}
        assert len(np.unique(ink(drawn("S", "Arial_40")))) > 10

    def test_antialias_best_keeps_place_and_amount(self):
        usual, best = drawn("Sample", "Arial_40"), drawn("Sample", "Arial_40_antialias_best")
        assert abs(usual.width - best.width) <= 3
        assert ink(best).sum() == pytest.approx(ink(usual).sum(), rel=0.08)


class TestStroke:
    def test_an_outline_surrounds_the_letters(self):
        plain = drawn("O", "Arial_80", colour=WHITE)
        lined = drawn("O", "Arial_80_stroke", colour=WHITE, border=Border(5, RED))
        assert lined.size == (plain.width + 10, plain.height + 10)
        middle = np.asarray(lined)[lined.height // 2]
        solid = middle[middle[:, 3] == 255]
        assert tuple(solid[0][:3]) == (255, 0, 0)
        assert (solid[:, :3] == 255).all(axis=1).any()
        red = (middle == (255, 0, 0, 255)).all(axis=1)
        assert np.argmin(red[np.argmax(red) :]) == pytest.approx(5, abs=1)

    def test_a_border_without_stroke_draws_no_outline(self):
        assert drawn("O", "Arial_80", border=Border(5, RED)).tobytes() == drawn("O", "Arial_80").tobytes()

    def test_the_border_of_the_style_comes_first(self):
        named = drawn("O", "Arial_80_stroke_bo_5px_solid_red", border=Border(9, WHITE))
        assert named.tobytes() == drawn("O", "Arial_80_stroke", border=Border(5, RED)).tobytes()

    def test_an_outline_is_as_wide_in_every_direction(self):
        dot = np.asarray(drawn(".", "Arial_40_stroke", colour=RED, border=Border(30, RED)).getchannel("A"), float)
        middle = (dot.shape[0] - 1) / 2, (dot.shape[1] - 1) / 2
        y, x = np.mgrid[: dot.shape[0], : dot.shape[1]]
        reach = np.hypot(np.maximum(0, abs(y - middle[0]) - 2), np.maximum(0, abs(x - middle[1]) - 2))
        assert (dot[reach < 28.5] == 255).all()
        assert (dot[reach > 33] == 0).all()

    def test_too_wide(self):
        with pytest.raises(BadRequest, match="outline of 101 pixels"):
            drawn("O", "Arial_80_stroke", border=Border(101, RED))


class TestAnyText:
    @given(st.text(min_size=1, max_size=60), st.sampled_from(["", "_left", "_justify_stroke", "_center_underline"]))
    @settings(max_examples=300)
    @example("<b>&amp;</span>", "")
    @example("\0\x07\x1b[31m\ud800\ufffe\U0010ffff", "")
    @example("\u202e\u2067\u2069\u2069", "_left")
    @example("H" + "\u0300" * 50, "")
    @example("\ufdfd" * 20, "")
    def test_every_text_gives_a_picture(self, text, options):
        image = drawn(text, f"Noto Sans_16{options}", wrap=200)
        assert image.mode == "RGBA"
        assert image.width <= 400

    @given(st.text(min_size=2, max_size=40))
    @settings(max_examples=100)
    def test_every_text_can_be_cut(self, text):
        assert drawn(text * 5, "Noto Sans_12", wrap=80, height=90).height <= 90

    def test_markup_is_text(self):
        assert drawn("<b>x</b>").width > drawn("x").width * 4
        assert drawn("&amp;").width > drawn("&").width * 2

    def test_control_characters_are_dropped(self):
        assert drawn("a\0b\x07c\x7f").tobytes() == drawn("abc").tobytes()

    def test_sixteen_at_once(self):
        texts = [f"{ARABIC} {n} Hello" for n in range(16)] * 4
        alone = [drawn(text).tobytes() for text in texts]
        with ThreadPoolExecutor(8) as pool:
            assert list(pool.map(lambda text: drawn(text).tobytes(), texts)) == alone


class TestFonts:
    def test_a_well_known_font_has_its_widths(self):
        """Arial is drawn in a font of equal widths: 0.722 em for a capital N (its published metrics)."""
        ten, one = drawn("N" * 11, "Arial_100").width, drawn("N", "Arial_100").width
        assert (ten - one) / 10 == pytest.approx(72.2, abs=0.7)

    def test_an_unknown_family_is_drawn_in_the_default(self):
        assert not is_installed("No Such Family")
        assert drawn("Hi", "No Such Family_40").tobytes() == drawn("Hi", "Noto Sans_40").tobytes()

    def test_families_that_are_there(self):
        assert all(map(is_installed, ("Noto Sans", "noto sans", "Arimo", "Noto Serif", "Roboto Mono")))

    def test_serifs_stand_in_for_serifs(self):
        for family in ("Times New Roman", "Georgia", "serif"):
            assert drawn("Hi", f"{family}_40").tobytes() != drawn("Hi", "Noto Sans_40").tobytes()

    def test_letters_of_a_typewriter_are_as_wide_as_each_other(self):
        assert drawn("i|i", "Courier New_40").width == pytest.approx(drawn("W|W", "Courier New_40").width, abs=16)
        assert drawn("|ii|", "Courier New_40").width == drawn("|WW|", "Courier New_40").width
