"""The Cloudinary provider of @nuxt/image in an application that Nuxt built, in the browser."""

from __future__ import annotations

import pytest

from tests.code_blocks import code_blocks
from tests.frontends.conftest import KEY, SECRET, Build, Run
from tests.frontends.pages import Gallery


@pytest.fixture(scope="module")
def site(build: Build, run: Run) -> str:
    folder = build("nuxt", ["nuxt", "build"], code_blocks("frontends/nuxt.md"))
    account = f"cloudinary://{KEY}:{SECRET}@demo?secure=true&secure_distribution=pictures.example"
    return run(["node", ".output/server/index.mjs"], folder, CLOUDINARY_URL=account)


def test_the_page_of_the_document(site: str, gallery: Gallery) -> None:
    shown = gallery(site)
    assert shown.sizes == {
        "Tom's face": (300, 300),
        "Tom on the sofa": (400, 300),
        "Tom, wide": (640, 320),  # for half of 1000 pixels
    }
    assert "/s--" in shown.addresses["Tom's face"]
    assert not shown.warnings
