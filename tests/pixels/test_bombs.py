"""Files that ask for far more than they bring are refused by their header: at once, and without the memory."""

import struct
import subprocess
import sys
import time

import pytest
from PIL import Image

from keepsight.errors import BadImage
from keepsight.pixels import Format, Limits, Picture, read_header
from keepsight.pixels.limits import preflight
from keepsight.pixels.outside import decoding
from tests.conftest import shared
from tests.waiting import PATIENCE

from .drawn import encoded, png, scene


def gif(screen, frame, frames=1, disposal=2):
    control = b"\x21\xf9\x04" + bytes((disposal << 2, 0, 0, 0)) + b"\0"
    image = b"\x2c" + struct.pack("<HHHHB", 0, 0, *frame, 0) + b"\x02\x02\x44\x01\x00"
    return b"GIF89a" + struct.pack("<HHBBB", *screen, 0x80, 0, 0) + bytes(6) + (control + image) * frames + b";"


def webp(width, height):
    data = bytearray(encoded(Image.new("RGBA", (16, 16), (0, 0, 0, 9)), "WEBP", exif=b"Exif\0\0"))
    assert data[12:16] == b"VP8X"
    data[24:27] = (width - 1).to_bytes(3, "little")
    data[27:30] = (height - 1).to_bytes(3, "little")
    return bytes(data)


def jpeg(width, height):
    data = bytearray(encoded(scene(16, 16), "JPEG"))
    at = data.index(b"\xff\xc0") + 5
    data[at : at + 4] = struct.pack(">HH", height, width)
    return bytes(data)


def tiff(width, height):
    data = bytearray(encoded(scene(16, 16), "TIFF"))
    first = int.from_bytes(data[4:8], "little")
    for entry in range(first + 2, first + 2 + 12 * 2, 12):
        tag = int.from_bytes(data[entry : entry + 2], "little")
        value = {256: width, 257: height}[tag]
        data[entry + 2 : entry + 12] = struct.pack("<HII", 4, 1, value)
    return bytes(data)


def tiff_second_page(width, height):
    """A sound first page, and a second one that claims to be huge."""
    sound, bomb = bytearray(encoded(scene(16, 16), "TIFF")), tiff(width, height)
    if len(sound) % 2:
        sound += b"\0"
    first = int.from_bytes(sound[4:8], "little")
    link = first + 2 + 12 * int.from_bytes(sound[first : first + 2], "little")
    sound[link : link + 4] = struct.pack("<I", len(sound))
    there = int.from_bytes(bomb[4:8], "little")
    count = int.from_bytes(bomb[there : there + 2], "little")
    return bytes(sound) + bomb[there : there + 2 + 12 * count] + bytes(4)


def bmp(width, height):
    data = bytearray(encoded(scene(16, 16), "BMP"))
    data[18:26] = struct.pack("<ii", width, height)
    return bytes(data)


def jp2_stream(width, height):
    """Boxes that say 16 x 16 around a codestream that says more."""
    data = bytearray(encoded(scene(16, 16), "JPEG2000"))
    at = data.index(b"\xff\x4f\xff\x51") + 8
    data[at : at + 8] = struct.pack(">II", width, height)
    return bytes(data)


def jxl(width, height):
    """The header of a JPEG XL: both sides in 30 bits each, no ratio, then all defaults."""
    bits = "0" + "11" + f"{height - 1:030b}"[::-1] + "000" + "11" + f"{width - 1:030b}"[::-1] + "1"
    bits += "0" * (-len(bits) % 8)
    return b"\xff\x0a" + bytes(int(bits[at : at + 8][::-1], 2) for at in range(0, len(bits), 8)) + bytes(64)


def heic(width, height):
    data = bytearray((shared("odd") / "thumbor-image.heic").read_bytes())
    at = data.index(b"ispe") + 8
    data[at : at + 8] = struct.pack(">II", width, height)
    return bytes(data)


BOMBS = {
    "png": lambda: png(16383, 16383, 1, 0, bytes(2049) * 16383),
    "png just over": lambda: png(8001, 8000, 8, 2, b""),
    "gif screen": lambda: gif((65535, 65535), (1, 1)),
    "gif frame": lambda: gif((1, 1), (65535, 65535)),
    "webp": lambda: webp(16383, 16383),
    "jpeg": lambda: jpeg(65000, 65000),
    "tiff": lambda: tiff(100_000, 100_000),
    "second page of a tiff": lambda: tiff_second_page(100_000, 100_000),
    "bmp": lambda: bmp(30_000, 30_000),
    "jp2": lambda: jp2_stream(30_000, 30_000),
    "jxl": lambda: jxl(2**29, 2**29),
}


@pytest.mark.parametrize("name", BOMBS)
def test_too_many_pixels(name):
    data = BOMBS[name]()
    start = time.thread_time()
    with pytest.raises(BadImage, match=r"^Invalid image file: .*expected at most 64,000,000"):
        read_header(data, Limits())
    assert time.thread_time() - start < 5


