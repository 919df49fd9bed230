from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keepsight.detect.runtime.head import IOU, MAX_DETECTIONS, Floats, candidates_of, suppressed
from keepsight.errors import ModelError

from .conftest import needs_ultralytics


def crowd(seed: int, classes: int, anchors: int, more: int = 0) -> Floats:
    """What a head would say of a picture in which most boxes overlap."""
    random = np.random.default_rng(seed)
    boxes = np.concatenate([random.uniform(0, 200, (2, anchors)), random.uniform(20, 90, (2, anchors))])
    scores = random.uniform(0, 1, (classes, anchors)) ** 3
    return np.concatenate([boxes, scores, random.normal(0, 9, (more, anchors))]).astype(np.float32)


@settings(max_examples=60)
@given(seed=st.integers(0, 1 << 30), classes=st.integers(1, 4), anchors=st.integers(1, 600), more=st.integers(0, 3))
def test_suppression_is_that_of_ultralytics(seed: int, classes: int, anchors: int, more: int) -> None:
    needs_ultralytics()
    import torch  # noqa: PLC0415
    from ultralytics.utils.nms import non_max_suppression  # noqa: PLC0415

    output = crowd(seed, classes, anchors, more)
    ours = suppressed(candidates_of(output, classes, 0.2, end_to_end=False, more=more))
    (theirs,) = non_max_suppression(torch.from_numpy(output[None]), 0.2, IOU, max_det=MAX_DETECTIONS, nc=classes)
    np.testing.assert_allclose(ours, theirs.numpy(), rtol=1e-6, atol=1e-4)


def test_finished_boxes_are_taken_as_they_are() -> None:
    rows = np.array([[0, 0, 9, 9, 0.3, 1], [0, 0, 9, 9, 0.9, 1], [0, 0, 9, 9, 0.1, 0], [0, 0, 0, 0, 0, 0]], np.float32)
    assert candidates_of(rows, 2, 0.2, end_to_end=True).tolist() == rows[[1, 0]].tolist()


def test_boxes_without_an_area() -> None:
    flat = np.array([[5, 5, 0, 0, 0.9], [5, 5, 0, 0, 0.8]], np.float32).T
    assert len(suppressed(candidates_of(flat, 1, 0.2, end_to_end=False))) == 2
    assert suppressed(candidates_of(flat[:, :0], 1, 0.2, end_to_end=False)).shape == (0, 6)


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("place", [(0, 3), (4, 3), (5, 3)])
def test_something_that_is_no_number(value: float, place: tuple[int, int]) -> None:
    output = crowd(1, 2, 50)
    output[4, 3] = 0.99
    output[place] = value
    with pytest.raises(ModelError, match="no number"):
        candidates_of(output, 2, 0.2, end_to_end=False)


def test_a_class_without_a_name_and_a_wrong_shape() -> None:
    row = np.array([[0, 0, 9, 9, 0.9, 2]], np.float32)
    for index in (2, -1):
        row[0, 5] = index
        with pytest.raises(ModelError, match="no name"):
            candidates_of(row, 2, 0.2, end_to_end=True)
    with pytest.raises(ModelError, match="names 9 classes, but its head tells 8 apart"):
        candidates_of(crowd(1, 8, 50), 9, 0.2, end_to_end=False)
