"""A running Keepsight, asked as a browser would."""

from __future__ import annotations

from urllib.parse import quote
from urllib.request import urlopen

from benchmarks.crop_quality.boxes import Box
from benchmarks.crop_quality.cases import Case
from benchmarks.crop_quality.words import transformation


class KeepsightHttp:
    """Reads the box from `X-Crop-Box`. The server must serve the same folder of photos, and answer unsigned URLs."""

    name = "keepsight-http"
    blind = False

    def __init__(self, url: str, cloud: str = "demo") -> None:
        """`url` is the server, such as `http://127.0.0.1:8000`."""
        self._base = f"{url.rstrip('/')}/{cloud}/image/upload"

    def crop(self, case: Case) -> Box:
        """The box of the answer; the picture itself is thrown away."""
        address = f"{self._base}/{quote(transformation(case.task), safe=':,')}/{quote(case.task.photo.file)}"
        with urlopen(address, timeout=60) as answer:  # noqa: S310 - the address is the caller's own server
            x, y, width, height = (float(side) for side in answer.headers["X-Crop-Box"].split(","))
        return Box(x, y, x + width, y + height)
