"""Moving pictures into bytes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO
from itertools import chain

from PIL import Image

from keepsight.errors import BadRequest
from keepsight.pixels.encode import chosen_quality, palette_quality, prepared
from keepsight.pixels.encoding import Encoding
from keepsight.pixels.formats import Format
from keepsight.pixels.frame_palettes import FramePalettes
from keepsight.pixels.gif_writer import write_gif
from keepsight.pixels.options import pixel_options
from keepsight.pixels.png_writer import write_apng
from keepsight.pixels.reel import Reel
from keepsight.transformation.output import Output, Pages


def chosen_frames(pages: Pages, frames: int) -> tuple[int, ...]:
    """The frames that `pg_` asks of a file of so many, 0 being the first, in the order asked for; all without any.

    Raises BadRequest, with the number that there are, for one that does not exist.
    """
    chosen: list[int] = []
    for first, last in pages:
        furthest = max(first, last or first)
        if furthest > frames:
            raise BadRequest(f"Invalid page in transformation: {furthest} (expected at most {frames})")
        chosen += range(first - 1, last or frames)
    return tuple(chosen) if pages else tuple(range(frames))


def encode_animation(
    frames: Iterable[Image.Image],
    durations: Sequence[int],
    plays: int,
    encoding: Encoding,
    *,
    alpha: bool,
) -> bytes:
    """Write L, RGB or RGBA images of one size in sRGB as GIF, PNG, WebP or AVIF, each for so many milliseconds.

    `plays` is how often all are shown, 0 being for ever, which AVIF always does. `alpha` says whether any frame may be
    transparent. Frames are taken one at a time and not held. Automatic quality is that of the first. Raises BadRequest
    when they cannot be written, and whatever the frames raise.
    """
    source = iter(frames)
    first = prepared(next(source), encoding)
    quality = chosen_quality(first, encoding)
    see_through = encoding.depth != "png24" and (alpha or first.mode == "RGBA")
    every: Iterator[Image.Image] = chain((first,), (prepared(frame, encoding) for frame in source))
    match encoding.format:
        case Format.GIF:
            return write_gif(every, durations, plays, FramePalettes(palette_quality(encoding)))
        case Format.PNG:
            level = int(pixel_options(first, encoding, 100)["compress_level"])
            mode = "RGBA" if see_through or encoding.depth == "png32" else "RGB"
            return write_apng((frame.convert(mode) for frame in every), durations, plays, level)
        case _:
            reel = Reel(every, len(durations), "RGBA" if see_through else "RGB")
            return _written(reel, durations, plays, encoding, quality)


def frame_durations(output: Output, durations: Sequence[int], chosen: Sequence[int]) -> tuple[int, ...]:
    """Milliseconds of each chosen frame: those of the file, or the delay that is asked for."""
    return tuple(output.delay or durations[frame] for frame in chosen)


def _written(reel: Reel, durations: Sequence[int], plays: int, encoding: Encoding, quality: int) -> bytes:
    """By Pillow's own writers of WebP and AVIF."""
    stream = BytesIO()
    options = pixel_options(reel, encoding, quality)
    try:
        reel.save(stream, encoding.format.name, save_all=True, duration=list(durations), loop=plays, **options)
    except (OSError, ValueError, MemoryError) as error:
        raise BadRequest(f"These frames cannot be written as {encoding.format}") from error
    return stream.getvalue()
