"""next-cloudinary in an application that Next.js built, in the browser."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.code_blocks import code_blocks
from tests.frontends.conftest import Build, Run
from tests.frontends.pages import Gallery, ask


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


def test_every_prop(site: str, gallery: Gallery) -> None:
    """Sizes are the smallest of Next's widths that cover what was asked for, 300 x 200 unless the page says else."""
    shown = gallery(f"{site}/more")
    assert len(shown.sizes) == 26
    others = {name: size for name, size in shown.sizes.items() if size != (384, 256)}
    assert others == {
        "two crops": (300, 300),
        "dpr": (768, 512),
        "raw": (300, 200),
        "by name": (400, 300),
        "sizes": (640, 426),
        "unoptimized": (300, 200),
        "card for others": (1200, 627),
        "address": (333, 333),
    }
    assert len(shown.candidates["sizes"]) > 5
    # Nothing else is left out of any of them.
    assert {told.split(":")[0] for told in shown.warnings.values()} <= {"font Source Sans Pro is not installed"}


@pytest.mark.parametrize(
    "prop", ["e_background_removal", "b_gen_fill", "e_gen_restore", "e_gen_remove:prompt_(a%20dog)"]
)
def test_generative_props_are_refused_with_a_reason(https: int, prop: str) -> None:
    address = f"https://pictures.example/demo/image/upload/{prop}/c_limit,w_300/f_auto/q_auto/v1/pets/tom.jpg"
    answer = ask(address, f"https://127.0.0.1:{https}")
    assert answer.status_code == 400
    assert prop.partition("_")[2].partition(":")[0] in answer.headers["x-cld-error"]
