import importlib.util
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFile, ImageOps

from keepsight.errors import BadImage
from keepsight.pixels import Format, Limits, Picture, read_header

from .drawn import encoded, exif, oriented_jpeg, picture, psnr, scene, stored

BOXES = [
    ((0, 0, 1201, 803), (300, 201)),
    ((101, 77, 901, 677), (200, 150)),
    ((333.3, 55.5, 1133.3, 655.5), (160, 120)),
    ((700.25, 402.75, 1201, 803), (125, 100)),
    ((0, 0, 64, 64), (128, 128)),
]
ALIKE = 40.0
"""dB; from about 40 on, two photographs cannot be told apart side by side."""


@pytest.fixture
def decodes(monkeypatch):
    """Sizes of the pixels that Pillow decoded, in order."""
    sizes = []
    original = ImageFile.ImageFile.load_prepare

    def load_prepare(self):
        sizes.append(self.size)
        original(self)

    monkeypatch.setattr(ImageFile.ImageFile, "load_prepare", load_prepare)
    return sizes


@pytest.fixture(scope="module")
def wide():
    return scene(1201, 803)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize(("box", "size"), BOXES)
def test_a_cut_is_what_a_full_decode_gives(wide, orientation, box, size):
    data = oriented_jpeg(wide, orientation)
    full = ImageOps.exif_transpose(Image.open(BytesIO(data)))
    expected = full.resize(size, Image.Resampling.LANCZOS, box=box)
    assert psnr(picture(data).cut(box, size), expected) >= ALIKE


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format_", ["PNG", "WEBP", "AVIF"])
def test_every_orientation_of_other_formats(orientation, format_):
    full = scene(90, 60)
    options = (
        {"lossless": True}
        if format_ == "WEBP"
        else {"quality": 95, "subsampling": "4:4:4"}
        if format_ == "AVIF"
        else {}
    )
    data = encoded(stored(full, orientation), format_, exif=exif(orientation), **options)
    assert psnr(picture(data).cut((9, 6, 69, 46), (60, 40)), full.crop((9, 6, 69, 46))) > 30


def test_whole_pixels_at_their_own_size_are_unchanged(wide):
    cut = picture(encoded(wide, "PNG")).cut((11, 13, 311, 213), (300, 200))
    assert cut.tobytes() == wide.crop((11, 13, 311, 213)).tobytes()


def test_preview_and_crop_share_one_reduced_decode(decodes):
    image = picture(encoded(scene(3000, 2000), "JPEG"))
    assert image.preview().size == (640, 427)
    image.cut((400, 0, 3000, 2000), (390, 300))
    assert decodes == [(750, 500)]


def test_a_hint_makes_the_one_decode_large_enough(decodes):
    image = picture(encoded(scene(3000, 2000), "JPEG"))
    image.hint(0.3)
    image.preview()
    image.cut((1000, 1000, 2000, 1500), (300, 150))
    assert decodes == [(1500, 1000)]


def test_more_detail_than_was_decoded_is_decoded_anew(decodes):
    image = picture(encoded(scene(3000, 2000), "JPEG"))
    image.preview()
    image.cut((1000, 1000, 1400, 1400), (400, 400))
    image.preview()
    assert decodes == [(750, 500), (3000, 2000)]


def test_other_formats_are_decoded_once(decodes):
    image = picture(encoded(scene(300, 200), "WEBP"))
    image.preview(100)
    image.cut((0, 0, 300, 200), (300, 200))
    assert decodes == [(300, 200)]


@pytest.mark.parametrize(("side", "decoded"), [(83, 125), (84, 250), (166, 250), (167, 500), (333, 500), (334, 1000)])
def test_a_cut_has_half_as_many_pixels_to_spare(decodes, side, decoded):
    picture(encoded(scene(1000, 1000), "JPEG")).cut((0, 0, 1000, 1000), (side, side))
    assert decodes == [(decoded, decoded)]


def test_a_preview_has_none_to_spare(decodes):
    assert picture(encoded(scene(1280, 853), "JPEG")).preview(640).size == (640, 426)
    assert picture(encoded(scene(1280, 855), "JPEG")).preview(640).size == (640, 428), (
        "half a pixel more than its half"
    )
    assert decodes == [(640, 427), (640, 428)]


@pytest.mark.parametrize("divisor", [1.5, 2, 3, 4, 6, 8, 12])
def test_a_sharp_photograph_stays_sharp(divisor):
    ultralytics = importlib.util.find_spec("ultralytics")
    if ultralytics is None or ultralytics.origin is None:
        pytest.skip("ultralytics, which carries a photograph, is not installed")
    data = (Path(ultralytics.origin).parent / "assets" / "bus.jpg").read_bytes()
    image = picture(data)
    size = round(image.size[0] / divisor), round(image.size[1] / divisor)
    expected = Image.open(BytesIO(data)).resize(size, Image.Resampling.LANCZOS)
    cut = image.cut((0, 0, *image.size), size)
    assert psnr(cut, expected) > 36
    assert contrast(cut) > 0.9 * contrast(expected)


def contrast(image):
    """Mean squared difference of neighbouring pixels."""
    return float(np.mean(np.diff(np.asarray(image.convert("L"), float)) ** 2))


