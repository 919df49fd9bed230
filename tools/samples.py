"""Sample pictures for a first look: those that installed packages carry, and two that are drawn.

python tools/samples.py FOLDER
"""

from __future__ import annotations

import shutil
import sys
from importlib.util import find_spec
from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter

CARRIED = {
    "people/football.jpg": ("ultralytics", "assets/zidane.jpg"),
    "people/admiral.jpg": ("matplotlib", "mpl-data/sample_data/grace_hopper.jpg"),
    "street/bus.jpg": ("ultralytics", "assets/bus.jpg"),
}
"""Public id with extension -> package and path inside it."""


def main(folder: Path) -> None:
    """Fill the folder; pictures that are there already stay."""
    for name, (package, inside) in CARRIED.items():
        spec = find_spec(package)
        source = Path(spec.origin).parent / inside if spec and spec.origin else None
        if source is not None and source.is_file():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
    drawn = folder / "shapes"
    drawn.mkdir(parents=True, exist_ok=True)
    balloon((1600, 1000)).save(drawn / "balloon.jpg", quality=90)
    badge((512, 512)).save(drawn / "badge.png")


def balloon(size: tuple[int, int]) -> Image.Image:
    """A balloon off centre in an evening sky: automatic gravity has to find it."""
    width, height = size
    sky = Image.linear_gradient("L").resize(size)
    picture = Image.merge(
        "RGB",
        (sky.point(lambda v: 90 + v * 0.6), sky.point(lambda v: 120 + v * 0.3), sky.point(lambda v: 200 - v * 0.3)),
    )
    picture = picture.filter(ImageFilter.GaussianBlur(4))
    draw = ImageDraw.Draw(picture)
    x, y, r = int(width * 0.76), int(height * 0.36), height // 7
    for stripe, colour in enumerate(("#d7263d", "#f46036", "#ffd23f", "#2e294e", "#1b998b")):
        inset = int(r * 2 * stripe / 10)
        draw.ellipse((x - r + inset, y - r, x + r - inset, y + r), fill=colour)
    draw.line((x - r // 3, y + r, x - r // 8, y + r * 3 // 2), fill="#3a2a1a", width=5)
    draw.line((x + r // 3, y + r, x + r // 8, y + r * 3 // 2), fill="#3a2a1a", width=5)
    draw.rectangle((x - r // 6, y + r * 3 // 2, x + r // 6, y + r * 9 // 5), fill="#6b4226")
    draw.polygon(
        [(0, height), (0, height * 0.86), (width * 0.4, height * 0.78), (width, height * 0.9), (width, height)],
        fill="#26413c",
    )
    return picture


def badge(size: tuple[int, int]) -> Image.Image:
    """A round badge on transparency, for padding and formats with alpha."""
    width, height = size
    picture = Image.new("RGBA", (width * 2, height * 2))
    draw = ImageDraw.Draw(picture)
    draw.ellipse((40, 40, width * 2 - 40, height * 2 - 40), fill="#1b998b", outline="#ffffff", width=36)
    draw.regular_polygon((width, height, width * 0.55), 5, rotation=36, fill="#ffd23f")
    return picture.resize(size, Image.Resampling.LANCZOS)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
