"""How large a GIF is, how many frames it has and how long they stand, read from its blocks without decoding any.

Pillow counts frames by seeking through them and, for some files, fills a whole frame while it opens them; a few bytes
can so ask for gigabytes. Layout: GIF89a specification, sections 17 to 27.
"""

from __future__ import annotations

from dataclasses import dataclass

_EXTENSION, _IMAGE = 0x21, 0x2C
_CONTROL = b"\xf9\x04"
"""Label of the graphic control extension, and the length of its only block."""
_LOOPING = b"\xff\x0bNETSCAPE2.0"
_MOST_BLOCKS = 1_000_000
"""Data blocks that are walked at most (about 0.2 s): 250 MB of frames as encoders write them."""


@dataclass(frozen=True, slots=True)
class Survey:
    """Sizes are in pixels: the screen, or the first frame where that reaches further."""

    width: int
    height: int
    frames: int
    durations: tuple[int, ...]
    """Milliseconds of each frame."""
    plays: int
    """How often all frames are shown; 0 is for ever."""


def survey(data: bytes, most_frames: int) -> Survey:
    """Walk the blocks of a GIF until its end, its first damaged block, or one frame more than `most_frames`."""
    width, height = _u16(data, 6), _u16(data, 8)
    durations: list[int] = []
    delay, plays = 0, 1
    at = 13 + _colour_table(data, 10)
    budget = _MOST_BLOCKS
    while at < len(data) and len(durations) <= most_frames and budget > 0:
        if data[at] == _IMAGE:
            if not durations:
                width = max(width, _u16(data, at + 1) + _u16(data, at + 5))
                height = max(height, _u16(data, at + 3) + _u16(data, at + 7))
            durations.append(delay)
            delay = 0
            at += 11 + _colour_table(data, at + 9)
        elif data[at] == _EXTENSION:
            if data[at + 1 : at + 3] == _CONTROL:
                delay = 10 * _u16(data, at + 4)
            elif data[at + 1 : at + 14] == _LOOPING:
                # It counts repetitions; without it there is none.
                repetitions = _u16(data, at + 16)
                plays = repetitions + 1 if repetitions else 0
            at += 2
        else:
            break
        while budget > 0 and at < len(data) and (length := data[at]):
            at += length + 1
            budget -= 1
        at += 1
    return Survey(width, height, len(durations), tuple(durations), plays)


def _u16(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 2], "little")


def _colour_table(data: bytes, flags_at: int) -> int:
    """Bytes of the colour table that the flags at `flags_at` announce; 0 where there is none."""
    flags = data[flags_at] if flags_at < len(data) else 0
    return 3 << ((flags & 0x07) + 1) if flags & 0x80 else 0
