"""astro-cloudinary in a site that Astro built, in the browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.code_blocks import code_blocks
from tests.frontends.conftest import Build, files_served
from tests.frontends.pages import Gallery


@pytest.fixture(scope="module")
def site(build: Build) -> Iterator[str]:
    folder = build("astro", ["astro", "build"], code_blocks("frontends/astro.md"))
    with files_served(folder / "dist") as url:
        yield url


def test_the_page_of_the_document(site: str, gallery: Gallery) -> None:
    shown = gallery(site)
    assert shown.sizes == {
        "Tom's face": (300, 300),
        "Tom on the sofa": (400, 300),
        "Tom, wide": (1080, 540),  # the smallest of its widths that covers 1000 pixels
    }
    assert "/s--" in shown.addresses["Tom's face"]
    assert not shown.warnings
