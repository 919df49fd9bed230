"""How long the frames of an animation stand and how often it plays, read from the file without decoding."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from keepsight.pixels.boxes import boxes, find
from keepsight.pixels.formats import Format

_USUAL = 100
"""Milliseconds for a frame of which the file says nothing."""
_MOST_RUNS = 100_000


@dataclass(frozen=True, slots=True)
class Timing:
    """Milliseconds of each frame, and how often all of them are played; 0 is for ever."""

    durations: tuple[int, ...]
    plays: int


def read_timing(data: bytes, format_: Format, frames: int) -> Timing:
    """Timing of a PNG, WebP or AVIF of that many frames; what a damaged file does not say becomes 100 ms."""
    match format_:
        case Format.PNG:
            plays, durations = _png(data)
        case Format.WEBP:
            plays, durations = _webp(data)
        case _:
            plays, durations = 0, _avif(data, frames)
    return Timing((tuple(durations) + (_USUAL,) * frames)[:frames], plays)


def _png(data: bytes) -> tuple[int, list[int]]:
    """APNG specification: acTL has the number of plays, every fcTL a delay as a fraction of seconds."""
    plays, durations = 0, []
    for kind, start, _ in _chunks(data, 8, "big", trailer=4):
        if kind == b"acTL":
            plays = int.from_bytes(data[start + 4 : start + 8])
        elif kind == b"fcTL":
            numerator = int.from_bytes(data[start + 20 : start + 22])
            denominator = int.from_bytes(data[start + 22 : start + 24]) or 100
            durations.append(round(1000 * numerator / denominator))
    return plays, durations


def _webp(data: bytes) -> tuple[int, list[int]]:
    """WebP container specification: ANIM has the number of plays, every ANMF a duration in milliseconds."""
    plays, durations = 0, []
    for kind, start, _ in _chunks(data, 12, "little"):
        if kind == b"ANIM":
            plays = int.from_bytes(data[start + 4 : start + 6], "little")
        elif kind == b"ANMF":
            durations.append(int.from_bytes(data[start + 12 : start + 15], "little"))
    return plays, durations


def _chunks(data: bytes, at: int, order: str, trailer: int = 0) -> Iterator[tuple[bytes, int, int]]:
    """Kind, start and length of every chunk of a PNG (length first) or a RIFF file (kind first, padded to even)."""
    while at + 8 <= len(data):
        if order == "big":
            length, kind = int.from_bytes(data[at : at + 4]), data[at + 4 : at + 8]
        else:
            kind, length = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        yield kind, at + 8, length
        at += 8 + length + trailer + (length & 1 if order == "little" else 0)


def _avif(data: bytes, frames: int) -> list[int]:
    """Runs of sample durations (stts) in units of the track's clock (mdhd) of the picture track."""
    movie = find(data, b"moov")
    if movie is None:
        return []
    for track in boxes(data, movie.start, movie.end):
        inside = data[track.start : track.end]
        clock, handler = find(inside, b"mdia", b"mdhd"), find(inside, b"mdia", b"hdlr")
        runs = find(inside, b"mdia", b"minf", b"stbl", b"stts")
        if not (clock and handler and runs) or inside[handler.start + 8 : handler.start + 12] != b"pict":
            continue
        at = clock.start + (20 if inside[clock.start] == 1 else 12)
        scale = int.from_bytes(inside[at : at + 4]) or 1000
        durations: list[int] = []
        for run in range(min(_MOST_RUNS, int.from_bytes(inside[runs.start + 4 : runs.start + 8]))):
            at = runs.start + 8 + 8 * run
            count, length = int.from_bytes(inside[at : at + 4]), int.from_bytes(inside[at + 4 : at + 8])
            durations += [round(1000 * length / scale)] * min(count, frames - len(durations))
            if len(durations) >= frames or at >= runs.end:
                break
        return durations
    return []
