from io import BytesIO

import pytest
from PIL import ExifTags, Image, ImageCms

from keepsight.errors import BadRequest
from keepsight.pixels import Encoding, Format, Limits, Metadata, encode, read_header, read_metadata
from keepsight.pixels.metadata import kept
from tests.conftest import shared

from .drawn import encoded, picture, psnr, scene

RIGHTS = b"<dc:rights><rdf:Alt><rdf:li xml:lang='x-default'>(c) Ann</rdf:li></rdf:Alt></dc:rights>"
PACKET = (
    b"<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>"
    b"<rdf:Description tiff:Orientation='6' xmlns:dc='http://purl.org/dc/elements/1.1/'>"
    + RIGHTS
    + b"<dc:subject><rdf:Bag><rdf:li>secret place</rdf:li></rdf:Bag></dc:subject>"
    + b"</rdf:Description></rdf:RDF></x:xmpmeta>"
)
HOLDERS = [Format.JPEG, Format.PNG, Format.WEBP, Format.AVIF]


def record(dataset, text):
    return bytes((0x1C, 2, dataset)) + len(text).to_bytes(2) + text


IPTC = record(80, b"Ann") + record(120, b"a caption") + record(116, b"(c) Ann")


def tagged():
    """A JPEG with everything: EXIF with a place, a size and a turn, XMP and IPTC."""
    tags = Image.Exif()
    tags[ExifTags.Base.Orientation] = 6
    tags[ExifTags.Base.Artist] = "Ann"
    tags[ExifTags.Base.Copyright] = "(c) Ann"
    tags[ExifTags.Base.Model] = "Camera 3"
    tags.get_ifd(ExifTags.IFD.Exif).update({ExifTags.Base.ExifImageWidth: 60, ExifTags.Base.ISOSpeedRatings: 200})
    tags.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitudeRef] = "N"
    body = b"Photoshop 3.0\0" + b"8BIM\x04\x04\0\0" + len(IPTC).to_bytes(4) + IPTC + b"\0" * (len(IPTC) % 2)
    segment = b"\xff\xed" + (len(body) + 2).to_bytes(2) + body
    return encoded(scene(60, 40), "JPEG", exif=tags, xmp=PACKET, extra=segment)


def written(rule, format_):
    data = tagged()
    source = read_metadata(data, read_header(data, Limits()))
    return encode(scene(30, 20), Encoding(format_, metadata=rule), source)


def read(data):
    image = Image.open(BytesIO(data))
    tags = Image.Exif()
    tags.load(image.info.get("exif", b""))
    resources = image.info.get("photoshop") or {}
    return image, tags, bytes(image.info.get("xmp") or b""), bytes(resources.get(0x0404, b""))


@pytest.mark.parametrize("format_", HOLDERS)
@pytest.mark.parametrize("rule", [None, "force_strip"])
def test_nothing_is_kept_unless_asked(format_, rule):
    _, tags, xmp, iptc = read(written(rule, format_))
    assert not dict(tags)
    assert not xmp
    assert not iptc


@pytest.mark.parametrize("format_", HOLDERS)
def test_all_that_is_still_true_is_kept(format_):
    image, tags, xmp, iptc = read(written("keep_iptc", format_))
    assert (tags[ExifTags.Base.Artist], tags[ExifTags.Base.Model]) == ("Ann", "Camera 3")
    assert tags.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitudeRef] == "N"
    inside = tags.get_ifd(ExifTags.IFD.Exif)
    assert inside[ExifTags.Base.ISOSpeedRatings] == 200
    assert ExifTags.Base.ExifImageWidth not in inside
    assert b"secret place" in xmp
    assert b"tiff:Orientation='1'" in xmp
    assert iptc == (IPTC if format_ is Format.JPEG else b"")
    assert image.size == (30, 20)


@pytest.mark.parametrize("format_", HOLDERS)
def test_the_orientation_is_never_applied_twice(format_):
    data = written("keep_iptc", format_)
    header = read_header(data, Limits())
    assert (header.width, header.height, header.orientation) == (30, 20, 1)


