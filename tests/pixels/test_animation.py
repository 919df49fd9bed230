import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from keepsight.errors import BadImage, BadRequest, Unavailable
from keepsight.pixels import (
    Cut,
    Encoding,
    Format,
    Limits,
    Picture,
    chosen_frames,
    encode_animation,
    frame_durations,
    read_header,
    render,
)
from keepsight.pixels.mount import underlie
from keepsight.transformation.output import Output
from keepsight.transformation.values import Colour
from tests.conftest import shared

from .drawn import encoded, picture, psnr, scene

MOVING = (Format.GIF, Format.PNG, Format.WEBP, Format.AVIF)
TIMES = (70, 100, 40, 1000, 200)


def opaque(count=5):
    """A ball that rolls over a still scene."""
    frames = []
    for step in range(count):
        frame = scene(96, 64)
        ImageDraw.Draw(frame).ellipse((12 * step, 20, 12 * step + 20, 40), fill=(250, 240, 0))
        frames.append(frame)
    return frames


def clear(count=5):
    """A ball that rolls over nothing, so that every frame has to wipe the one before."""
    frames = []
    for step in range(count):
        frame = Image.new("RGBA", (96, 64), (0, 0, 0, 0))
        ImageDraw.Draw(frame).ellipse((12 * step, 20, 12 * step + 20, 40), fill=(250, 40, 0, 255))
        frames.append(frame)
    return frames


def written(frames, format_, plays=0, times=TIMES, **options):
    alpha = any(frame.mode == "RGBA" for frame in frames)
    return encode_animation(iter(frames), times[: len(frames)], plays, Encoding(format_, **options), alpha=alpha)


def shown(data):
    """Every frame as it is seen, RGBA."""
    original = picture(data)
    whole = (0, 0, *original.size)
    return [f.cut(whole, f.size).convert("RGBA") for f in original.frames(range(original.header.frames))]


def on_grey(image):
    return Image.alpha_composite(Image.new("RGBA", image.size, (128, 128, 128, 255)), image.convert("RGBA")).convert(
        "RGB"
    )


@pytest.mark.parametrize("format_", MOVING)
@pytest.mark.parametrize("draw", [opaque, clear])
def test_frames_times_and_pixels_come_back(format_, draw):
    frames = draw()
    data = written(frames, format_)
    header = read_header(data, Limits())
    assert (header.format, header.frames, header.durations) == (format_, 5, TIMES)
    bound = {Format.PNG: 99, Format.GIF: 30}.get(format_, 25)
    for before, after in zip(frames, shown(data), strict=True):
        assert psnr(on_grey(before), on_grey(after)) >= bound


@pytest.mark.parametrize("format_", [Format.GIF, Format.PNG, Format.WEBP])
@pytest.mark.parametrize("plays", [0, 1, 2, 7])
def test_how_often_it_plays(format_, plays):
    header = read_header(written(opaque(2), format_, plays), Limits())
    assert header.plays == plays


@pytest.mark.parametrize("format_", MOVING)
def test_a_background_goes_under_every_frame(format_):
    data = written([underlie(frame, Colour(0, 0, 255)) for frame in clear(3)], format_)
    assert not read_header(data, Limits()).has_alpha or format_ is Format.GIF
    for frame in shown(data):
        assert frame.getpixel((90, 5))[2] > 240
        assert frame.getpixel((90, 5))[3] == 255


@pytest.mark.parametrize("format_", MOVING)
def test_a_frame_that_repeats_the_one_before_keeps_its_time(format_):
    # libwebp makes one frame of the two.
    frames = [opaque()[0], opaque()[1], opaque()[1], opaque()[2]]
    header = read_header(written(frames, format_), Limits())
    assert sum(header.durations) == sum(TIMES[:4])
    assert header.frames == (3 if format_ is Format.WEBP else 4)


def test_only_what_changed_is_stored():
    still = [scene(96, 64)] * 5
    for format_ in (Format.GIF, Format.PNG):
        assert len(written(still, format_)) < 1.1 * len(written(still[:1], format_)) + 1500


def test_opaque_and_transparent_frames_in_turn():
    frames = [opaque()[0], clear()[1], opaque()[2], clear()[3], clear()[4]]
    for before, after in zip(frames, shown(written(frames, Format.GIF)), strict=True):
        assert psnr(on_grey(before), on_grey(after)) > 30


def test_the_frames_of_a_gif_are_composed():
    frames = clear()
    data = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=100, disposal=2)
    for before, after in zip(frames, shown(data), strict=True):
        assert psnr(on_grey(before), on_grey(after)) > 35


def test_the_poster_of_a_png_is_no_frame():
    frames = opaque(3)
    data = encoded(
        Image.new("RGB", (96, 64)),
        "PNG",
        save_all=True,
        append_images=frames,
        default_image=True,
        duration=[10, 20, 30],
    )
    header = read_header(data, Limits())
    assert (header.frames, header.durations) == (3, (10, 20, 30))
    assert [psnr(a.convert("RGBA"), b) for a, b in zip(frames, shown(data), strict=True)] == [99, 99, 99]
    assert psnr(Picture(data, header).cut((0, 0, 96, 64), (96, 64)), frames[0]) == 99


def test_times_of_a_gif_are_rounded_by_the_clock():
    frames = opaque(4)
    header = read_header(written(frames, Format.GIF, times=(75, 75, 75, 75)), Limits())
    assert sum(header.durations) == 300
    assert set(header.durations) == {70, 80}


