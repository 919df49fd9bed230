from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from keepsight.crop.box import Size
from keepsight.crop.frame import Frame
from keepsight.focus.importance import (
    LONG_SIDE,
    Map,
    Thing,
    importance_map,
    pack,
    seen_through,
    unpack,
    with_faces,
    with_subjects,
)
from keepsight.transformation.values import Turn


def subject(size: tuple[int, int], box: tuple[int, int, int, int]) -> Image.Image:
    picture = Image.new("RGB", size, (120, 150, 190))
    draw = ImageDraw.Draw(picture)
    draw.ellipse(box, fill=(200, 40, 30))
    draw.line((box[0], box[1], box[2], box[3]), fill="white", width=6)
    return picture


def centre_of_mass(importance: np.ndarray) -> tuple[float, float]:
    rows, columns = importance.shape
    return (
        float((importance.sum(0) * (np.arange(columns) + 0.5)).sum() / columns),
        float((importance.sum(1) * (np.arange(rows) + 0.5)).sum() / rows),
    )


@given(st.integers(1, 300), st.integers(1, 300), st.integers(0, 2**32 - 1))
def test_any_picture_gives_a_distribution(width: int, height: int, seed: int) -> None:
    noise = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    importance = importance_map(Image.fromarray(noise))
    assert max(importance.shape) <= LONG_SIDE
    assert importance.min() >= 0
    assert importance.sum() == pytest.approx(1, abs=1e-3)


def test_a_flat_picture_is_most_important_in_the_middle() -> None:
    importance = importance_map(Image.new("RGB", (300, 200), "grey"))
    row, column = np.unravel_index(importance.argmax(), importance.shape)
    assert (row / importance.shape[0], column / importance.shape[1]) == pytest.approx((0.5, 0.5), abs=0.02)


def test_mass_gathers_on_the_subject() -> None:
    importance = importance_map(subject((600, 400), (420, 220, 560, 360)))
    inside = importance[round(0.5 * importance.shape[0]) :, round(0.66 * importance.shape[1]) :].sum()
    assert inside > 0.6


@pytest.mark.parametrize("flip", [Image.Transpose.FLIP_LEFT_RIGHT, Image.Transpose.FLIP_TOP_BOTTOM])
def test_a_mirror_image_has_the_mirrored_map(flip: Image.Transpose) -> None:
    picture = subject((600, 400), (420, 220, 560, 360))
    there = np.asarray(Image.fromarray(importance_map(picture)).transpose(flip))
    assert importance_map(picture.transpose(flip)) == pytest.approx(there, abs=0.02 * float(there.max()))


def test_packing_keeps_the_map_to_about_one_part_in_255() -> None:
    importance = importance_map(subject((300, 500), (10, 20, 100, 90)))
    assert unpack(pack(importance)) == pytest.approx(importance, abs=float(importance.max()) / 100)


@pytest.mark.parametrize("mix", [with_faces, with_subjects])
def test_what_was_seen_draws_mass_to_itself(mix: Callable[[Map, list[Thing], float], Map]) -> None:
    flat = importance_map(Image.new("RGB", (400, 300), "grey"))
    mixed = mix(flat, [Thing(0.1, 0.1, 0.1, 0.15, 1.0)], 0.5)
    assert mixed.sum() == pytest.approx(1, abs=1e-3)
    assert centre_of_mass(mixed)[0] < centre_of_mass(flat)[0] - 0.1
    assert mix(flat, [], 0.5) is flat


def test_the_mass_of_a_subject_lies_in_its_box_in_proportion_to_its_weight() -> None:
    flat = importance_map(Image.new("RGB", (400, 400), "grey"))
    things = [Thing(0.0, 0.0, 0.251, 0.249, 3.0), Thing(0.75, 0.75, 0.25, 0.25, 1.0)]
    mixed = with_subjects(flat, things, 1.0)
    quarter = mixed.shape[0] // 4
    assert mixed[: quarter + 1, : quarter + 1].sum() == pytest.approx(0.75, abs=1e-3)
    assert mixed[-quarter:, -quarter:].sum() == pytest.approx(0.25, abs=1e-3)


@pytest.mark.parametrize("turn", list(Turn))
def test_a_turned_picture_shows_the_turned_map(turn: Turn) -> None:
    importance = importance_map(subject((300, 200), (200, 20, 290, 90)))
    transposed = {
        Turn.ROTATE_90: Image.Transpose.ROTATE_270,
        Turn.ROTATE_180: Image.Transpose.ROTATE_180,
        Turn.ROTATE_270: Image.Transpose.ROTATE_90,
        Turn.HFLIP: Image.Transpose.FLIP_LEFT_RIGHT,
        Turn.VFLIP: Image.Transpose.FLIP_TOP_BOTTOM,
    }[turn]
    expected = np.asarray(Image.fromarray(importance).transpose(transposed))
    size = Size(300, 200)
    assert seen_through(importance, size, Frame(size).turn(turn)) == pytest.approx(expected, abs=1e-6)