@pytest.mark.parametrize("format_", HOLDERS)
def test_attribution_is_who_and_whose(format_):
    _, tags, xmp, iptc = read(written("keep_attribution", format_))
    assert dict(tags) == {ExifTags.Base.Artist: "Ann", ExifTags.Base.Copyright: "(c) Ann"}
    assert b"(c) Ann" in xmp
    assert b"secret place" not in xmp
    assert iptc == (record(80, b"Ann") + record(116, b"(c) Ann") if format_ is Format.JPEG else b"")


def test_too_much_metadata_becomes_attribution():
    tags = Image.Exif()
    tags[ExifTags.Base.Artist] = "Ann"
    tags.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.MakerNote] = b"x" * 80_000
    chosen = kept(Metadata(exif=tags.tobytes(), xmp=b"y" * 70_000), "keep_iptc")
    image = Image.Exif()
    image.load(chosen.exif)
    assert dict(image) == {ExifTags.Base.Artist: "Ann"}
    assert chosen.xmp == b""


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
@pytest.mark.parametrize("rule", ["keep_iptc", "keep_attribution"])
@pytest.mark.parametrize("block", [b"Exif\0\0", b"Exif\0\0MM\0*\xff\xff\xff\xff", b"x", b"\x1c\x02\x74\xff\xff"])
def test_damaged_blocks_are_harmless(rule, block):
    chosen = kept(Metadata(exif=block, xmp=block, iptc=block), rule)
    assert read_header(encode(scene(9, 9), Encoding(Format.JPEG, metadata=rule), chosen), Limits()).width == 9


@pytest.mark.parametrize("format_", [Format.JPEG, Format.PNG, Format.WEBP, Format.AVIF, Format.TIFF])
@pytest.mark.parametrize(
    ("asked", "there"),
    [
        ({"profile": "force_icc"}, True),
        ({"colour_space": "srgb"}, True),
        ({"colour_space": "tinysrgb"}, True),
        ({"colour_space": "srgb", "profile": "strip_profile"}, False),
        ({}, False),
    ],
)
def test_the_profile_goes_out_when_asked(format_, asked, there):
    data = encode(scene(30, 20), Encoding(format_, 95, None if format_ is Format.WEBP else "444", **asked))
    profile = Image.open(BytesIO(data)).info.get("icc_profile")
    assert bool(profile) is there
    if profile:
        assert "sRGB" in ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(BytesIO(profile)))
        assert len(profile) < 1000
        assert psnr(picture(data).preview(), scene(30, 20)) > 24


@pytest.mark.parametrize("format_", [Format.JPEG, Format.TIFF])
def test_cmyk_goes_out_and_comes_back(format_):
    data = encode(scene(60, 40), Encoding(format_, 95, "444", colour_space="cmyk"))
    assert Image.open(BytesIO(data)).mode == "CMYK"
    assert psnr(picture(data).preview(), scene(60, 40)) > 30


@pytest.mark.parametrize("format_", [Format.PNG, Format.WEBP, Format.AVIF, Format.GIF])
def test_cmyk_in_a_format_without_it_is_an_error(format_):
    with pytest.raises(BadRequest, match=r"^Invalid color space in transformation: cmyk \(expected with jpg or tiff"):
        encode(scene(9, 9), Encoding(format_, colour_space="cmyk"))


def test_cmyk_is_kept_where_it_was_and_can_be():
    data = (shared("odd") / "sharp-Channel_digital_image_CMYK_color_no_profile.jpg").read_bytes()
    original = picture(data)
    source = read_metadata(data, original.header)
    assert source.cmyk
    shown = original.cut((0, 0, *original.size), (250, 166))
    for format_, mode in ((Format.JPEG, "CMYK"), (Format.PNG, "RGB")):
        again = encode(shown, Encoding(format_, 95, "444", colour_space="keep_cmyk"), source)
        assert Image.open(BytesIO(again)).mode == mode
        assert psnr(picture(again).preview(), shown) > 30
    assert Image.open(BytesIO(encode(shown, Encoding(Format.JPEG, colour_space="no_cmyk"), source))).mode == "RGB"
    rgb = Image.open(BytesIO(encode(shown, Encoding(Format.JPEG, colour_space="keep_cmyk"), Metadata())))
    assert rgb.mode == "RGB"


def test_metadata_of_every_format_can_be_asked_for():
    for format_ in Format:
        if format_.written:
            data = encode(scene(20, 20), Encoding(format_))
            assert read_metadata(data, read_header(data, Limits())).cmyk is False
