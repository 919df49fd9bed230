"""Pictures drawn for the tests, and measures of how alike two are."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from keepsight.pixels import Limits, Picture, read_header


def scene(width: int = 640, height: int = 480) -> Image.Image:
    """A scene without any symmetry: gradients, edges, fine lines and a little grain."""
    y, x = np.mgrid[0:height, 0:width]
    grain = np.random.default_rng(7).integers(-3, 4, (height, width, 1))
    base = np.stack((x * 255 / width, y * 255 / height, (x + 2 * y) * 255 / (width + 2 * height)), axis=2)
    image = Image.fromarray(np.clip(base + grain, 0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(image)
    draw.ellipse((width * 0.1, height * 0.15, width * 0.4, height * 0.5), fill=(210, 60, 50))
    draw.rectangle((width * 0.55, height * 0.6, width * 0.9, height * 0.85), fill=(40, 80, 190))
    draw.polygon(
        [(width * 0.6, height * 0.1), (width * 0.95, height * 0.2), (width * 0.7, height * 0.4)], fill="white"
    )
    for step in range(6):
        draw.line((width * 0.05, height * (0.6 + step / 20), width * 0.45, height * (0.7 + step / 20)), fill="black")
    return image


def encoded(image: Image.Image, format_: str, **options: Any) -> bytes:
    stream = BytesIO()
    image.save(stream, format_, **options)
    return stream.getvalue()


def exif(orientation: int) -> bytes:
    tags = Image.Exif()
    tags[0x0112] = orientation
    return tags.tobytes()


def stored(upright: Image.Image, orientation: int) -> Image.Image:
    """The pixels that, turned as an EXIF orientation says, are `upright`."""
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    return upright.transpose(undo[orientation]) if orientation in undo else upright


def oriented_jpeg(upright: Image.Image, orientation: int) -> bytes:
    return encoded(stored(upright, orientation), "JPEG", quality=95, subsampling="4:4:4", exif=exif(orientation))


def picture(data: bytes) -> Picture:
    return Picture(data, read_header(data, Limits()))


def psnr(first: Image.Image, second: Image.Image) -> float:
    """Peak signal-to-noise ratio in dB, over all channels; 99 for equal images."""
    assert (first.size, first.mode) == (second.size, second.mode)
    error = np.mean((np.asarray(first, float) - np.asarray(second, float)) ** 2)
    return float(10 * np.log10(255**2 / error)) if error else 99.0


def png(width: int, height: int, depth: int, colour_type: int, rows: bytes, *extra: tuple[bytes, bytes]) -> bytes:
    """A PNG of any declared size; `rows` are the unfiltered bytes, each row with its filter byte."""
    head = struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, 0)
    chunks = ((b"IHDR", head), *extra, (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in chunks
    )
