from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from keepsight.transformation.text_style import (
    MAX_SIZE,
    MAX_SPACING,
    MAX_STROKE,
    Align,
    Antialias,
    Hinting,
    TextLayer,
    TextStyle,
    Weight,
    parse_text_layer,
    parse_text_style,
    print_text_layer,
)
from keepsight.transformation.values import Border, Colour

WHITE = Colour(255, 255, 255)

spacings = st.integers(-MAX_SPACING * 1000, MAX_SPACING * 1000).map(lambda n: Fraction(n, 1000))
borders = st.builds(Border, st.integers(1, MAX_STROKE), st.builds(Colour, *[st.integers(0, 255)] * 4))
styles = st.builds(
    TextStyle,
    family=st.from_regex(r"[A-Za-z][A-Za-z0-9 .'&+-]{0,20}[A-Za-z0-9]", fullmatch=True).filter(
        lambda f: not f.lower().endswith((".ttf", ".otf", ".ttc", ".woff", ".woff2"))
    ),
    size=st.integers(1, MAX_SIZE),
    weight=st.sampled_from(Weight),
    italic=st.booleans(),
    underline=st.booleans(),
    strikethrough=st.booleans(),
    align=st.sampled_from(Align),
    stroke=st.booleans(),
    letter_spacing=spacings,
    line_spacing=spacings,
    antialias=st.sampled_from(Antialias),
    hinting=st.sampled_from(Hinting),
).flatmap(lambda s: st.just(s) | borders.map(lambda b: replace(s, stroke=True, border=b)))


@given(st.builds(TextLayer, styles, st.text(min_size=1)))
@example(TextLayer(TextStyle("Arial", 40), "100%25 %2C, a/b\n$(name) 100%"))
@example(TextLayer(TextStyle("Arial", 40), "ü%FC"))
def test_what_is_printed_is_read_back(layer):
    assert parse_text_layer(print_text_layer(layer)) == layer


@given(st.builds(TextLayer, styles, st.text(min_size=1)))
def test_what_is_printed_breaks_no_component(layer):
    assert not set(print_text_layer(layer)) & set(",/$\n\0")


@pytest.mark.parametrize(
    ("text", "style", "words"),
    [  # as the SDKs write them, after the path was decoded once
        ("Arial_18:Hello World%2C Nice%2F to meet you?", TextStyle("Arial", 18), "Hello World, Nice/ to meet you?"),
        (
            "arial_1_bold_italic_strikethrough_center_stroke_bo_2px_solid_white_letter_spacing_2.3_line_spacing_3.2"
            "_antialias_fast_hinting_slight:example",
            TextStyle(
                "arial",
                1,
                weight=Weight.BOLD,
                italic=True,
                strikethrough=True,
                align=Align.CENTER,
                stroke=True,
                border=Border(2, WHITE),
                letter_spacing=Fraction("2.3"),
                line_spacing=Fraction("3.2"),
                antialias=Antialias.FAST,
            ),
            "example",
        ),
        (
            "arial_50_bold_italic_strikethrough_justify_stroke_letter_spacing_10_line_spacing_20_antialias_good"
            "_hinting_full:he llo",
            TextStyle(
                "arial",
                50,
                weight=Weight.BOLD,
                italic=True,
                strikethrough=True,
                align=Align.JUSTIFY,
                stroke=True,
                letter_spacing=Fraction(10),
                line_spacing=Fraction(20),
                hinting=Hinting.FULL,
            ),
            "he llo",
        ),
        (
            "Arial_14_demibold_antialias_fast_hinting_slight_letter_spacing_17:Some long text%2C bla-bla",
            TextStyle("Arial", 14, weight=Weight.DEMIBOLD, antialias=Antialias.FAST, letter_spacing=Fraction(17)),
            "Some long text, bla-bla",
        ),
        ("Times New Roman_90_bold:a:b", TextStyle("Times New Roman", 90, weight=Weight.BOLD), "a:b"),
        ("Open%20Sans_30:x", TextStyle("Open Sans", 30), "x"),
        ("Open_Sans_30:x", TextStyle("Open Sans", 30), "x"),
        (
            "Arial_30_stroke_bo_3px_solid_rgb:ff000080_left:x",
            TextStyle("Arial", 30, align=Align.LEFT, stroke=True, border=Border(3, Colour(255, 0, 0, 128))),
            "x",
        ),
        ("Arial_30_normal_none_normal_semibold:one%0Atwo", TextStyle("Arial", 30, weight=Weight.DEMIBOLD), "one\ntwo"),
        ("Arial_30_letter_spacing_-2:50 % off", TextStyle("Arial", 30, letter_spacing=Fraction(-2)), "50 % off"),
        ("Arial_30:%FCber", TextStyle("Arial", 30), "über"),
        ("Arial_30:%C3%BCber", TextStyle("Arial", 30), "über"),
    ],
)
def test_spellings(text, style, words):
    assert parse_text_layer(text) == TextLayer(style, words)


@given(st.permutations(["bold", "italic", "underline", "right", "stroke", "letter_spacing_2.5", "antialias_none"]))
def test_the_order_of_options_is_free(options):
    expected = parse_text_style("Arial_40_bold_italic_underline_right_stroke_letter_spacing_2.5_antialias_none")
    assert parse_text_style("_".join(["Arial", "40", *options])) == expected


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no text"),
        ("Arial_40", "no text"),
        ("Arial_40:", "no text"),
        ("Arial:Hello", "no size"),
        ("my:headline:Hello", "no size"),
        ("_40:Hello", "no name of a font"),
        ("Arial_0:Hello", "font size 0"),
        ("Arial_5001:Hello", "font size 5001"),
        ("Arial_999999:Hello", "font size 999999"),
        ("Arial_40_wavy:Hello", "'wavy' is no option"),
        ("Arial_40_bold_light:Hello", "weight is given twice"),
        ("Arial_40_left_right:Hello", "align is given twice"),
        ("Arial_40_letter_spacing_x:Hello", "spacing 'x'"),
        ("Arial_40_letter_spacing:Hello", "'letter' is no option"),
        ("Arial_40_line_spacing_1001:Hello", "spacing '1001'"),
        ("Arial_40_antialias_lots:Hello", "antialias 'lots'"),
        ("Arial_40_hinting:Hello", "hinting ''"),
        ("Arial_40_stroke_bo_0px_solid_red:Hello", "is no outline"),
        ("Arial_40_stroke_bo_2px_dashed_red:Hello", "is no outline"),
        ("Arial_40_stroke_bo_2px_solid_reddish:Hello", "CSS colour name"),
        ("myfont.ttf_40:Hello", "fonts uploaded as files"),
        ("fonts:mine.OTF_40:Hello", "no size"),
        ("../etc/passwd_40:Hello", "no name of a font"),
        ("%2Fetc%2Fpasswd_40:Hello", "no name of a font"),
        ("Arial%00_40:Hello", "no name of a font"),
        ('Arial" size="1_40:Hello', "no name of a font"),
    ],
)
def test_what_is_refused(text, reason):
    with pytest.raises(ValueError, match=reason):
        parse_text_layer(text)


@given(st.text())
def test_any_other_text_raises_nothing_else(text):
    try:
        layer = parse_text_layer(text)
    except ValueError:
        return
    assert parse_text_layer(print_text_layer(layer)) == layer