def test_refusing_takes_no_memory(tmp_path):
    for name, bomb in BOMBS.items():
        (tmp_path / name).write_bytes(bomb())
    script = """
import pathlib, resource, sys
from keepsight.errors import BadImage
from keepsight.pixels import Limits, read_header
def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
files = [path.read_bytes() for path in sorted(pathlib.Path(sys.argv[1]).iterdir())]
try: read_header(b"", Limits())
except BadImage: pass
before = peak()
for data in files:
    try: read_header(data, Limits())
    except BadImage: continue
    raise SystemExit("accepted")
print(peak() - before)
"""
    result = subprocess.run(  # our own script
        [sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, check=True, timeout=PATIENCE
    )
    assert int(result.stdout) < 20, "MiB"


def test_a_wider_limit_is_honoured_beyond_the_one_of_pillow():
    header = read_header(BOMBS["png"](), Limits(max_pixels=300_000_000))
    assert header.width == 16383


def test_too_many_frames():
    with pytest.raises(BadImage, match="more than 10 frames"):
        read_header(gif((1, 1), (1, 1), frames=11), Limits(max_frames=10))
    assert read_header(gif((1, 1), (1, 1), frames=10), Limits(max_frames=10)).frames == 10


def test_too_many_pixels_in_all_frames():
    with pytest.raises(BadImage, match="200 frames of 3000 x 3000"):
        read_header(gif((3000, 3000), (1, 1), frames=200), Limits())


def test_too_many_bytes():
    with pytest.raises(BadImage, match="expected at most 10"):
        read_header(encoded(scene(8, 8), "PNG"), Limits(max_bytes=10))


def test_a_gif_of_a_million_tiny_blocks_is_counted_quickly():
    data = gif((1, 1), (1, 1))[:-1] + b"\x21\xfe" + b"\x01x" * 5_000_000
    start = time.thread_time()
    assert read_header(data, Limits()).frames == 1
    assert time.thread_time() - start < 15


def test_too_many_scans():
    data = encoded(scene(64, 64), "JPEG", progressive=True)
    last = data.rindex(b"\xff\xda")
    with pytest.raises(BadImage, match="scans"):
        read_header(data[:-2] + data[last:-2] * 200 + data[-2:], Limits())


@pytest.mark.parametrize("first", [0, 1, 131_071, 131_072])
def test_scans_are_counted_wherever_they_begin(first):
    def file(scans: int) -> bytes:
        content = bytearray(2 * 131_072 + 9_000)
        for at in range(first, first + 1_301 * scans, 1_301):
            content[at : at + 2] = b"\xff\xda"
        return bytes(content)

    preflight(file(100), Format.JPEG, Limits())
    with pytest.raises(BadImage, match="scans"):
        preflight(file(101), Format.JPEG, Limits())


def test_a_heic_that_claims_too_much():
    with pytest.raises(BadImage, match=r"^Invalid image file"):
        read_header(heic(30_000, 30_000), Limits())


def test_a_heic_whose_stream_is_larger_than_it_says():
    # The decoder is held to the size in the header, or what it decodes is what was allowed.
    data = heic(16, 16)
    with pytest.raises(BadImage, match=r"^Invalid image file"):
        Picture(data, read_header(data, Limits(max_pixels=256))).preview()


def test_too_many_pages():
    pages = [Image.new("L", (4, 4))] * 6
    data = encoded(pages[0], "TIFF", save_all=True, append_images=pages[1:])
    assert read_header(data, Limits(max_frames=6)).frames == 6
    with pytest.raises(BadImage, match="more than 5 pages"):
        read_header(data, Limits(max_frames=5))


def test_an_icon_with_a_huge_picture_inside():
    inside = png(16383, 16383, 1, 0, bytes(2049) * 16383)
    entry = struct.pack("<BBBBHHII", 16, 16, 0, 0, 1, 32, len(inside), 22)
    start = time.thread_time()
    with pytest.raises(BadImage, match="an icon of 16383 x 16383 pixels; expected at most 1,024"):
        read_header(struct.pack("<HHH", 0, 1, 1) + entry + inside, Limits())
    assert time.thread_time() - start < 5


def test_compressed_rows_of_a_bitmap_are_bounded():
    data = bytearray(bmp(70_000, 2))
    data[28:34] = struct.pack("<HI", 8, 1)
    with pytest.raises(BadImage, match="compressed rows of 70,000 pixels"):
        read_header(bytes(data), Limits())


def test_thousands_of_planes():
    data = bytearray(encoded(scene(16, 16), "JPEG2000"))
    at = data.index(b"\xff\x4f\xff\x51") + 40
    data[at : at + 2] = struct.pack(">H", 16_384)
    with pytest.raises(BadImage, match="16384 planes"):
        read_header(bytes(data), Limits())


def test_what_the_decoder_of_jpeg_xl_costs_is_not_ours(monkeypatch):
    data = encoded(scene(400, 300), "JXL", num_threads=0)
    header = read_header(data, Limits())
    monkeypatch.setattr(decoding, "_WALL", 0.0)
    with pytest.raises(BadImage, match="too costly to decode"):
        Picture(data, header).preview()


def test_an_animated_jpeg_xl_is_refused():
    # all_default 0, extra_fields 1, orientation 0, no intrinsic size, no preview, animation
    size = "1" + "00000" + "001"
    bits = size + "0" + "1" + "000" + "0" + "0" + "1" + "00" + "00" + "00" + "0" + "0" * 40
    body = bytes(int(bits[at : at + 8].ljust(8, "0")[::-1], 2) for at in range(0, len(bits), 8))
    with pytest.raises(BadImage, match="animated JPEG XL"):
        read_header(b"\xff\x0a" + body + bytes(64), Limits())
