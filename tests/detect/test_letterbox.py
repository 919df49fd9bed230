"""What a network gets to see of a picture."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from keepsight.detect.runtime.letterbox import GREY, Letterbox


@given(st.integers(1, 90), st.integers(1, 90), st.sampled_from([32, 64]), st.booleans(), st.integers(0, 10**6))
def test_a_batch_holds_the_picture_in_the_middle_of_grey(
    width: int, height: int, long_side: int, square: bool, seed: int
) -> None:
    image = Image.fromarray(np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8))
    if square:
        letterbox = Letterbox.within(image.size, (long_side, long_side))
    else:
        letterbox = Letterbox.fit(image.size, long_side, 32)
    batch = letterbox.batch(image)
    assert batch.shape == (1, 3, letterbox.input_height, letterbox.input_width)
    assert batch.dtype == np.float32
    pixels = letterbox.apply(image).transpose(2, 0, 1)[np.newaxis]
    assert batch == pytest.approx(pixels / 255, abs=1e-7)
    outside = np.ones(batch.shape[2:], dtype=np.bool_)
    rows, columns = letterbox.top + letterbox.height, letterbox.left + letterbox.width
    outside[letterbox.top : rows, letterbox.left : columns] = False
    assert batch[0, :, outside] == pytest.approx(GREY / 255)


def test_memory_is_used_where_it_is_enough_and_shows_nothing_of_what_was_in_it() -> None:
    letterbox = Letterbox.fit((60, 40), 64, 32)
    image = Image.new("RGB", (60, 40), "red")
    clean = letterbox.batch(image)
    memory = np.full(clean.size + 5, 7, dtype=np.float32)
    batch = letterbox.batch(image, memory)
    assert np.shares_memory(batch, memory)
    assert (batch == clean).all()
    few = np.full(clean.size - 1, 7, dtype=np.float32)
    assert (letterbox.batch(image, few) == clean).all()
