"""cloudinary-core on a page without any build, in the browser."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.code_blocks import code_blocks
from tests.frontends.conftest import files_served
from tests.frontends.pages import Gallery

SCRIPT = "cloudinary-core-shrinkwrap.min.js"


def test_the_page_of_the_document(packages: Path, gallery: Gallery, tmp_path: Path) -> None:
    shutil.copy(packages / "node_modules" / "cloudinary-core" / SCRIPT, tmp_path)
    (tmp_path / "index.html").write_text(code_blocks("frontends/core.md")["index.html"], "utf-8")
    with files_served(tmp_path) as site:
        shown = gallery(site)
    assert shown.sizes == {
        "Tom on the sofa": (400, 300),
        "Tom, as wide as his box": (400, 200),  # 350 pixels, in steps of 100
    }
    assert not shown.warnings
