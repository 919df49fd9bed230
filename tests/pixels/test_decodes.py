"""Decodes that requests share: once for all who ask at once, the same pixels, and no more memory than allowed."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import numpy as np
import pytest

from keepsight.errors import BadImage
from keepsight.pixels import Limits, Picture, read_header
from keepsight.pixels.decode import decode, reduction_of
from keepsight.pixels.decodes import Decodes

from .drawn import encoded, oriented_jpeg, scene

LIMITS = Limits(max_pixels=10**8, max_bytes=10**8)


@pytest.fixture(scope="module")
def jpeg():
    return oriented_jpeg(scene(1201, 803), 6)


def test_who_asks_at_once_shares_one_decode_and_gets_its_own_crop(jpeg):
    header, decodes, barrier = read_header(jpeg, LIMITS), Decodes(1 << 24), Barrier(8)
    boxes = [(left, 40, left + 640, 520) for left in range(8)]

    def cut(box):
        picture = Picture(jpeg, header, decoder=decodes.of("d"))
        barrier.wait()
        return np.asarray(picture.cut(box, (160, 120)))

    with ThreadPoolExecutor(8) as pool:
        cuts = list(pool.map(cut, boxes))
    assert decodes.decodes == 1
    for box, pixels in zip(boxes, cuts, strict=True):
        assert (pixels == np.asarray(Picture(jpeg, header).cut(box, (160, 120)))).all()


def test_what_is_remembered_never_changes_what_another_size_looks_like(jpeg):
    header, decodes = read_header(jpeg, LIMITS), Decodes(1 << 24)
    for size in ((400, 600), (100, 150), (800, 1200), (50, 75)):
        picture = Picture(jpeg, header, decoder=decodes.of("d"))
        alone = Picture(jpeg, header)
        assert picture.cut((0, 0, 803, 1201), size).tobytes() == alone.cut((0, 0, 803, 1201), size).tobytes()


def test_other_bytes_have_pixels_of_their_own(jpeg):
    other = oriented_jpeg(scene(1201, 803).rotate(180), 6)
    decodes = Decodes(1 << 24)
    first, second = (
        decodes.decode(digest, data, read_header(data, LIMITS), 0.25) for digest, data in (("a", jpeg), ("b", other))
    )
    assert decodes.decodes == 2
    assert first.image.tobytes() != second.image.tobytes()


def test_the_oldest_go_and_the_largest_is_not_kept(jpeg):
    header = read_header(jpeg, LIMITS)
    kept = decode(jpeg, header, 0.25).image
    decodes = Decodes(2 * kept.width * kept.height * 4)
    for digest in ("a", "b", "b", "a", "c", "a", "b"):
        decodes.decode(digest, jpeg, header, 0.25)
    assert decodes.decodes == 4  # a, b, c, and b again
    for _ in range(2):
        decodes.decode("a", jpeg, header, 1)
    assert decodes.decodes == 6


def test_damage_is_an_error_for_everybody_and_is_not_remembered(jpeg):
    cut, decodes = jpeg[: len(jpeg) // 2], Decodes(1 << 24)
    for _ in range(2):
        with pytest.raises(BadImage):
            decodes.decode("a", cut, read_header(cut, LIMITS), 0.25)
    assert decodes.decodes == 2


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP", "AVIF", "TIFF"])
def test_a_small_decode_does_not_stand_in_for_a_larger(format_):
    data = encoded(scene(400, 300), format_)
    header, decodes = read_header(data, LIMITS), Decodes(1 << 24)
    assert decodes.decode("a", data, header, 0.1).image.width < 200
    assert decodes.decode("a", data, header, 1).image.size == (400, 300)


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP", "AVIF", "TIFF"])
@pytest.mark.parametrize("scale", [0.01, 0.124, 0.125, 0.2, 0.25, 0.4, 0.5, 0.7, 1])
def test_the_reduction_is_known_before(format_, scale):
    data = encoded(scene(201, 133), format_)
    header = read_header(data, LIMITS)
    assert decode(data, header, scale).reduction == reduction_of(header, scale)
