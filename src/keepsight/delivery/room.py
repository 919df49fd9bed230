"""Room for large pictures: how much of them may be in memory at once, whoever asks."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Condition

from PIL import Image

from keepsight.memory import trim_memory
from keepsight.pixels.decode import Decoded, reduction_of
from keepsight.pixels.formats import Format
from keepsight.pixels.header import Header
from keepsight.pixels.outside import OUTSIDE
from keepsight.pixels.picture import Decoder
from keepsight.pixels.turning import Box, Size
from keepsight.telemetry.timing import timed

_SMALL = 1 / 8
"""Of the room; what takes less is let in at once."""
_PIXEL = 4
"""Bytes of a pixel in memory."""
_WHOLE = 17
"""Bytes a pixel while a WebP, or what else has no way to be reduced, is decoded whole: the decoder's copy and its
caller's beside ours. Measured with WebP of 24 megapixels: 17 with alpha, 16 without loss, 12 of others."""
_OUTSIDE = 10
"""Bytes a pixel in a process that decodes, beside ours. Measured with AVIF: 240 MiB of 24 megapixels."""
_WRITING = {Format.AVIF: 30, Format.JXL: 30, Format.WEBP: 11}
"""Bytes a pixel of the answer while it is written, measured at 5 megapixels; JPEG XL is taken to be as AVIF."""
_WRITING_ELSE = 8
_RENDERING = 8
"""Bytes a pixel of the answer while it is rendered: the picture, and the one that is made of it. Of the effects at 5
megapixels half take no more, a third up to 20 and noise 50."""
_SCALED = 6
"""Bytes a pixel of a WebP, as it was scaled: libwebp's picture and libvips' copy of it."""
_CUTTING = 8_000
"""Bytes a column of a PNG: what libvips has read, and malloc not given back. Measured: 41 MiB of 6,000 columns, 18 of
3,000. An interlaced one takes more, which its header does not tell."""


class Room:
    """Who takes much waits until it is there, first come first served; who takes more than all waits for all of it."""

    def __init__(self, size: int) -> None:
        """`size` in bytes."""
        self._size = self._free = size
        self._waiting: deque[object] = deque()
        self._changed = Condition()

    @property
    def waiting(self) -> int:
        """How many wait for it."""
        with self._changed:
            return len(self._waiting)

    @contextmanager
    def taken(self, amount: float = 0) -> Iterator[Share]:
        """Hold `amount` bytes of it for the time of the `with` block, or what the share is changed to meanwhile."""
        share = Share(self)
        share.change(amount)
        try:
            yield share
        finally:
            share.change(0)

    def _take(self, amount: float) -> int:
        if amount < _SMALL * self._size:
            return 0
        wanted, ticket = min(int(amount), self._size), object()
        with self._changed:
            self._waiting.append(ticket)
            self._changed.wait_for(lambda: self._waiting[0] is ticket and self._free >= wanted)
            self._waiting.popleft()
            self._free -= wanted
            self._changed.notify_all()
        return wanted

    def _give(self, amount: int) -> None:
        if not amount:
            return
        trim_memory()
        with self._changed:
            self._free += amount
            self._changed.notify_all()


class Share:
    """What one piece of work holds of a room."""

    def __init__(self, room: Room) -> None:
        """Nothing yet."""
        self._room, self._held = room, 0
        self.amount = 0.0
        """Bytes that were asked for last."""

    def change(self, amount: float) -> None:
        """Hold so many bytes from here on, once they are there. What was held is given back first: nobody waits for
        somebody who waits, and between the two the work should hold little.
        """
        self._room._give(self._held)
        self._held = 0
        self._held = self._room._take(amount)
        self.amount = amount


@dataclass(frozen=True, slots=True)
class Counted:
    """A decoder that waits for room for what was not foreseen: cuts of large originals, and closer looks.

    Only while a picture is rendered: previews are foreseen, and who waited for room within a look, which others wait
    for, would wait for them.
    """

    decoder: Decoder
    share: Share
    answer: int
    """Pixels that are rendered, roughly."""

    def decode(self, data: bytes, header: Header, scale: float) -> Decoded:
        """See Decoder."""
        self._change(decoded_bytes(header, scale, len(data), self.answer))
        return self.decoder.decode(data, header, scale)

    def decode_cut(
        self, data: bytes, header: Header, scale: float, box: Box, size: Size
    ) -> tuple[Image.Image, bytes | None] | None:
        """See Decoder."""
        self._change(cut_bytes(header, scale, len(data), size[0] * size[1]))
        return self.decoder.decode_cut(data, header, scale, box, size)

    def _change(self, amount: float) -> None:
        if amount > self.share.amount:
            with timed("room"):
                self.share.change(amount)


def decoded_bytes(header: Header, scale: float, file: int, answer: int) -> float:
    """What it takes, roughly, to decode an original at `scale` and to render an answer of so many pixels: its `file`
    bytes, its pixels, those of a decoder that has no way to hand them on row by row, and the answer's.
    """
    pixels = header.width * header.height
    reduction = reduction_of(header, scale) or 1
    taken = file + _PIXEL * pixels / reduction**2 + _RENDERING * answer
    if header.format in OUTSIDE:
        return taken + _OUTSIDE * pixels
    if header.format in (Format.JPEG, Format.PNG, Format.SVG):
        return taken
    return taken + (_SCALED / reduction**2 if reduction > 1 else _WHOLE - _PIXEL) * pixels


def cut_bytes(header: Header, scale: float, file: int, answer: int) -> float:
    """What it takes, roughly, to cut a large original while it is decoded at `scale`, into an answer of so many
    pixels.
    """
    pixels, columns = header.width * header.height, max(header.width, header.height)
    decoder: float = _CUTTING * columns
    if header.format in OUTSIDE:
        decoder = _OUTSIDE * pixels
    elif header.format is Format.WEBP:
        decoder = _SCALED * pixels / (reduction_of(header, scale) or 1) ** 2
    return file + decoder + _RENDERING * answer


def written_bytes(formats: Iterable[Format], pixels: int) -> float:
    """What a picture of so many pixels takes, roughly, while it is written in each of these formats in turn."""
    return max(_WRITING.get(each, _WRITING_ELSE) for each in formats) * pixels