def test_the_preview_is_rgb_on_white_and_never_enlarged():
    clear = Image.new("RGBA", (40, 20), (0, 0, 0, 0))
    preview = picture(encoded(clear, "PNG")).preview()
    assert (preview.mode, preview.size, preview.getpixel((5, 5))) == ("RGB", (40, 20), (255, 255, 255))
    assert picture(encoded(scene(50, 30).convert("L"), "JPEG")).preview().mode == "RGB"


def test_the_preview_of_a_line_has_a_height():
    assert picture(encoded(Image.new("RGB", (2000, 1)), "JPEG")).preview(100).size == (100, 1)


def test_invisible_colours_do_not_bleed_into_edges():
    image = Image.new("RGBA", (200, 200), (0, 0, 0, 0))
    image.paste((255, 200, 100, 255), (50, 50, 151, 151))
    cut = picture(encoded(image, "PNG")).cut((3, 3, 199, 199), (47, 47))
    edge = [pixel for pixel in np.asarray(cut).reshape(-1, 4).tolist() if 20 < pixel[3] < 250]
    assert edge
    assert all(abs(red - 255) + abs(green - 200) + abs(blue - 100) < 30 for red, green, blue, _ in edge)


def test_a_cut_of_alpha_is_that_of_the_whole():
    image = scene(400, 300).convert("RGBA")
    image.putalpha(scene(400, 300).getchannel("R"))
    box, size = (33.3, 21.7, 233.3, 171.7), (50, 38)
    cut = picture(encoded(image, "PNG")).cut(box, size)
    whole = image.resize(size, Image.Resampling.LANCZOS, box=box, reducing_gap=2.0)
    assert psnr(cut.getchannel("A"), whole.getchannel("A")) >= ALIKE
    assert psnr(on_white(cut), on_white(whole)) >= ALIKE


def on_white(image):
    return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP", "AVIF", "GIF"])
def test_a_file_cut_short_is_a_bad_image(format_):
    data = encoded(scene(200, 150), format_)
    with pytest.raises(BadImage, match=r"^Invalid image file: .*expected"):
        picture(data[: len(data) * 2 // 3]).preview()


def test_the_first_frame_of_an_animation_is_cut():
    frames = [Image.new("RGB", (16, 16), colour) for colour in ("red", "blue")]
    for format_ in ("GIF", "PNG", "WEBP"):
        data = encoded(frames[0], format_, save_all=True, append_images=frames[1:], duration=100)
        red, _, blue = picture(data).cut((0, 0, 16, 16), (4, 4)).convert("RGB").getpixel((2, 2))
        assert red > 240
        assert blue < 15


SMALL = {
    "jpeg": oriented_jpeg(scene(97, 61), 6),
    "png": encoded(scene(97, 61).convert("RGBA"), "PNG"),
    "grey": encoded(scene(97, 61).convert("LA"), "PNG"),
}
SIDE = st.floats(-50, 150)


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(sorted(SMALL)),
    st.tuples(SIDE, SIDE, SIDE, SIDE),
    st.tuples(st.integers(1, 90), st.integers(1, 90)),
)
def test_any_box_gives_exactly_the_size_that_was_asked(name, box, size):
    assert picture(SMALL[name]).cut(box, size).size == size


DRAWING = (
    b"<svg xmlns='http://www.w3.org/2000/svg' width='40' height='20'><rect width='20' height='20' fill='#f00'/>"
    b"<circle cx='30' cy='10' r='8' fill='#00f'/></svg>"
)


def test_a_drawing_is_drawn_as_large_as_it_is_wanted():
    drawing = picture(DRAWING)
    assert (drawing.header.format, drawing.size, drawing.header.has_alpha) == (Format.SVG, (40, 20), True)
    small, large = drawing.cut((0, 0, 40, 20), (40, 20)), drawing.cut((0, 0, 40, 20), (1600, 800))
    assert large.getpixel((5, 5)) == (255, 0, 0, 255)
    assert large.getpixel((1200, 400)) == (0, 0, 255, 255)
    assert large.getpixel((1590, 10))[3] == 0
    column = [large.getpixel((x, 400))[0] for x in range(780, 820)]
    assert sum(0 < value < 255 for value in column) <= 3, "sharp: an enlargement would blur 40 pixels"
    assert psnr(small.convert("RGB"), picture(DRAWING).cut((0, 0, 40, 20), (40, 20)).convert("RGB")) == 99


def test_a_part_of_a_drawing_is_bounded():
    part = picture(DRAWING).cut((10, 5, 10.5, 5.5), (3000, 3000))
    assert (part.size, part.convert("RGB").getpixel((5, 5))) == ((3000, 3000), (255, 0, 0))


def test_the_density_of_a_drawing_is_its_size():
    header = read_header(DRAWING, Limits(), density=192)
    assert (header.width, header.height) == (80, 40)
    assert Picture(DRAWING, header).cut((0, 0, 80, 40), (80, 40)).getpixel((5, 5)) == (255, 0, 0, 255)
    with pytest.raises(BadImage, match="expected at most 1,000 in all"):
        read_header(DRAWING, Limits(max_pixels=1000), density=192)