def test_every_frame_gets_the_same_operations():
    data = written(opaque(), Format.WEBP, quality=95)
    original = picture(data)
    cut = Cut((10, 10, 90, 60), (40, 25))
    rendered = [render(frame, (cut,), lambda: None) for frame in original.frames(range(5))]
    for source, result in zip(opaque(), rendered, strict=True):
        assert psnr(result, picture(encoded(source, "PNG")).cut((10, 10, 90, 60), (40, 25))) > 26


def test_some_frames_in_any_order():
    data = written(opaque(), Format.PNG)
    original = picture(data)
    for number, frame in zip((4, 0, 2), original.frames((4, 0, 2)), strict=True):
        assert frame.header.frame == number
        assert frame.cut((0, 0, 96, 64), (96, 64)).convert("RGB").tobytes() == opaque()[number].tobytes()


@pytest.mark.parametrize("format_", MOVING)
def test_one_frame_of_an_animation_by_its_header(format_):
    data = written(opaque(), format_, quality=95)
    header = read_header(data, Limits(), frame=3)
    assert psnr(Picture(data, header).cut((0, 0, 96, 64), (96, 64)).convert("RGB"), opaque()[3]) > 26


@pytest.mark.parametrize("format_", MOVING)
def test_frames_are_made_one_at_a_time(format_):
    alive, most = set(), 0

    def frames():
        nonlocal most
        for number in range(12):
            frame = scene(64, 48)
            frame.paste((number * 20, 0, 0), (0, 0, 10, 10))
            alive.add(number)
            most = max(most, len(alive))
            weak.append(frame)
            yield frame
            weak.pop()
            alive.discard(number)

    weak = []
    encode_animation(frames(), (50,) * 12, 0, Encoding(format_), alpha=False)
    assert most == 1


@pytest.mark.parametrize("format_", MOVING)
def test_a_passed_deadline_ends_it(format_):
    def frames():
        yield from opaque(2)
        raise Unavailable("The work took too long")

    with pytest.raises(Unavailable):
        encode_animation(frames(), TIMES, 0, Encoding(format_), alpha=False)


@pytest.mark.parametrize("format_", ["GIF", "WEBP", "PNG"])
def test_an_animation_cut_short_is_a_bad_image(format_):
    frames = opaque()
    data = encoded(frames[0], format_, save_all=True, append_images=frames[1:], duration=100)
    with pytest.raises(BadImage, match=r"^Invalid image file"):
        shown(data[: len(data) * 3 // 4])


def test_which_frames_are_chosen():
    assert chosen_frames((), 3) == (0, 1, 2)
    assert chosen_frames(((2, 2),), 3) == (1,)
    assert chosen_frames(((3, None), (1, 2)), 4) == (2, 3, 0, 1)


@pytest.mark.parametrize("pages", [((4, 4),), ((1, 5),), ((9, None),)])
def test_a_frame_that_does_not_exist(pages):
    with pytest.raises(BadRequest, match=r"^Invalid page in transformation: \d \(expected at most 3\)$"):
        chosen_frames(pages, 3)


@given(st.lists(st.tuples(st.integers(1, 30), st.none() | st.integers(0, 9)), max_size=5), st.integers(1, 40))
def test_chosen_frames_exist(ranges, frames):
    pages = tuple((first, None if more is None else first + more) for first, more in ranges)
    try:
        chosen = chosen_frames(pages, frames)
    except BadRequest:
        assert any(max(first, last or 0) > frames for first, last in pages)
    else:
        assert chosen
        assert all(0 <= frame < frames for frame in chosen)


def test_a_delay_is_that_of_every_frame():
    assert frame_durations(Output(), (10, 20, 30), (2, 0)) == (30, 10)
    assert frame_durations(Output(delay=200), (10, 20, 30), (2, 0)) == (200, 200)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.integers(1, 65_000), min_size=2, max_size=6),
    st.integers(0, 100),
    st.sampled_from([Format.PNG, Format.WEBP]),
)
def test_any_times_come_back(times, plays, format_):
    frames = [Image.new("RGB", (8, 8), (40 * n, 0, 0)) for n in range(len(times))]
    header = read_header(written(frames, format_, plays, times=tuple(times)), Limits())
    assert (header.durations, header.plays) == (tuple(times), plays)


@pytest.mark.parametrize(
    ("name", "frames", "durations", "plays"),
    [
        ("thumbor-animated.gif", 2, (1000, 1000), 0),
        ("sharp-animated-loop-3.gif", 10, (3000,) * 9 + (15000,), 3),
        ("image-anim.webp", 6, (100,) * 6, 0),
        ("image-ball.png", 20, (75,) * 20, 0),
        ("thumbor-animated-one-frame.gif", 1, (), 1),
    ],
)
@pytest.mark.parametrize("format_", MOVING)
def test_animations_of_other_projects(name, frames, durations, plays, format_):
    data = (shared("odd") / name).read_bytes()
    header = read_header(data, Limits())
    assert (header.frames, header.durations, header.plays) == (frames, durations, plays)
    if not header.animated:
        return
    before = shown(data)
    after = shown(encode_animation(iter(before), durations, plays, Encoding(format_, 90), alpha=True))
    distances = [
        np.abs(np.asarray(on_grey(a), float) - np.asarray(on_grey(b), float)).mean()
        for a, b in zip(before, after, strict=True)
    ]
    assert max(distances) < 3
