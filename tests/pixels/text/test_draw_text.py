"""Texts by their shapes: what is measured here is ink, never a stored picture."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from keepsight.errors import BadRequest
from keepsight.pixels.text import draw_text, is_installed
from keepsight.transformation.text_style import parse_text_style
from keepsight.transformation.values import Border, Colour

WHITE = Colour(255, 255, 255)
RED = Colour(255, 0, 0)
ARABIC = "\u0645\u0631\u062d\u0628\u0627"  # marhaba
LONG = "The quick brown fox jumps over the lazy dog and runs away from all of it before anybody has seen anything"


def drawn(text, style="Noto Sans_40", **options):
    return draw_text(text, parse_text_style(style), **options)


def ink(image):
    """Opacity of every pixel, 0..1."""
    return np.asarray(image.getchannel("A"), float) / 255


def edges(image, rows=slice(None)):
    """First and last inked column of some rows."""
    columns = np.flatnonzero(ink(image)[rows].max(axis=0) > 0.5)
    return columns[0], columns[-1]


def lines(image):
    """Slices of rows, one a line of text."""
    inked = ink(image).max(axis=1) > 0
    starts = np.flatnonzero(inked & ~np.concatenate(([False], inked[:-1])))
    ends = np.flatnonzero(inked & ~np.concatenate((inked[1:], [False]))) + 1
    return [slice(start, end) for start, end in zip(starts, ends, strict=True)]


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
    """Skips where no font has the letter: it is drawn as a box with its number, like one that belongs to nobody."""
    if drawn(char).size == drawn("\ue123").size:
        pytest.skip(f"no font of this system has {char}; on Debian: fonts-noto-cjk, fonts-noto-color-emoji")


class TestSystemFonts:
    def test_ideographs_fill_their_squares(self):
        needs_font_for("漢")
        assert drawn("漢字漢字", "Arial_50").width == pytest.approx(200, abs=8)
        assert drawn("漢", "Arial_50").tobytes() != drawn("字", "Arial_50").tobytes()

    def test_ideographs_may_break_anywhere(self):
        needs_font_for("漢")
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


class TestSpacing:
    @pytest.mark.parametrize("pixels", [1, 7, 30])
    def test_letters_move_apart_by_exactly_that(self, pixels):
        plain, spaced = drawn("HHHHH"), drawn("HHHHH", f"Noto Sans_40_letter_spacing_{pixels}")
        assert spaced.width == plain.width + 4 * pixels

    def test_letters_move_together(self):
        assert drawn("HHHHH", "Noto Sans_40_letter_spacing_-3").width == drawn("HHHHH").width - 12

    def test_fractions_add_up(self):
        # Each letter goes to a whole pixel: at most half a pixel off at either end.
        assert drawn("HHHHH", "Noto Sans_40_letter_spacing_2.5").width == pytest.approx(
            drawn("HHHHH").width + 10, abs=1
        )

    @pytest.mark.parametrize("pixels", [-5, 1, 20])
    def test_lines_move_apart_by_exactly_that(self, pixels):
        plain, spaced = drawn("H\nH\nH"), drawn("H\nH\nH", f"Noto Sans_40_line_spacing_{pixels}")
        assert spaced.height == plain.height + 2 * pixels


class TestWrapping:
    @given(st.integers(20, 700), st.sampled_from(["", "_center", "_right", "_justify", "_end"]))
    @settings(max_examples=60)
    def test_no_line_is_wider(self, width, align):
        # Ink may reach over either edge of its line by a side bearing: 1.5 pixels at this size.
        assert drawn(LONG, f"Noto Sans_20{align}", wrap=width).width <= width + 3

    def test_a_long_word_is_broken(self):
        image = drawn("Donaudampfschifffahrtsgesellschaft", "Noto Sans_20", wrap=100)
        assert image.width <= 102
        assert len(lines(image)) >= 3

    def test_no_hyphens_are_put_in(self):
        whole, broken = drawn("mmmm", "Noto Sans_20"), drawn("mmmm", "Noto Sans_20", wrap=22)
        assert ink(broken).sum() == pytest.approx(ink(whole).sum(), rel=0.02)

    def test_newlines_break_without_a_width(self):
        assert len(lines(drawn("one\ntwo\r\nthree\u2028four", "Noto Sans_20_line_spacing_9"))) == 4

    def test_justified_lines_reach_both_edges_but_the_last(self):
        image = drawn(LONG, "Noto Sans_20_justify_line_spacing_9", wrap=300)
        *full, last = lines(image)
        assert len(full) >= 3
        for row in full:
            left, right = edges(image, row)
            assert left <= 3
            assert right >= image.width - 4
        assert edges(image, last)[1] < image.width - 20

    @pytest.mark.parametrize(
        ("text", "align", "side"),
        [
            ("H", "", "left"),
            ("H", "_left", "left"),
            ("H", "_start", "left"),
            ("H", "_right", "right"),
            ("H", "_end", "right"),
            ("H", "_center", "middle"),
            ("\u0645", "", "right"),
            ("\u0645", "_start", "right"),
            ("\u0645", "_end", "left"),
            ("\u0645", "_left", "left"),
            ("\u0645", "_right", "right"),
            ("\u0645", "_center", "middle"),
        ],
    )
    def test_where_a_short_line_goes(self, text, align, side):
        """`start` and `end` follow the direction of the text, `left` and `right` do not."""
        image = drawn(f"{text}\nHHHHHHHH", f"Noto Sans_30_line_spacing_20{align}")
        left, right = edges(image, lines(image)[0])
        free = {"left": left, "right": image.width - 1 - right, "middle": abs(left + right + 1 - image.width)}
        assert free[side] <= 4

    def test_declaring_a_direction_changes_no_word(self):
        text = f"{ARABIC} (abc) 12!"
        start, right = (np.asarray(drawn(text, f"Noto Sans_30_{align}")) for align in ("start", "right"))
        assert np.array_equal(start, right)

    def test_a_height_cuts_with_an_ellipsis(self):
        whole, cut = drawn(LONG, "Noto Sans_20", wrap=300), drawn(LONG, "Noto Sans_20", wrap=300, height=60)
        assert whole.height > 60 >= cut.height
        rows = lines(cut)
        assert len(rows) == 2
        # The three dots: three separate groups of columns at the end of the last line, low down.
        tail = ink(cut)[rows[-1]][:, : edges(cut, rows[-1])[1] + 1][:, -16:].max(axis=0) > 0.3
        assert np.count_nonzero(np.diff(tail.astype(int)) == 1) >= 2

    def test_a_height_that_is_kept_changes_nothing(self):
        assert drawn("Hi", wrap=300, height=300).tobytes() == drawn("Hi", wrap=300).tobytes()

    def test_a_text_that_may_not_be_cut_is_refused(self):
        with pytest.raises(BadRequest, match="does not fit into a height of 60"):
            drawn(LONG, "Noto Sans_20", wrap=300, height=60, strict=True)

    def test_a_line_that_is_higher_than_the_height_is_refused(self):
        with pytest.raises(BadRequest, match="font size 40 does not fit"):
            drawn("Hg", wrap=300, height=2)


class TestBox:
    def test_a_trimmed_box_is_tight(self):
        alpha = ink(drawn("Hgf"))
        for side in (alpha[0], alpha[-1], alpha[:, 0], alpha[:, -1]):
            assert side.max() > 0

    def test_the_whole_line_has_the_same_height_for_every_text(self):
        assert len({drawn(text, trim=False).height for text in ("x", "Hg", ".", "H x", " ")}) == 1

    def test_the_whole_line_is_as_high_as_the_font_says(self):
        # Noto Sans: ascent 1.069 em, descent 0.293 em.
        assert drawn("x", "Noto Sans_100", trim=False).height == pytest.approx(136.2, abs=2)

    def test_lines_add_up(self):
        one, three = drawn("x", trim=False).height, drawn("x\ny\nz", "Noto Sans_40_line_spacing_6", trim=False).height
        assert three == 3 * one + 2 * 6

    def test_spaces_count_where_nothing_is_trimmed(self):
        word, space = drawn("xx", trim=False).width, drawn(" ", trim=False).width
        # Noto Sans: a space is 0.26 em wide.
        assert space == pytest.approx(10.4, abs=1)
        assert drawn(" xx ", trim=False).width == pytest.approx(word + 2 * space, abs=1)

    def test_a_wrapped_box_is_as_wide_as_it_may_be(self):
        assert drawn("Hi", wrap=300, trim=False).width == 300

    def test_a_text_without_ink(self):
        for text in (" ", "\n", "\0", "\u200b"):
            image = drawn(text)
            assert image.getextrema()[3] == (0, 0)


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


class TestBounds:
    @pytest.mark.parametrize(
        ("text", "style", "options"),
        [
            ("x" * 1000, "Arial_5000", {}),
            ("x" * 1000, "Arial_5000", {"wrap": 5000}),
            ("\n".join("x" * 199), "Arial_5000", {}),
            ("W" * 3000, "Arial_20", {}),
            ("WWWWWWWW", "Arial_5000", {"wrap": 1}),
            ("x" * 3000, "Arial_20_letter_spacing_1000", {}),
            ("x\n" * 150, "Arial_20_line_spacing_1000_letter_spacing_900", {"max_pixels": 1_000_000}),
            ("\ufdfd" * 100, "Arial_400", {}),
            ("Hi", "Arial_40", {"max_pixels": 100}),
            (" ", "Arial_40", {"wrap": 60_000, "trim": False, "max_pixels": 1_000_000}),
        ],
    )
    def test_what_would_be_too_large_is_refused(self, text, style, options):
        with pytest.raises(BadRequest, match="it would measure"):
            drawn(text, style, **options)

    @pytest.mark.parametrize(("text", "count"), [("x" * 4001, "4001 characters"), ("x\n" * 200, "201 lines")])
    def test_a_long_text_is_refused(self, text, count):
        with pytest.raises(BadRequest, match=count):
            drawn(text, "Arial_2")

    def test_the_limit_is_that_of_the_picture(self):
        whole = drawn("Hi", "Arial_400")
        drawn("Hi", "Arial_400", max_pixels=round(whole.width * whole.height * 1.2))
        with pytest.raises(BadRequest):
            drawn("Hi", "Arial_400", max_pixels=round(whole.width * whole.height * 0.8))


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
