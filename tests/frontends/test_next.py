"""next-cloudinary in an application that Next.js built, in the browser."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.code_blocks import code_blocks
from tests.frontends.conftest import Build, Run
from tests.frontends.pages import Gallery


@pytest.fixture(scope="module")
def site(build: Build, run: Run, packages: Path) -> str:
    folder = build("next", ["next", "build"], code_blocks("frontends/next.md"))
    program = str(packages / "node_modules" / ".bin" / "next")
    return run([program, "start", "--hostname", "127.0.0.1", "--port", "{port}"], folder)


def test_the_page_of_the_document(site: str, gallery: Gallery) -> None:
    shown = gallery(site)
    assert shown.sizes == {
        "Tom's face": (300, 300),
        "Tom on the sofa": (640, 480),  # the smallest of Next's widths that covers 400 pixels
        "Tom, wide": (640, 320),  # and half of 1000
    }
    assert "/s--" in shown.addresses["Tom's face"]
    assert not shown.warnings
