"""Where the letters of a text go: spaces, lines, boxes, and how much of it there may be."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keepsight.errors import BadRequest

from .inked import ARABIC, LONG, drawn, edges, ink, lines


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
