from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image, ImageDraw, ImageFont

from keepsight.detect.card import Card
from keepsight.detect.detector import Detector
from keepsight.detect.model import Model
from keepsight.detect.runtime.components import components
from keepsight.errors import ModelError

from .conftest import photo, shared

LINES = {"KEEPSIGHT": (60, 60), "what matters": (200, 220), "in every crop": (90, 380)}


def drawn(angle: float = 0) -> tuple[Image.Image, list[tuple[float, float, float, float]]]:
    """Lines of text on grey, and their boxes in px as they were before the picture was turned."""
    image = Image.new("RGB", (640, 480), (200, 205, 210))
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(40)
    boxes = []
    for text, place in LINES.items():
        draw.text(place, text, font=font, fill=(20, 20, 60))
        boxes.append(draw.textbbox(place, text, font=font))
    return image.rotate(angle, fillcolor=(200, 205, 210), resample=Image.Resampling.BICUBIC), boxes


@pytest.fixture(scope="module")
def text(cards: dict[str, Card]) -> Detector:
    pytest.importorskip("onnxruntime")
    return Model(cards["cld-text"], shared("models")).detector()


def iou(a: tuple[float, ...], b: tuple[float, ...]) -> float:
    both = max(0.0, min(a[2], b[2]) - max(a[0], b[0])) * max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    return both / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both)


def test_lines_of_text(text: Detector) -> None:
    image, boxes = drawn()
    seen = text.detect(image)
    assert {each.label for each in seen} == {"text"}
    assert len(seen) == len(boxes)
    for box in boxes:
        best = max(
            iou(box, (r.x * 640, r.y * 480, (r.x + r.width) * 640, (r.y + r.height) * 480))
            for r in (each.region for each in seen)
        )
        assert best > 0.6


def test_slanted_lines(text: Detector) -> None:
    image, boxes = drawn(angle=12)
    assert len(text.detect(image)) == len(boxes)


def test_no_text(text: Detector) -> None:
    assert text.detect(Image.new("RGB", (300, 200), "white")) == ()
    assert text.detect(Image.new("RGB", (1, 1))) == ()


def test_a_sign_in_a_photo(text: Detector) -> None:
    assert any(each.confidence > 0.6 for each in text.detect(photo("000000000138")))


def test_threads_see_what_one_alone_sees(text: Detector) -> None:
    pictures = [drawn()[0], photo("000000000138"), Image.new("RGB", (90, 500), "white")] * 3
    alone = [text.detect(picture) for picture in pictures[:3]] * 3
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(text.detect, pictures)) == alone


def test_files_that_hold_no_text_network(tmp_path: Path, cards: dict[str, Card]) -> None:
    pytest.importorskip("onnxruntime")
    name = cards["cld-text"].files[0].name
    for content in (b"", b"not onnx at all", shared("models", "ch_PP-OCRv3_det_infer.onnx").read_bytes()[:100_000]):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(ModelError, match=name.replace(".", r"\.")):
            Model(cards["cld-text"], tmp_path).detector()
    (tmp_path / name).write_bytes(shared("models", "u2netp.onnx").read_bytes())
    with pytest.raises(ModelError):  # a network with an input of another size
        Model(cards["cld-text"], tmp_path).detector()


def test_components_touch_at_corners_and_have_the_smallest_rectangle() -> None:
    mask = np.zeros((40, 60), dtype=bool)
    mask[2:6, 3:23] = True
    mask[6, 23] = True  # touches at a corner
    mask[6, 25] = True  # does not
    for step in range(20):  # a line that climbs
        mask[35 - step, 30 + step : 33 + step] = True
    values = np.full(mask.shape, 0.5, dtype=np.float32)
    first, single, slanted = components(mask, values)
    assert (first.left, first.top, first.right, first.bottom) == (3, 2, 24, 7)
    assert first.total == pytest.approx(0.5 * 81)
    assert (single.length, single.breadth, single.total) == (1, 1, 0.5)
    assert slanted.length * slanted.breadth < 0.4 * (slanted.right - slanted.left) * (slanted.bottom - slanted.top)
    assert components(np.zeros((5, 5), dtype=bool), np.zeros((5, 5), dtype=np.float32)) == ()


@given(arrays(bool, st.tuples(st.integers(1, 12), st.integers(1, 12))))
def test_components_are_those_of_a_flood(mask: np.ndarray) -> None:
    found = components(mask, mask.astype(np.float32))
    assert sum(round(each.total) for each in found) == mask.sum()
    expected, seen = [], set()
    for start in zip(*np.nonzero(mask), strict=True):
        if start in seen:
            continue
        flood = [start]
        seen.add(start)
        for row, column in flood:
            for there in ((row + dy, column + dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1)):
                inside = 0 <= there[0] < mask.shape[0] and 0 <= there[1] < mask.shape[1]
                if inside and mask[there] and there not in seen:
                    seen.add(there)
                    flood.append(there)
        rows, columns = zip(*flood, strict=True)
        expected.append((min(columns), min(rows), max(columns) + 1, max(rows) + 1, len(flood)))
    measured = [(each.left, each.top, each.right, each.bottom, round(each.total)) for each in found]
    assert sorted(measured) == sorted(expected)
