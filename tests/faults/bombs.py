"""Files that promise or ask for far more than they bring."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from io import BytesIO

from PIL import Image

from tests.pixels.test_bombs import BOMBS as HEADERS

from .servers import LONG

_PNG = b"\x89PNG\r\n\x1a\n"
_ZEROS = (400 if LONG else 64) << 20


def _chunk(kind: bytes, body: bytes) -> bytes:
    return len(body).to_bytes(4) + kind + body + zlib.crc32(kind + body).to_bytes(4)


def _deflated_zeros(count: int) -> bytes:
    packer = zlib.compressobj(9)
    return b"".join(packer.compress(bytes(1 << 20)) for _ in range(count >> 20)) + packer.flush()


def _small_png(*extra: bytes, width: int = 8, height: int = 8) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(bytes((width + 1) * height))
    return _PNG + _chunk(b"IHDR", head) + b"".join(extra) + _chunk(b"IDAT", rows) + _chunk(b"IEND", b"")


def png_text() -> bytes:
    return _small_png(_chunk(b"zTXt", b"Comment\0\0" + _deflated_zeros(_ZEROS)))


def png_many_texts() -> bytes:
    return _small_png(*[_chunk(b"zTXt", b"Comment\0\0" + _deflated_zeros(1 << 20))] * (_ZEROS >> 20))


def png_profile() -> bytes:
    return _small_png(_chunk(b"iCCP", b"p\0\0" + _deflated_zeros(_ZEROS)))


def png_rows() -> bytes:
    """Data for far more rows than there are."""
    head = struct.pack(">IIBBBBB", 8, 8, 8, 0, 0, 0, 0)
    return _PNG + _chunk(b"IHDR", head) + _chunk(b"IDAT", _deflated_zeros(_ZEROS)) + _chunk(b"IEND", b"")


def apng_frames() -> bytes:
    return _small_png(_chunk(b"acTL", struct.pack(">II", 2**31 - 1, 0)))


def gif_frames() -> bytes:
    frames = [Image.new("P", (4, 4), n % 2) for n in range(3)]
    out = BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:], disposal=2)
    body = out.getvalue()
    start = body.index(b"\x21\xf9")
    return body[:start] + body[start:-1] * 30_000 + b";"


def webp_canvas() -> bytes:
    """A large canvas on which two thousand frames of a pixel are laid."""
    frame = BytesIO()
    Image.new("RGB", (1, 1)).save(frame, "WEBP", lossless=True)
    image = frame.getvalue()[12:]
    one = struct.pack("<I", 0)[:3] * 2 + bytes(6) + b"\x0a\0\0" + b"\0" + image
    anmf = b"ANMF" + struct.pack("<I", len(one)) + one
    side = (7_000 - 1).to_bytes(3, "little")
    body = b"WEBPVP8X" + struct.pack("<I", 10) + b"\x02\0\0\0" + side * 2
    body += b"ANIM" + struct.pack("<I", 6) + bytes(6) + anmf * 1_999
    return b"RIFF" + struct.pack("<I", len(body)) + body


def tiff_circle() -> bytes:
    first = struct.pack("<HHHII", 2, 256, 4, 1, 16) + struct.pack("<HHII", 257, 4, 1, 16) + struct.pack("<I", 8)
    return b"II*\0" + struct.pack("<I", 8) + first


def tiff_strips() -> bytes:
    """Two billion strips, named by a directory of a few bytes."""
    out = BytesIO()
    Image.new("RGB", (16, 16)).save(out, "TIFF")
    data = bytearray(out.getvalue())
    at = int.from_bytes(data[4:8], "little")
    for entry in range(at + 2, at + 2 + 12 * int.from_bytes(data[at : at + 2], "little"), 12):
        if int.from_bytes(data[entry : entry + 2], "little") in (273, 279):
            data[entry + 4 : entry + 8] = struct.pack("<I", 2**31 - 1)
    return bytes(data)


def avif_claim() -> bytes:
    out = BytesIO()
    Image.new("RGB", (64, 64)).save(out, "AVIF")
    data = bytearray(out.getvalue())
    at = data.index(b"ispe") + 8
    data[at : at + 8] = struct.pack(">II", 65_535, 65_535)
    return bytes(data)


_SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="100" height="100">'


def svg_entities() -> bytes:
    levels = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    return f'<!DOCTYPE svg [<!ENTITY e0 "lol">{levels}]>{_SVG}<text>&e9;</text></svg>'.encode()


def svg_uses() -> bytes:
    levels = "".join(f'<g id="g{n}">{f"""<use xlink:href="#g{n - 1}"/>""" * 10}</g>' for n in range(1, 12))
    return f'{_SVG}<defs><rect id="g0" width="9" height="9"/>{levels}</defs><use xlink:href="#g11"/></svg>'.encode()


def svg_filters() -> bytes:
    steps = '<feTurbulence baseFrequency="0.01" numOctaves="10"/><feGaussianBlur stdDeviation="500"/>' * 1_000
    return f'{_SVG}<filter id="f">{steps}</filter><rect width="100" height="100" filter="url(#f)"/></svg>'.encode()


def svg_deep() -> bytes:
    return f"{_SVG}{'<g>' * 100_000}{'</g>' * 100_000}</svg>".encode()


def svg_huge() -> bytes:
    return _SVG.replace('"100"', '"900000"').encode() + b'<rect width="9" height="9"/></svg>'


def icon() -> bytes:
    inside = HEADERS["png"]()
    return struct.pack("<HHH", 0, 1, 1) + struct.pack("<BBBBHHII", 16, 16, 0, 0, 1, 32, len(inside), 22) + inside


BOMBS: dict[str, Callable[[], bytes]] = {
    **{name.replace(" ", "-"): make for name, make in HEADERS.items()},
    **{
        make.__name__: make
        for make in (
            png_text,
            png_many_texts,
            png_profile,
            png_rows,
            apng_frames,
            gif_frames,
            webp_canvas,
            tiff_circle,
            tiff_strips,
            avif_claim,
            svg_entities,
            svg_uses,
            svg_filters,
            svg_deep,
            svg_huge,
            icon,
        )
    },
}
_EXTENSION = {b"\x89PNG": "png", b"GIF8": "gif", b"RIFF": "webp", b"II*\0": "tiff", b"\0\0\1\0": "ico"}


def extension(data: bytes) -> str:
    """Some extension of a picture under which a folder finds the file; its bytes say what it really is."""
    return _EXTENSION.get(data[:4], "svg" if b"<svg" in data[:2_000] else "jpg")
