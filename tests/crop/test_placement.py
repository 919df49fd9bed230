"""Where layers go. Each property is one sentence; its test says it in code."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepsight.crop.box import Box, Size
from keepsight.crop.placement import MAX_TILES, place_layer
from keepsight.errors import BadRequest
from keepsight.transformation.gravity import XYCenter
from keepsight.transformation.values import Compass

BASE, BADGE = Size(400, 300), Size(40, 20)

MIRRORED = {
    Compass.NORTH_WEST: Compass.NORTH_EAST,
    Compass.WEST: Compass.EAST,
    Compass.SOUTH_WEST: Compass.SOUTH_EAST,
}
MIRRORED |= {east: west for west, east in MIRRORED.items()}

sizes = st.builds(Size, st.integers(1, 500), st.integers(1, 500))
offsets = st.integers(-600, 600) | st.builds(Fraction, st.integers(-200, 200), st.just(100))
boxes = st.builds(
    lambda x, y, w, h: Box(x, y, x + w, y + h),
    *[st.floats(0, 400, allow_nan=False)] * 2,
    *[st.floats(0, 200, allow_nan=False)] * 2,
)
spots = st.sampled_from(Compass) | boxes | st.just(XYCenter()) | st.none()
flags = st.booleans()


@pytest.mark.parametrize(
    ("compass", "expected"),
    [
        (Compass.NORTH_WEST, (10, 5)),
        (Compass.NORTH, (190, 5)),
        (Compass.NORTH_EAST, (350, 5)),
        (Compass.WEST, (10, 145)),
        (Compass.CENTER, (190, 145)),
        (Compass.EAST, (350, 145)),
        (Compass.SOUTH_WEST, (10, 275)),
        (Compass.SOUTH, (190, 275)),
        (Compass.SOUTH_EAST, (350, 275)),
    ],
)
def test_offsets_run_into_the_picture(compass, expected):
    assert place_layer(BASE, BADGE, compass, 10, 5).positions == (expected,)


def test_without_a_gravity_it_is_the_centre():
    assert place_layer(BASE, BADGE, None, 0, 0) == place_layer(BASE, BADGE, Compass.CENTER, 0, 0)


def test_shares_are_of_the_picture():
    place = place_layer(BASE, BADGE, Compass.SOUTH_EAST, Fraction(1, 10), Fraction(1, 10))
    assert place.positions == ((400 - 40 - 40, 300 - 20 - 30),)


def test_a_point_is_the_centre_of_the_layer():
    assert place_layer(BASE, BADGE, XYCenter(), 100, 80).positions == ((80, 70),)


def test_the_canvas_grows_to_hold_the_layer():
    place = place_layer(BASE, BADGE, Compass.NORTH_WEST, -15, -8)
    assert (place.positions, place.canvas, place.offset) == (((-15, -8),), (415, 308), (15, 8))
    place = place_layer(BASE, BADGE, Compass.SOUTH_EAST, -15, -8)
    assert (place.positions, place.canvas, place.offset) == (((375, 288),), (415, 308), (0, 0))
    place = place_layer(BASE, Size(500, 100), Compass.CENTER, 0, 0)
    assert (place.positions, place.canvas, place.offset) == (((-50, 100),), (500, 300), (50, 0))


@given(sizes, boxes)
def test_a_layer_lies_centred_on_what_was_found(layer, box):
    ((x, y),) = place_layer(BASE, layer, box, 0, 0).positions
    assert abs(x + layer.width / 2 - (box.left + box.right) / 2) <= 1
    assert abs(y + layer.height / 2 - (box.top + box.bottom) / 2) <= 1


@given(sizes, sizes, spots, offsets, offsets, flags, flags)
def test_picture_and_copies_lie_on_the_canvas(base, layer, spot, x, y, no_overflow, tiled):
    try:
        place = place_layer(base, layer, spot, x, y, no_overflow=no_overflow, tiled=tiled)
    except BadRequest:
        assert tiled
        return
    left, top = place.offset
    width, height = place.canvas
    assert 0 <= left <= width - base.width
    assert 0 <= top <= height - base.height
    if no_overflow or tiled:
        assert (place.canvas, place.offset) == ((base.width, base.height), (0, 0))
        return
    for across, down in place.positions:
        assert 0 <= left + across <= width - layer.width
        assert 0 <= top + down <= height - layer.height


@given(sizes, sizes, spots, offsets, offsets)
def test_the_canvas_is_the_smallest(base, layer, spot, x, y):
    place = place_layer(base, layer, spot, x, y)
    ((left, top),) = place.positions
    assert place.canvas[0] == max(base.width, left + layer.width) - min(0, left)
    assert place.canvas[1] == max(base.height, top + layer.height) - min(0, top)
    assert (place.canvas == (base.width, base.height)) == (not place.overflows(base, layer))


@given(sizes, sizes, st.sampled_from(Compass), offsets, offsets)
def test_the_mirror_image_is_placed_in_the_mirror(base, layer, compass, x, y):
    """Exactly at the edges; along the middle it may be one pixel, where that falls between two."""
    ((left, top),) = place_layer(base, layer, compass, x, y).positions
    middle = compass not in MIRRORED
    ((mirrored, same),) = place_layer(base, layer, MIRRORED.get(compass, compass), -x if middle else x, y).positions
    assert same == top
    assert abs(base.width - (left + layer.width) - mirrored) <= (1 if middle else 0)


@given(sizes, sizes, st.sampled_from(Compass), st.integers(-600, 600), st.integers(-600, 600))
def test_turning_the_picture_turns_the_place(base, layer, compass, x, y):
    """The same rule on both axes: swapping them swaps the answer."""
    swapped = {
        Compass.NORTH: Compass.WEST,
        Compass.NORTH_EAST: Compass.SOUTH_WEST,
        Compass.EAST: Compass.SOUTH,
    }
    swapped |= {to: of for of, to in swapped.items()}
    place = place_layer(base, layer, compass, x, y)
    other = place_layer(
        Size(base.height, base.width), Size(layer.height, layer.width), swapped.get(compass, compass), y, x
    )
    assert other == replace(
        place,
        positions=tuple(p[::-1] for p in place.positions),
        canvas=place.canvas[::-1],
        offset=place.offset[::-1],
    )


@given(sizes, sizes, spots, offsets, offsets)
def test_tiles_cover_every_pixel_once(base, layer, spot, x, y):
    try:
        tiles = place_layer(base, layer, spot, x, y, tiled=True).positions
    except BadRequest:
        return
    columns, rows = sorted({p[0] for p in tiles}), sorted({p[1] for p in tiles})
    for starts, side, whole in ((columns, layer.width, base.width), (rows, layer.height, base.height)):
        assert starts == list(range(starts[0], whole, side))
        assert -side < starts[0] <= 0
    assert len(tiles) == len(columns) * len(rows) <= MAX_TILES
    ((left, top),) = place_layer(base, layer, spot, x, y).positions
    assert (left - columns[0]) % layer.width == 0
    assert (top - rows[0]) % layer.height == 0


def test_a_speck_is_not_tiled():
    with pytest.raises(BadRequest, match="would be tiled 120000 times"):
        place_layer(BASE, Size(1, 1), None, 0, 0, tiled=True)
