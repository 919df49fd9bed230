from dataclasses import fields
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepsight.errors import BadRequest
from keepsight.transformation import output_values as values
from keepsight.transformation.flags import NOT_OFFERED, STEP_FLAGS, Flags, parse_flags, print_flags
from keepsight.transformation.output import Output
from keepsight.transformation.values import Quality

CHROMA = st.sampled_from([None, "420", "444"])
QUALITY = st.builds(Quality, value=st.integers(1, 100), chroma=CHROMA) | st.builds(
    Quality, level=st.sampled_from(["best", "good", "eco", "low"]), chroma=CHROMA, sensitive=st.booleans()
)
RANGE = st.tuples(st.integers(1, 999), st.none() | st.integers(0, 99)).map(
    lambda pair: (pair[0], None if pair[1] is None else pair[0] + pair[1])
)
DENSITY = st.integers(10_000, 24_000_000).map(lambda value: Fraction(value, 10_000))
NAME = st.text(st.characters(exclude_characters="/\\", exclude_categories=["Cs", "Cc"]), max_size=30)
OUTPUT = st.builds(
    Output,
    format=st.none() | st.sampled_from(sorted(set(values.FORMATS.values()))),
    quality=st.none() | QUALITY,
    progressive=st.sampled_from([None, "default", "semi", "steep", "none"]),
    lossy=st.booleans(),
    depth=st.sampled_from([None, "png8", "png24", "png32"]),
    tiff=st.sampled_from([None, "tiff8_lzw", "group4"]),
    density=st.none() | DENSITY,
    colour_space=st.none() | st.sampled_from(values.COLOUR_SPACES),
    profile=st.sampled_from([None, "force_icc", "strip_profile"]),
    metadata=st.sampled_from([None, "keep_iptc", "keep_attribution", "force_strip"]),
    pages=st.lists(RANGE, max_size=5).map(tuple),
    delay=st.none() | st.integers(1, values.MOST_DELAY),
    loop=st.none() | st.integers(0, values.MOST_LOOPS),
    animated=st.sampled_from([None, "animated", "awebp", "apng"]),
    preserve_transparency=st.booleans(),
    any_format=st.booleans(),
    ignore_mask=st.booleans(),
    vector=st.booleans(),
    attachment=st.none() | NAME,
    immutable=st.booleans(),
    original=st.booleans(),
    getinfo=st.booleans(),
)


@given(OUTPUT, st.sets(st.sampled_from(sorted(STEP_FLAGS))).map(frozenset))
def test_what_is_printed_parses_to_the_same(output, step):
    printed = values.print_values(output)
    text = print_flags(output, step)
    flags = parse_flags(text) if text else Flags()
    assert flags.step == step
    parsers = {
        "f": ("format", values.output_format),
        "q": ("quality", values.quality),
        "dn": ("density", values.density),
        "cs": ("colour_space", values.colour_space),
        "pg": ("pages", values.pages),
        "dl": ("delay", values.delay),
        "e": ("loop", lambda text: values.loop(text.removeprefix("loop:"))),
    }
    read = {field: parse(printed[key]) for key, (field, parse) in parsers.items() if key in printed}
    assert Output(**read).merged(flags.output) == output


@given(OUTPUT, OUTPUT)
def test_the_later_wish_wins_and_silence_keeps(first, second):
    merged = first.merged(second)
    for field in fields(Output):
        before, after, now = (getattr(o, field.name) for o in (first, second, merged))
        assert now == (before if after == field.default else after)
    assert merged.merged(second) == merged
    assert Output().merged(first) == first.merged(Output()) == first


