"""The page of transformations is what the declarations make, and its pictures are what the server makes."""

from __future__ import annotations

import io
import runpy
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
RUN = "run python tools/build_transformations_doc.py"
DIFFERENT = 12.0
"""Mean difference of a channel, 0..255, beyond which a picture shows something else; codecs differ by less than 3."""


@pytest.fixture(scope="module")
def tool() -> dict[str, object]:
    return runpy.run_path(str(ROOT / "tools" / "build_transformations_doc.py"))


def test_the_page_is_up_to_date(tool: dict[str, object]) -> None:
    page = tool["page"]
    assert callable(page)
    assert (ROOT / "docs" / "transformations.md").read_text("utf-8") == page(), RUN


def test_every_effect_has_a_picture_of_what_it_does(tool: dict[str, object]) -> None:
    pictures = tool["pictures"]
    assert callable(pictures)
    names = set()
    for name, body in pictures():
        names.add(name)
        kept = ROOT / "docs" / "effects" / f"{name}.webp"
        assert kept.is_file(), RUN
        shown, made = Image.open(kept).convert("RGBA"), Image.open(io.BytesIO(body)).convert("RGBA")
        assert shown.size == made.size, f"{name}: {RUN}"
        difference = np.abs(np.asarray(shown, np.float32) - np.asarray(made, np.float32)).mean()
        assert difference < DIFFERENT, f"{name}: {RUN}"
    assert names == {p.stem for p in (ROOT / "docs" / "effects").glob("*.webp")}
