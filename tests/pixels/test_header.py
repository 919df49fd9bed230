import pytest
from PIL import Image

from keepsight.errors import BadImage
from keepsight.pixels import EXTENSIONS, Format, Limits, read_header

from .drawn import encoded, exif, oriented_jpeg, png, scene


@pytest.mark.parametrize("format_", list(Format))
def test_the_header_of_every_format(format_):
    data = encoded(scene(60, 40), format_.name)
    header = read_header(data, Limits())
    assert (header.format, header.width, header.height) == (format_, 60, 40)
    assert (header.orientation, header.frames, header.has_alpha, header.bytes) == (1, 1, False, len(data))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_sizes_are_upright(orientation):
    header = read_header(oriented_jpeg(scene(60, 40), orientation), Limits())
    assert (header.width, header.height, header.orientation) == (60, 40, orientation)


@pytest.mark.parametrize("format_", ["PNG", "WEBP", "AVIF"])
def test_other_formats_have_an_orientation_too(format_):
    header = read_header(encoded(scene(60, 40), format_, exif=exif(6)), Limits())
    assert (header.width, header.height, header.orientation) == (40, 60, 6)


@pytest.mark.parametrize("orientation", [0, 9, 77])
def test_an_orientation_that_does_not_exist_is_upright(orientation):
    assert read_header(encoded(scene(60, 40), "JPEG", exif=exif(orientation)), Limits()).orientation == 1


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
@pytest.mark.parametrize("block", [b"Exif\0\0", b"Exif\0\0MM\0*\xff\xff\xff\xff", b"Exif\0\0II*\0\x08\0\0\0\xff\xff1"])
def test_damaged_exif_is_harmless(block):
    assert read_header(encoded(scene(60, 40), "JPEG", exif=block), Limits()).orientation == 1


@pytest.mark.parametrize("format_", ["PNG", "WEBP", "AVIF"])
def test_an_alpha_channel_is_seen(format_):
    assert read_header(encoded(Image.new("RGBA", (8, 8), (1, 2, 3, 4)), format_), Limits()).has_alpha


def test_a_transparent_palette_entry_is_seen():
    image = Image.new("P", (8, 8))
    assert read_header(encoded(image, "PNG", transparency=0), Limits()).has_alpha
    assert read_header(encoded(image, "GIF", transparency=0), Limits()).has_alpha


@pytest.mark.parametrize("format_", ["GIF", "PNG", "WEBP", "AVIF"])
def test_frames_are_counted(format_):
    frames = [Image.new("RGB", (16, 16), colour) for colour in ("red", "green", "blue")]
    data = encoded(frames[0], format_, save_all=True, append_images=frames[1:], duration=100)
    assert read_header(data, Limits()).frames == 3


def test_a_jpeg_with_more_pictures_behind_it_is_a_jpeg():
    image = scene(60, 40)
    header = read_header(encoded(image, "MPO", save_all=True, append_images=[image]), Limits())
    assert (header.format, header.frames) == (Format.JPEG, 1)


def test_the_header_of_a_png_is_read_without_its_pixels():
    # Pillow's own getexif decodes a PNG to look for EXIF behind the pixels.
    assert read_header(png(5000, 5000, 8, 0, b"not that many rows"), Limits()).width == 5000


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        encoded(scene(8, 8), "TIFF"),
        encoded(scene(8, 8), "BMP"),
        encoded(scene(16, 16), "ICO"),
        encoded(scene(8, 8), "JPEG2000"),
        encoded(scene(8, 8), "JPEG")[:20],
        encoded(scene(8, 8), "PNG")[:20],
        encoded(scene(8, 8), "WEBP")[:20],
        encoded(scene(8, 8), "AVIF")[:40],
        encoded(scene(8, 8), "GIF")[:8],
    ],
)
def test_anything_else_is_refused_with_what_was_expected(data):
    with pytest.raises(BadImage, match=r"^Invalid image file: .*expected"):
        read_header(data, Limits())


def test_extensions_name_formats():
    assert {EXTENSIONS[word] for word in ("jpg", "jpeg", "jpe", "jfif")} == {Format.JPEG}
    assert Format.AVIF.content_type == "image/avif"