@pytest.mark.parametrize("output", [Output(attachment="x"), Output(immutable=True), Output(original=True), Output()])
def test_headers_leave_the_bytes_alone(output):
    assert output.only_headers
    assert not output.merged(Output(lossy=True)).only_headers


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("80", Quality(80)),
        ("0.4", Quality(40)),
        ("1.0", Quality(100)),
        ("1", Quality(1)),
        ("79.5", Quality(80)),
        ("80:444", Quality(80, chroma="444")),
        ("auto", Quality(level="good")),
        ("auto:best:sensitive", Quality(level="best", sensitive=True)),
        ("auto:sensitive", Quality(level="good", sensitive=True)),
        ("auto:444:eco", Quality(level="eco", chroma="444")),
    ],
)
def test_quality(text, value):
    assert values.quality(text) == value


@pytest.mark.parametrize(
    ("parse", "bad"),
    [
        (
            values.quality,
            ["0", "101", "-1", "", "80:422", "80:80", "auto:good:eco", "auto:x", "80:sensitive", "0.001", "٣"],
        ),
        (values.pages, ["0", "", ";", "3-2", "1;;2", "a", "-3", "1 - 2", "٣"]),
        (values.delay, ["0", "-1", "65536", "x", ""]),
        (values.density, ["0", "2401", "", "x", "1e3"]),
        (values.colour_space, ["rgb", ""]),
        (values.loop, ["-1", "x", "65536"]),
        (values.output_format, ["", "JPGS", "word", "auto:"]),
    ],
)
def test_bad_values(parse, bad):
    for text in bad:
        with pytest.raises(ValueError, match=r"^$"):
            parse(text)


@pytest.mark.parametrize(
    ("parse", "text", "why"),
    [
        (values.output_format, "mp4", "video"),
        (values.output_format, "pdf", "documents"),
        (values.output_format, "wdp", "JPEG XR"),
        (values.output_format, "flif", "abandoned"),
        (values.quality, "jpegmini:0", "JPEGmini"),
        (values.quality, "70:qmax_80", "video"),
        (values.pages, "name:record_cover-1", "Photoshop"),
        (values.pages, "embedded:name:a;b", "Photoshop"),
        (values.colour_space, "icc:mine.icc", "profiles"),
    ],
)
def test_what_is_not_offered_says_so(parse, text, why):
    with pytest.raises(ValueError, match=rf"{why}.*not offered by this server"):
        parse(text)


def test_pages():
    assert values.pages("3;5-7;9-") == ((3, 3), (5, 7), (9, None))


def test_no_format_is_both_offered_and_refused():
    assert not set(values.FORMATS) & set(values.FORMATS_NOT_OFFERED)
    assert set(values.FORMATS.values()) <= set(values.FORMATS)


def test_flags_of_steps_go_elsewhere():
    assert parse_flags("relative.lossy.no_overflow") == Flags(
        Output(lossy=True), frozenset({"relative", "no_overflow"})
    )


def test_the_later_of_two_contradicting_flags_counts():
    assert parse_flags("progressive:none.progressive").output.progressive == "default"
    assert parse_flags("png8").merged(parse_flags("png32")).output.depth == "png32"


def test_a_dot_in_the_name_of_an_attachment_is_escaped_once_more():
    assert parse_flags("attachment:my%2Efile.lossy").output == Output(attachment="my.file", lossy=True)
    assert parse_flags("attachment").output.attachment == ""


@pytest.mark.parametrize(
    "flag", ["abc", "", "progressive:fast", "attachment:", "attachment:a%2Fb", "attachment:a%0Ab"]
)
def test_an_unknown_flag_is_named(flag):
    with pytest.raises(BadRequest) as caught:
        parse_flags(f"lossy.{flag}")
    assert str(caught.value).startswith(f"Invalid flag in transformation: {flag} (expected one of animated,")


@pytest.mark.parametrize("flag", [*sorted(NOT_OFFERED), "splice:x"])
def test_a_flag_that_is_not_offered_says_so(flag):
    with pytest.raises(
        BadRequest, match=rf"^Invalid flag in transformation: {flag} \(.*not offered by this server\)$"
    ):
        parse_flags(flag)
