import time

import pytest
from PIL import Image

from keepsight.errors import BadImage, BadRequest
from keepsight.pixels import EXTENSIONS, Encoding, Format, Limits, Picture, encode, read_header
from keepsight.pixels.recognise import recognise
from keepsight.pixels.tiff import survey

from .drawn import encoded, exif, oriented_jpeg, png, scene, stored


@pytest.mark.parametrize("format_", [format_ for format_ in Format if format_.written])
def test_the_header_of_every_format(format_):
    data = encode(scene(60, 40), Encoding(format_))
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
        b"<html><svg xmlns='http://www.w3.org/2000/svg'/></html>",
        encoded(scene(8, 8), "TGA"),
        encoded(scene(8, 8), "PPM"),
        encoded(scene(8, 8), "TIFF")[:20],
        encoded(scene(8, 8), "BMP")[:20],
        encoded(scene(16, 16), "ICO")[:20],
        encoded(scene(8, 8), "JPEG2000")[:60],
        encoded(scene(8, 8), "JXL")[:3],
        b"\0\0\0\x18ftypmp42\0\0\0\0isommp42",
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


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"%PDF-1.7\n", "PDF"),
        (b"8BPS\0\1", "Photoshop"),
        (b"%!PS-Adobe-3.0 EPSF-3.0", "PostScript"),
        (b"\xc5\xd0\xd3\xc6", "PostScript"),
        (b"\x1a\x45\xdf\xa3webm", "video"),
    ],
)
def test_known_formats_that_are_not_offered_are_named(data, name):
    with pytest.raises(BadImage, match=rf"^Invalid image file: a {name}.*not offered by this server; expected a JPEG"):
        read_header(data, Limits())


@pytest.mark.parametrize(
    "data",
    [
        b"<svg/>",
        b"\xef\xbb\xbf<?xml version='1.0'?>\n<!-- one --><!-- two -->\n<!DOCTYPE svg PUBLIC '' ''>\n<svg width='1'>",
        b"<!DOCTYPE svg [ <!ENTITY a 'b'> ]><svg:svg xmlns:svg='http://www.w3.org/2000/svg'>",
    ],
)
def test_drawings_are_recognised(data):
    assert recognise(data) is Format.SVG


def test_a_row_of_comments_is_no_trap():
    start = time.thread_time()
    with pytest.raises(BadImage):
        recognise(b"<!---->" * 100_000)
    assert time.thread_time() - start < 5


@pytest.mark.parametrize(
    ("major", "compatible", "format_"),
    [
        (b"avif", b"mif1", Format.AVIF),
        (b"heic", b"mif1", Format.HEIC),
        (b"mif1", b"mif1heic", Format.HEIC),
        (b"mif1", b"miafavif", Format.AVIF),
    ],
)
def test_the_brand_tells_heic_from_avif(major, compatible, format_):
    size = (16 + len(compatible)).to_bytes(4)
    assert recognise(size + b"ftyp" + major + bytes(4) + compatible) is format_


@pytest.mark.parametrize("big", [False, True])
def test_the_pages_of_a_tiff_each_have_a_size(big):
    sizes = [(60, 40), (30, 50), (7, 9)]
    pages = [scene(*size) for size in sizes]
    data = encoded(pages[0], "TIFF", save_all=True, append_images=pages[1:], big_tiff=big)
    assert [(page.width, page.height) for page in survey(data, 10)] == sizes
    for number, size in enumerate(sizes):
        header = read_header(data, Limits(), frame=number)
        assert (header.frames, header.frame, (header.width, header.height)) == (3, number, size)
        assert Picture(data, header).cut((0, 0, *size), size).tobytes() == pages[number].tobytes()
    assert read_header(data, Limits()).durations == ()


@pytest.mark.parametrize("frame", [3, 99])
def test_a_page_that_does_not_exist_is_named_with_their_number(frame):
    pages = [scene(20, 20)] * 3
    data = encoded(pages[0], "TIFF", save_all=True, append_images=pages[1:])
    with pytest.raises(BadRequest, match=rf"^Invalid page in transformation: {frame + 1} \(expected at most 3\)$"):
        read_header(data, Limits(), frame=frame)


def test_directories_in_a_circle_end():
    data = bytearray(encoded(scene(20, 20), "TIFF"))
    first = int.from_bytes(data[4:8], "little")
    count = int.from_bytes(data[first : first + 2], "little")
    at = first + 2 + 12 * count
    data[at : at + 4] = first.to_bytes(4, "little")
    assert read_header(bytes(data), Limits()).frames == 1


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_tiff_is_upright_once(orientation):
    tags = Image.Exif()
    tags[0x0112] = orientation
    upright = scene(60, 40)
    data = encoded(stored(upright, orientation), "TIFF", exif=tags)
    header = read_header(data, Limits())
    assert (header.width, header.height) == (60, 40)
    assert Picture(data, header).cut((0, 0, 60, 40), (60, 40)).tobytes() == upright.tobytes()


@pytest.mark.parametrize("orientation", [1, 3, 6])
def test_a_turned_jpeg_xl_is_upright_once(orientation):
    # The codestream says how it lies; EXIF in the file does not count (ISO/IEC 18181-2).
    data = encoded(scene(60, 40), "JXL", lossless=True, exif=exif(orientation), num_threads=0)
    header = read_header(data, Limits())
    assert (header.width, header.height, header.orientation) == (60, 40, 1)
    assert Picture(data, header).cut((0, 0, 60, 40), (60, 40)).tobytes() == scene(60, 40).tobytes()


@pytest.mark.parametrize("size", [(1, 1), (8, 8), (64, 64), (640, 480), (17, 3001), (3000, 2), (520, 513)])
@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
def test_the_bits_of_a_jpeg_xl_are_read(size, mode):
    for options in ({"quality": 80}, {"lossless": True, "use_container": True}):
        header = read_header(encoded(Image.new(mode, size), "JXL", num_threads=0, **options), Limits())
        assert ((header.width, header.height), header.has_alpha) == (size, mode == "RGBA")
