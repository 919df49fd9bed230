"""What every detector has to do, whatever runs it; see `keepsight.detect.detector.Detector`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from PIL import Image

from keepsight.detect.detector import Detection, Detector


def pictures_of_any_shape() -> Iterator[Image.Image]:
    """Noise, from a pixel to a strip, in colour and in grey."""
    noise = np.random.default_rng(4).integers(0, 256, (900, 900, 3), dtype=np.uint8)
    for width, height in ((1, 1), (3, 900), (900, 3), (64, 64), (700, 500), (500, 700)):
        for mode in ("RGB", "L"):
            yield Image.fromarray(noise[:height, :width]).convert(mode)


def assert_sound(seen: Sequence[Detection], labels: Sequence[str]) -> None:
    """In descending confidence, with names, and inside the picture."""
    confidence = [each.confidence for each in seen]
    assert confidence == sorted(confidence, reverse=True)
    for each in seen:
        assert 0 <= each.confidence <= 1
        assert each.label and each.label in labels
        region = each.region
        assert 0 <= region.x < region.x + region.width <= 1
        assert 0 <= region.y < region.y + region.height <= 1


def assert_threads_see_the_same(detector: Detector, pictures: list[Image.Image]) -> None:
    """Several at once see what one alone sees."""
    alone = [detector.detect(picture) for picture in pictures]
    assert any(alone)
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(detector.detect, pictures * 4)) == alone * 4
