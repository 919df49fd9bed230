"""libvips' smartcrop, the cropper inside sharp, imgproxy, imagor and many others."""

from __future__ import annotations

from typing import Any, Literal

from benchmarks.crop_quality.boxes import Box, window_at
from benchmarks.crop_quality.cases import Case
from benchmarks.crop_quality.croppers.cropper import Unavailable
from benchmarks.crop_quality.windows import largest

_SIDE = 800
"""Longer side of the copy that it looks at, in pixels: servers crop while they shrink."""


class Vips:
    """`attention` (edges, skin, saturation: one brightest point) or `entropy` (cuts the duller edges away)."""

    blind = True

    def __init__(self, interesting: Literal["attention", "entropy"]) -> None:
        self.name = f"vips-{interesting}"
        self._interesting = interesting
        self._vips = import_pyvips()

    def crop(self, case: Case) -> Box:
        """The largest window of the ratio, where libvips puts it."""
        photo = case.task.photo
        window = largest(photo.size, case.task.ratio.exact)
        small = self._vips.Image.thumbnail(str(photo.path), _SIDE, height=_SIDE, size="down").copy_memory()
        across, down = small.width / photo.size.width, small.height / photo.size.height
        width = max(1, min(small.width, round(window.width * across)))
        height = max(1, min(small.height, round(window.height * down)))
        cut = small.smartcrop(width, height, interesting=self._interesting)
        # The offsets of a cut are where the origin of its parent lies, seen from it: negative.
        x = min(max(round(-cut.xoffset / across), 0), photo.size.width - window.width)
        y = min(max(round(-cut.yoffset / down), 0), photo.size.height - window.height)
        return window_at(x, y, window)


def import_pyvips() -> Any:
    """The library. Raises Unavailable."""
    try:
        import pyvips  # noqa: PLC0415 - optional
    except (ImportError, OSError) as error:
        raise Unavailable(f"needs pip install 'pyvips[binary]' ({error})") from error
    return pyvips
