"""How `q_auto` does: bytes, likeness and time of every level and format, beside fixed numbers.

    python -m benchmarks.auto_quality FOLDER_OF_PHOTOS [--side 400] [--most 24]

Prints Markdown. Where the package `ssimulacra2` is installed (`pip install .[bench]`), SSIMULACRA 2 judges the whole
pictures; the server's own measure only ever saw samples of them.
"""

from __future__ import annotations

import argparse
import io
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import get_args

from PIL import Image

from keepsight.pixels import TARGETS, Automatic, Encoding, Format, encode, usual_quality
from keepsight.pixels.encode import chosen_quality
from keepsight.transformation.values import Level

FORMATS = (Format.JPEG, Format.WEBP, Format.AVIF, Format.JXL)
Judge = Callable[[Image.Image, Image.Image], float]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--side", type=int, default=400, help="pixels of the longer side")
    parser.add_argument("--most", type=int, default=24, help="photos that are looked at")
    asked = parser.parse_args()
    photos = list(_photos(asked.photos, asked.side, asked.most))
    judge = _judge()
    print(f"{len(photos)} photographs, longer side {asked.side} pixels.\n")
    print("| level | format | quality | bytes | SSIMULACRA 2 | fixed: bytes | fixed: SSIMULACRA 2 | ms | fixed: ms |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for level in get_args(Level):
        for format_ in FORMATS:
            print(_row(photos, level, format_, judge))


def _row(photos: list[Image.Image], level: Level, format_: Format, judge: Judge) -> str:
    automatic = Encoding(format_, Automatic(level))
    fixed = Encoding(format_, usual_quality(format_, level))
    numbers = [chosen_quality(photo, automatic) for photo in photos]
    found, usual = (_measured(photos, encoding, judge) for encoding in (automatic, fixed))
    return (
        f"| {level} ({TARGETS[level]:g}) | {format_} | {_spread(numbers)} | {found[0]:,.0f} | {found[1]} "
        f"| {usual[0]:,.0f} | {usual[1]} | {found[2]:.0f} | {usual[2]:.0f} |"
    )


def _measured(photos: list[Image.Image], encoding: Encoding, judge: Judge) -> tuple[float, str, float]:
    """Mean bytes, likeness with its spread, and the median of milliseconds."""
    sizes, scores, times = [], [], []
    for photo in photos:
        start = time.perf_counter()
        data = encode(photo, encoding)
        times.append(1000 * (time.perf_counter() - start))
        sizes.append(len(data))
        with Image.open(io.BytesIO(data)) as copy:
            scores.append(judge(photo, copy.convert("RGB")))
    return statistics.mean(sizes), _spread(scores), statistics.median(times)


def _spread(values: list[float] | list[int]) -> str:
    return f"{statistics.mean(values):.1f} ± {statistics.pstdev(values):.1f}"


def _photos(folder: Path, side: int, most: int) -> Iterator[Image.Image]:
    """The second, fourth, … photograph of a folder by name, scaled."""
    for path in sorted(folder.glob("*.jpg"))[1 : 2 * most : 2]:
        with Image.open(path) as image:
            scale = side / max(image.size)
            size = round(image.width * scale), round(image.height * scale)
            yield image.convert("RGB").resize(size, Image.Resampling.LANCZOS)


def _judge() -> Judge:
    try:
        from ssimulacra2 import compute_ssimulacra2  # noqa: PLC0415 - an extra of the benchmarks
    except ImportError:
        from keepsight.pixels.likeness import likeness  # noqa: PLC0415 - instead of it

        return likeness

    def judge(original: Image.Image, copy: Image.Image) -> float:
        files = [io.BytesIO(), io.BytesIO()]
        for file, image in zip(files, (original, copy), strict=True):
            image.save(file, "PNG", compress_level=1)
            file.seek(0)
        return float(compute_ssimulacra2(*files))

    return judge


if __name__ == "__main__":
    main()
