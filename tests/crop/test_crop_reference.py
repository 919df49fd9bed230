"""The same requests to an independent implementation of the same rules."""

from __future__ import annotations

import importlib.util
import os
import random
import sys
from fractions import Fraction
from pathlib import Path
from types import ModuleType

import pytest
from test_crop_search import avoided, kept

from keepsight.crop import Box, Fixed, Size, Target, Tight, Weighted, crop_box, hull
from keepsight.transformation.plan import Resize
from keepsight.transformation.values import Compass, Mode

REFERENCE = Path(__file__).resolve().parents[2] / "../shared/cropeval/reference.py"
CASES = int(os.environ.get("KEEPSIGHT_PROPERTY_CASES", "3000"))

pytestmark = pytest.mark.skipif(not REFERENCE.exists(), reason=f"the reference implementation is not at {REFERENCE}")


@pytest.fixture(scope="module")
def reference() -> ModuleType:
    spec = importlib.util.spec_from_file_location("crop_reference", REFERENCE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def some_boxes(dice: random.Random, source: Size, count: int) -> list[Box]:
    found = []
    for _ in range(count):
        left, top = dice.uniform(-5, source.width - 2), dice.uniform(-5, source.height - 2)
        right = left + dice.uniform(6, source.width * dice.choice([0.2, 0.6, 1.2]) + 6)
        bottom = top + dice.uniform(6, source.height * dice.choice([0.2, 0.6, 1.2]) + 6)
        edges = [left, top, right, bottom]
        found.append(Box(*(map(round, edges) if dice.random() < 0.3 else edges)))
    return found


def some_step(dice: random.Random, modes: list[Mode], zoomed: bool) -> Resize:
    width, height = (dice.choice([None, dice.randint(1, 1200)]) for _ in range(2))
    ratio = dice.choice([None, Fraction(1), Fraction(16, 9), Fraction(9, 16), Fraction(4, 5), Fraction(3)])
    mode = dice.choice(modes)
    if width is None and height is None and (ratio is None or zoomed) and mode is not Mode.CROP:
        width = dice.randint(1, 1200)
    return Resize(mode, width, height, None if width and height else ratio)


def as_tuple(box: Box) -> tuple[float, float, float, float]:
    return (box.left, box.top, box.right, box.bottom)


def visible(box: tuple[int, int, int, int], source: Size) -> tuple[int, int, int, int]:
    """The part of a window that the source has pixels for."""
    x, y, width, height = box
    left, top = max(x, 0), max(y, 0)
    return left, top, min(x + width, source.width) - left, min(y + height, source.height) - top


def test_one_box_or_none(reference: ModuleType) -> None:
    dice = random.Random(11)  # noqa: S311
    for _ in range(CASES):
        source = Size(dice.randint(20, 900), dice.randint(20, 900))
        step = some_step(dice, [Mode.CROP, Mode.THUMB, Mode.FILL, Mode.LFILL], zoomed=False)
        found = some_boxes(dice, source, dice.choice([0, 1, 1, 2]))
        if not found and step.width is None and step.height is None and step.ratio is None:
            continue
        if step.mode is Mode.THUMB and step.width is None and step.height is None:
            continue  # a ratio alone allows any closeness, which the rule does not say: see test_crop_modes.py
        box, delivered, _ = reference.crop_box(
            source.width,
            source.height,
            str(step.mode),
            step.width,
            step.height,
            step.ratio,
            targets=[as_tuple(b) for b in found],
            plural=True,
        )
        anchor = Tight(hull(b.clip(source) for b in found)) if found else Fixed(Compass.CENTER)
        answer = crop_box(step, source, anchor, margin=Fraction(0))
        mine = (answer.x, answer.y, answer.width, answer.height)
        too_small = step.mode is Mode.THUMB and delivered != (answer.delivered.width, answer.delivered.height)
        slack = 0
        if step.mode is Mode.THUMB and too_small:
            slack = 1  # it rounds the largest window of a ratio up where the rule says to the nearest
        assert (answer.delivered.width, answer.delivered.height) == pytest.approx(delivered, abs=slack)
        assert mine == pytest.approx(box, abs=slack), (step, source, anchor)


def test_several_weighted_boxes(reference: ModuleType) -> None:
    dice = random.Random(12)  # noqa: S311
    for _ in range(CASES):
        source = Size(dice.randint(20, 900), dice.randint(20, 900))
        step = some_step(dice, [Mode.CROP, Mode.THUMB, Mode.FILL, Mode.LFILL, Mode.FILL_PAD], zoomed=True)
        if step.width is None and step.height is None:
            continue
        # Its thumbnail always takes all boxes in; ours does where there is one.
        most = 1 if step.mode is Mode.THUMB else 3
        keep = some_boxes(dice, source, dice.randint(0, most))
        avoid = some_boxes(dice, source, dice.choice([0, 0, 1]))
        box, delivered, _ = reference.crop_box(
            source.width,
            source.height,
            str(step.mode),
            step.width,
            step.height,
            step.ratio,
            targets=[as_tuple(b) for b in keep],
            gravity="auto",
            avoid=[as_tuple(b) for b in avoid],
        )
        weights = [reference.prominence(as_tuple(b.clip(source)), source.width, source.height) for b in keep]
        anchor = Weighted(
            tuple(Target(b, weight) for b, weight in zip(keep, weights, strict=True)),
            tuple(Target(b) for b in avoid),
            None,
        )
        answer = crop_box(step, source, anchor, margin=Fraction(0))
        mine, theirs = (answer.x, answer.y, answer.width, answer.height), visible(box, source)
        slack = 1 if step.mode is Mode.THUMB and answer.delivered != Size(*delivered) else 0
        assert mine[2:] == pytest.approx(theirs[2:], abs=slack), (step, source, anchor)
        if slack:
            continue
        assert kept(anchor, source, mine) >= kept(anchor, source, theirs) - 1e-6
        if kept(anchor, source, mine) <= kept(anchor, source, theirs) + 1e-9:
            assert avoided(anchor, source, mine) <= avoided(anchor, source, theirs) + 1e-6
        if not avoid and len(keep) <= 1:
            assert mine == pytest.approx(theirs, abs=1), (step, source, anchor)
