import struct
from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageCms

from keepsight.pixels import Encoding, Format, encode
from keepsight.pixels.colour import to_srgb

from .drawn import encoded, picture, psnr, scene

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def swapped(profile):
    """The profile with its red and green primaries exchanged: an unmistakable colour space."""
    data = bytearray(profile)
    (count,) = struct.unpack_from(">I", data, 128)
    entries = {bytes(data[at : at + 4]): at for at in range(132, 132 + 12 * count, 12)}
    red, green = entries[b"rXYZ"], entries[b"gXYZ"]
    data[red : red + 4], data[green : green + 4] = b"gXYZ", b"rXYZ"
    return bytes(data)


def stretched(profile, factor):
    """The profile with all primaries moved away from (factor > 1) or towards their mean, as a wider gamut has them."""
    data = bytearray(profile)
    (count,) = struct.unpack_from(">I", data, 128)
    entries = {
        bytes(data[at : at + 4]): struct.unpack_from(">I", data, at + 4)[0] for at in range(132, 132 + 12 * count, 12)
    }
    offsets = [entries[name] + 8 for name in (b"rXYZ", b"gXYZ", b"bXYZ")]
    primaries = np.array([struct.unpack_from(">3i", data, at) for at in offsets])
    mean = primaries.mean(axis=0)
    for at, primary in zip(offsets, mean + factor * (primaries - mean), strict=True):
        struct.pack_into(">3i", data, at, *(int(value) for value in primary))
    return bytes(data)


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_an_embedded_profile_is_obeyed(format_):
    image = Image.new("RGB", (64, 64), (230, 20, 20))
    red, green, blue = (
        picture(encoded(image, format_, icc_profile=swapped(SRGB))).cut((0, 0, 64, 64), (8, 8)).getpixel((4, 4))
    )
    assert red < 40
    assert green > 215
    assert blue < 40


def test_a_wide_gamut_becomes_more_saturated():
    image = Image.new("RGB", (64, 64), (180, 90, 90))
    red, green, _ = to_srgb(image, stretched(SRGB, 1.3)).getpixel((4, 4))
    assert red > 184
    assert green < 88


def test_colour_after_the_resize_is_colour_before_it():
    image = scene(400, 300)
    profile = stretched(SRGB, 1.2)
    transform = ImageCms.buildTransform(
        ImageCms.ImageCmsProfile(BytesIO(profile)), ImageCms.createProfile("sRGB"), "RGB", "RGB"
    )
    before = ImageCms.applyTransform(image, transform).resize((100, 75), Image.Resampling.LANCZOS)
    after = picture(encoded(image, "PNG", icc_profile=profile)).cut((0, 0, 400, 300), (100, 75))
    assert psnr(before, after) > 35


def test_srgb_itself_changes_nothing():
    image = scene(64, 48)
    assert to_srgb(image, SRGB).tobytes() == image.tobytes()


def test_alpha_is_kept():
    image = scene(64, 48).convert("RGBA")
    image.putalpha(scene(64, 48).getchannel("B"))
    converted = to_srgb(image, swapped(SRGB))
    assert converted.getchannel("A").tobytes() == image.getchannel("A").tobytes()
    assert converted.tobytes() != image.tobytes()


@pytest.mark.parametrize("profile", [b"", b"nonsense", SRGB[:200], bytes(3000)])
@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA", "CMYK"])
def test_a_broken_profile_is_ignored(profile, mode):
    image = scene(16, 12).convert(mode)
    expected = {"LA": "RGBA", "CMYK": "RGB"}.get(mode, mode)
    assert to_srgb(image, profile).tobytes() == image.convert(expected).tobytes()


@pytest.mark.parametrize("mode", ["L", "CMYK"])
def test_a_profile_of_another_kind_of_pixels_is_ignored(mode):
    image = scene(16, 12).convert(mode)
    assert to_srgb(image, swapped(SRGB)).tobytes() == image.convert("L" if mode == "L" else "RGB").tobytes()


# The decoder of JPEG XL makes a profile of what the file says, which is sRGB.
@pytest.mark.parametrize("format_", [f for f in Format if f.written and f is not Format.JXL])
def test_no_profile_goes_out(format_):
    image = picture(encoded(scene(64, 48), "JPEG", icc_profile=swapped(SRGB))).preview()
    image.info["icc_profile"] = SRGB
    assert "icc_profile" not in Image.open(BytesIO(encode(image, Encoding(format_)))).info
