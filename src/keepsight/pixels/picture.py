"""One original: a preview for detection and the pixels for the crop, out of one reduced decode."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Protocol

from PIL import Image

from keepsight.pixels import decode
from keepsight.pixels.canvas import WHITE, underlay
from keepsight.pixels.colour import to_srgb
from keepsight.pixels.decode import Decoded, comes_in_strips, decode_frames
from keepsight.pixels.formats import Format
from keepsight.pixels.header import Header
from keepsight.pixels.resample import REDUCING_GAP, clip, resample
from keepsight.pixels.turning import UPRIGHT, Box, Size, box_before, turn, turned_size
from keepsight.telemetry.timing import timed

PREVIEW_SIDE = 640
"""Longer side of a preview in pixels, where nobody says another: the input size that detectors are trained at.

The same for everybody who looks, so that each network looks once."""
_SPARE = 1.5
"""A cut is scaled down from at least so many times its size; what the JPEG decoder itself reduces by comes out softer.

Sixteen sharp photographs reduced 2 to 8.5 times, against a full decode: with 1 the median is 33 dB and a fifth of the
sharpness is lost at worst, with 1.5 it is 40 dB, with 2 it is 44 dB. Going from 1 to 1.5 costs nothing for most sizes,
as there are only four steps to choose from (3000x2000 or 6000x4000 to 400x300: the same one), else up to 4 ms for
640x480.
"""
_SPARE_OF_PNG = REDUCING_GAP
"""The same for a PNG: the averaging that `resample` would begin with is done while decoding, and the pixels are those
that come of a full decode. With 1.5 drawings of fine lines lost 2 % of structural similarity at worst.
"""


class Decoder(Protocol):
    """Gives pixels, as the module `decode` does; one that several pictures share may have them already."""

    def decode(self, data: bytes, header: Header, scale: float) -> Decoded:
        """The whole picture."""
        ...

    def decode_cut(
        self, data: bytes, header: Header, scale: float, box: Box, size: Size
    ) -> tuple[Image.Image, bytes | None] | None:
        """A cut of one that is large, and the embedded ICC profile; None where only the whole will do."""
        ...


class Picture:
    """An original whose pixels are decoded when first asked for, and again only if more detail is asked for later.

    It shows the frame or page that its header is about. Made for the one thread that serves a request.
    """

    def __init__(self, data: bytes, header: Header, decoded: Decoded | None = None, decoder: Decoder = decode) -> None:
        """`decoded` is there already, and what it lacks the decoder is asked for."""
        self.header = header
        self._decoder = decoder
        self._data = data
        self._turns = UPRIGHT[header.orientation]
        self._spare = _SPARE_OF_PNG if header.format is Format.PNG else _SPARE
        self._hint = 0.0
        self._decoded = decoded

    @property
    def size(self) -> Size:
        """Width and height in pixels, upright."""
        return self.header.width, self.header.height

    def hint(self, scale: float) -> None:
        """Announce that output of `scale` (output pixels per source pixel) will be wanted.

        The next decode then suffices for it. Told before `preview`, the crop costs no decode of its own, unless the
        picture is so large that it has one anyway.
        """
        if not comes_in_strips(self.header, scale * self._spare):
            self._hint = max(self._hint, scale * self._spare)

    @property
    def scale(self) -> float:
        """Decoded pixels per source pixel that the first decode has at least, as far as hints and a preview say."""
        return max(self._hint, min(1.0, PREVIEW_SIDE / max(self.size)))

    def let_go(self) -> None:
        """Forget the decoded pixels, once nothing more will be cut; what is asked for after all is decoded anew."""
        self._decoded = None

    def preview(self, long_side: int = PREVIEW_SIDE) -> Image.Image:
        """The whole picture, upright, RGB in sRGB, transparency on white; the longer side at most `long_side`."""
        width, height = self.size
        scale = min(1.0, long_side / max(width, height))
        size = max(1, round(width * scale)), max(1, round(height * scale))
        return underlay(self._cut((0, 0, width, height), size, scale), WHITE).convert("RGB")

    def cut(self, box: Box, size: Size) -> Image.Image:
        """Scale `box` to `size`: L, RGB or RGBA in sRGB, upright, without metadata.

        The box is (left, top, right, bottom) in upright source pixels, fractions allowed, clipped to the picture and
        to at least one pixel. Raises BadImage when the original cannot be decoded.
        """
        box = clip(box, self.size)
        scale = max(size[0] / (box[2] - box[0]), size[1] / (box[3] - box[1]))
        return self._cut(box, size, scale * self._spare)

    def frames(self, chosen: Sequence[int]) -> Iterator[Picture]:
        """One picture for each frame of an animation, 0 being the first, decoded one at a time and then let go.

        Every operation can be applied to each of them as to this one. Raises BadImage where the file is damaged.
        """
        for frame, decoded in zip(chosen, decode_frames(self._data, self.header, chosen), strict=True):
            yield Picture(self._data, replace(self.header, frame=frame), decoded)

    def _cut(self, box: Box, size: Size, scale: float) -> Image.Image:
        box, size = box_before(box, self._turns, self.size), turned_size(size, self._turns)
        made = None
        sufficient = self._decoded is not None and self._decoded.suffices(scale)
        if not sufficient and comes_in_strips(self.header, scale):
            self._decoded = None  # as below
            with timed("decode"):
                made = self._decoder.decode_cut(self._data, self.header, scale, box, size)
        if made is None:
            decoded = self._decode(scale)
            made = resample(decoded.image, decoded.within(box), size), decoded.profile
        stored, profile = made
        return turn(to_srgb(stored, profile), self._turns)

    def _decode(self, scale: float) -> Decoded:
        """Pixels of at least `scale`, or all there are."""
        decoded = self._decoded
        if decoded is None or not decoded.suffices(scale):
            self._decoded = None  # let go of the smaller one before the larger is made
            with timed("decode"):
                decoded = self._decoded = self._decoder.decode(self._data, self.header, max(scale, self._hint))
        return decoded
