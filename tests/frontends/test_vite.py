"""React, Vue, unpic and url-loader: pages bundled by Vite, in the browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.code_blocks import code_blocks
from tests.frontends.conftest import Build, files_served
from tests.frontends.pages import Gallery, ask


@pytest.fixture(scope="module")
def site(build: Build) -> Iterator[str]:
    of_gen = code_blocks("frontends/url-gen.md")
    files = {
        "react/src/App.jsx": of_gen["src/App.jsx"],
        "vue/src/App.vue": of_gen["src/App.vue"],
        "unpic/src/App.jsx": code_blocks("frontends/unpic.md")["src/App.jsx"],
        "loader/src/pictures.js": code_blocks("frontends/url-loader.md")["src/pictures.js"],
    }
    folder = build("vite", ["vite", "build", "--logLevel", "warn"], files)
    with files_served(folder / "dist") as url:
        yield url


@pytest.mark.parametrize("framework", ["react", "vue"])
def test_image_components_and_their_plugins(site: str, gallery: Gallery, framework: str) -> None:
    shown = gallery(f"{site}/{framework}/index.html")
    assert shown.sizes == {
        "Tom on the sofa": (400, 300),
        "Tom, wide": (600, 300),  # 500 pixels, in steps of 200
        **{f"200x150 {mode}": (200, 150) for mode in ("darkmode", "brightmode", "monochrome", "colorblind")},
        **{f"200x150 after {mode}": (200, 150) for mode in ("blur", "pixelate", "predominant-color")},
        "300 responsive": (300, 200),  # 230 pixels, of 100, 300 and 900
        "230 all plugins": (230, 153),
        "200x150 far below": (200, 150),
    }
    assert not shown.warnings
    # What the placeholders showed first was loaded, too.
    first = [
        each
        for each in shown.requested
        if "/e_blur:2000/" in each or "/e_pixelate/" in each or "c_pad,w_iw_div_2/" in each
    ]
    assert len(first) >= 3, shown.requested


def test_unpic(site: str, gallery: Gallery) -> None:
    shown = gallery(f"{site}/unpic/index.html")
    assert shown.sizes == {
        "Tom, small": (400, 300),
        "Tom on the sofa": (800, 600),
        "Tom, wide": (1080, 720),  # the smallest of its widths that covers 1000 pixels
        "200x200 fixed": (200, 200),
        "150x50 of a transformed one": (150, 50),
        "120x80 with a background": (120, 80),
    }
    assert not shown.warnings


def test_url_loader(site: str, gallery: Gallery) -> None:
    shown = gallery(f"{site}/loader/index.html")
    for name, size in shown.sizes.items():
        width, _, height = name.split(" ")[0].partition("x")
        assert size == (int(width), int(height)), name
    assert len(shown.sizes) == 10
    assert not shown.warnings


def test_placeholders_drawn_as_vectors_are_refused_with_a_reason(https: int) -> None:
    address = "https://pictures.example/demo/image/upload/c_fill,h_150,w_200/e_vectorize/q_auto/f_svg/v1/pets/tom.jpg"
    answer = ask(address, f"https://127.0.0.1:{https}")
    assert answer.status_code == 400
    assert "vectorize" in answer.headers["x-cld-error"]
