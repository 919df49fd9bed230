"""Drawings into pixels.

librsvg, through libvips, because it is the most widely used safe renderer and comes in the wheel that sets texts
already. It opens no outer files and bounds references and depth, but not time: two thousand filters of a few bytes
keep it busy for minutes, and a million rectangles take gigabytes. So it sees only what was cleaned, in a process of
its own, under limits. Starting that takes a tenth of a second.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from PIL import Image

from keepsight.errors import BadImage
from keepsight.pixels.costly import refuse_costly, remember_costly
from keepsight.pixels.svg.clean import EXPECTED, cleaned, tag
from keepsight.pixels.svg.size import natural_size, without_sides

_CHILD = Path(__file__).with_name("child.py")
_MEMORY = 2_000_000_000
"""Bytes of address space beside the pixels."""
_SECONDS = 5
_FAULT = f"Invalid image file: damaged, or too costly to draw; expected {EXPECTED}"


def render_svg(data: bytes, size: tuple[int, int]) -> Image.Image:
    """Draw at exactly this size in pixels, stretched if its ratio is another: RGBA in sRGB.

    The caller bounds the size. Scripts, animations and everything outside of the drawing have no effect. Raises
    BadImage for what is no SVG, is over the limits of `sanitize`, or takes more than 5 seconds or 2 GB to draw.
    """
    refuse_costly(data)
    root, body = cleaned(data)
    width, height = natural_size(root)
    outer = {
        "width": str(size[0]),
        "height": str(size[1]),
        "viewBox": f"0 0 {width:.9g} {height:.9g}",
        "preserveAspectRatio": "none",
    }
    if "style" in root:
        root["style"] = without_sides(root["style"])
    inner = root | {"width": f"{width:.9g}", "height": f"{height:.9g}", "x": "0", "y": "0"}
    document = f"{tag('svg', outer)}{tag('svg', inner)}{body}</svg></svg>"
    try:
        pixels = _drawn(document.encode(), size, _fonts() if "<text" in body else ())
    except subprocess.SubprocessError as error:
        remember_costly(data, _FAULT)
        raise BadImage(_FAULT) from error
    return Image.frombytes("RGBA", size, pixels)


def _fonts() -> tuple[str, ...]:
    from keepsight.pixels.text.fonts import font_files  # noqa: PLC0415 - brings libvips along

    return font_files()


def _drawn(document: bytes, size: tuple[int, int], fonts: tuple[str, ...]) -> bytes:
    memory = _MEMORY + 8 * size[0] * size[1]
    result = subprocess.run(  # noqa: S603  # our own file, and names of font files of our own packages
        [sys.executable, "-I", str(_CHILD), str(memory), str(_SECONDS), *fonts],
        input=document,
        capture_output=True,
        check=True,
        timeout=2 * _SECONDS,
        env={**os.environ, "VIPS_CONCURRENCY": "1"},
    )
    head, _, pixels = result.stdout.partition(b"\n")
    if head != b"%d %d" % size:
        raise BadImage(_FAULT)
    return pixels
