"""One original: a preview for detection and the pixels for the crop, out of one reduced decode."""

from __future__ import annotations

from PIL import Image

from keepsight.pixels.canvas import WHITE, underlay
from keepsight.pixels.colour import to_srgb
from keepsight.pixels.decode import Decoded, decode
from keepsight.pixels.header import Header
from keepsight.pixels.resample import clip, resample
from keepsight.pixels.turning import UPRIGHT, Box, Size, box_before, turn, turned_size


class Picture:
    """An original whose pixels are decoded when first asked for, and again only if more detail is asked for later.

    Made for the one thread that serves a request.
    """

    def __init__(self, data: bytes, header: Header) -> None:
        self.header = header
        self._data = data
        self._turns = UPRIGHT[header.orientation]
        self._hint = 0.0
        self._decoded: Decoded | None = None

    @property
    def size(self) -> Size:
        """Width and height in pixels, upright."""
        return self.header.width, self.header.height

    def hint(self, scale: float) -> None:
        """Announce that output of `scale` (output pixels per source pixel) will be wanted.

        The next decode then suffices for it. Told before `preview`, the crop costs no decode of its own.
        """
        self._hint = max(self._hint, min(1.0, scale))

    def preview(self, long_side: int = 640) -> Image.Image:
        """The whole picture, upright, RGB in sRGB, transparency on white; the longer side at most `long_side`."""
        width, height = self.size
        scale = min(1.0, long_side / max(width, height))
        size = max(1, round(width * scale)), max(1, round(height * scale))
        return underlay(self.cut((0, 0, width, height), size), WHITE).convert("RGB")

    def cut(self, box: Box, size: Size) -> Image.Image:
        """Scale `box` to `size`: L, RGB or RGBA in sRGB, upright, without metadata.

        The box is (left, top, right, bottom) in upright source pixels, fractions allowed, clipped to the picture and
        to at least one pixel. Raises BadImage when the original cannot be decoded.
        """
        box = clip(box, self.size)
        decoded = self._decode(max(size[0] / (box[2] - box[0]), size[1] / (box[3] - box[1])))
        left, top, right, bottom = (side / decoded.reduction for side in box_before(box, self._turns, self.size))
        stored = resample(decoded.image, (left, top, right, bottom), turned_size(size, self._turns))
        return turn(to_srgb(stored, decoded.profile), self._turns)

    def _decode(self, scale: float) -> Decoded:
        """Pixels of at least `scale`, or all there are."""
        decoded = self._decoded
        if decoded is None or (decoded.reduction > 1 and decoded.reduction * scale > 1):
            self._decoded = None  # let go of the smaller one before the larger is made
            decoded = self._decoded = decode(self._data, max(scale, self._hint))
        return decoded
