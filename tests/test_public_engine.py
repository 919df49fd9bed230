from __future__ import annotations

import subprocess
import sys

import pytest

import keepsight
from keepsight import BadRequest, Box, CropBox, Resize, Size, Target, Tight, Weighted, crop_box, parse_plan, plan_text


def test_every_name_is_there() -> None:
    assert set(keepsight.__all__) <= set(dir(keepsight))
    assert all(getattr(keepsight, name) is not None for name in keepsight.__all__)
    with pytest.raises(AttributeError, match="nonsense"):
        _ = keepsight.nonsense


def test_a_transformation_becomes_a_box_around_what_is_kept() -> None:
    (step,) = parse_plan("c_thumb,g_auto:cat,w_300,h_300").steps
    assert isinstance(step, Resize)
    cat = Box(820, 410, 1430, 1180)
    box = crop_box(step, Size(3000, 2000), Weighted(keep=(Target(cat),), avoid=(), importance=None))
    assert isinstance(box, CropBox)
    assert box.width == box.height
    assert box.delivered == Size(300, 300)
    assert box.x <= cat.left and box.x + box.width >= cat.right
    assert box.y <= cat.top and box.y + box.height >= cat.bottom


def test_a_tight_box_is_cut_exactly() -> None:
    (step,) = parse_plan("c_crop,g_cat").steps
    assert isinstance(step, Resize)
    box = crop_box(step, Size(3000, 2000), Tight(Box(820, 410, 1430, 1180)))
    assert (box.x, box.y, box.width, box.height) == (820, 410, 610, 770)


def test_escapes_and_slashes_are_read() -> None:
    assert parse_plan("/b_rgb%3Aff0000/w_100/") == parse_plan("b_rgb:ff0000/w_100")


def test_a_plan_prints_as_what_it_was_made_of() -> None:
    plan = parse_plan("c_fill,g_auto,h_100,w_200")
    assert parse_plan(plan_text(plan)) == plan


def test_a_wrong_word_says_what_was_expected() -> None:
    with pytest.raises(BadRequest, match=r"nonsense \(expected one of scale"):
        parse_plan("c_nonsense,w_100")


def test_importing_it_imports_nothing_else() -> None:
    code = "import keepsight, sys; print(*(m for m in sys.modules if m.startswith(('keepsight.', 'numpy', 'PIL'))))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "\n"
