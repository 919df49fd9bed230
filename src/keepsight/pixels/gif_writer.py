"""Animated GIFs, written frame by frame: nothing but the frame before is kept.

Pillow's own writer holds every frame until the last one is there. It still compresses each frame here; what this adds
are the blocks around them. Layout: GIF89a specification, sections 17 to 27.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Sequence
from io import BytesIO

from PIL import Image, ImageChops

Palettise = Callable[[Image.Image], Image.Image]
"""An RGB or RGBA image into one with a palette, whose `info` may name a clear entry."""

_KEEP, _CLEAR = 1, 2
"""What happens to a frame when its time is over (disposal methods)."""
_NOTHING = Image.new("RGBA", (1, 1))


def write_gif(frames: Iterable[Image.Image], durations: Sequence[int], plays: int, palettise: Palettise) -> bytes:
    """Frames of one size, RGB or RGBA, each for so many milliseconds, which a GIF rounds to hundredths of a second.

    Of an opaque frame only what changed is stored. `plays` is how often all are shown; 0 is for ever.
    """
    source = iter(frames)
    first = next(source)
    stream = BytesIO()
    stream.write(b"GIF89a" + struct.pack("<HHBBB", *first.size, 0x70, 0, 0) + _looping(plays))
    frame: Image.Image | None = first
    left_over: Image.Image | None = None
    now = 0
    for duration in durations:
        if frame is None:
            break
        following = next(source, None)
        cleared = following is not None and following.mode == "RGBA"
        shown, corner = _news(frame, left_over, everything=cleared)
        # Rounded by the clock and not frame by frame, so that the animation as a whole is neither faster nor slower.
        hundredths = (now + duration + 5) // 10 - (now + 5) // 10
        now += duration
        _write(stream, palettise(shown), corner, hundredths, _CLEAR if cleared else _KEEP)
        left_over = None if cleared else frame
        frame = following
    stream.write(b";")
    return stream.getvalue()


def _looping(plays: int) -> bytes:
    """The extension counts repetitions, and without it there is none."""
    if plays == 1:
        return b""
    return b"\x21\xff\x0bNETSCAPE2.0\x03\x01" + struct.pack("<H", min(max(plays - 1, 0), 0xFFFF)) + b"\0"


def _news(
    frame: Image.Image, left_over: Image.Image | None, *, everything: bool
) -> tuple[Image.Image, tuple[int, int]]:
    """What of a frame has to be drawn over the picture that was left over, and where; None left an empty screen.

    Unchanged pixels of an opaque frame are clear. A frame after which the screen is cleared covers `everything`.
    """
    if left_over is None or "RGBA" in (frame.mode, left_over.mode):
        return frame.convert("RGBA") if everything else frame, (0, 0)
    change = ImageChops.difference(frame.convert("RGB"), left_over.convert("RGB"))
    shown = frame.convert("RGBA")
    shown.putalpha(_changed(change))
    if everything:
        return shown, (0, 0)
    box = change.getbbox()
    return (shown.crop(box), (box[0], box[1])) if box else (_NOTHING, (0, 0))


def _write(stream: BytesIO, flat: Image.Image, corner: tuple[int, int], hundredths: int, disposal: int) -> None:
    clear = flat.info.get("transparency")
    flat = flat.copy()
    flat.info = {}
    single = BytesIO()
    flat.save(single, "GIF", interlace=False, optimize=False)
    flags = disposal << 2 | (clear is not None)
    stream.write(b"\x21\xf9\x04" + struct.pack("<BHBB", flags, min(hundredths, 0xFFFF), clear or 0, 0))
    stream.write(_image(single.getvalue(), *corner))


def _changed(difference: Image.Image) -> Image.Image:
    """255 wherever any channel differs."""
    red, green, blue = difference.split()
    return ImageChops.lighter(ImageChops.lighter(red, green), blue).point(lambda value: 255 if value else 0)


def _image(single: bytes, left: int, top: int) -> bytes:
    """The image of a GIF of one frame, moved, with the global colours as its own."""
    colours = 3 << ((single[10] & 7) + 1)
    table = single[13 : 13 + colours]
    at = 13 + colours
    while single[at] == 0x21:  # extensions
        at += 2
        while single[at]:
            at += 1 + single[at]
        at += 1
    width, height, interlaced = struct.unpack_from("<HHB", single, at + 5)
    flags = 0x80 | (interlaced & 0x40) | (single[10] & 7)
    return b"\x2c" + struct.pack("<HHHHB", left, top, width, height, flags) + table + single[at + 10 : -1]
