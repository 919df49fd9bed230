"""Files that ask for far more than they bring are refused by their header: at once, and without the memory."""

import struct
import subprocess
import sys
import time

import pytest
from PIL import Image

from keepsight.errors import BadImage
from keepsight.pixels import Limits, read_header

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


BOMBS = {
    "png": lambda: png(16383, 16383, 1, 0, bytes(2049) * 16383),
    "png just over": lambda: png(8001, 8000, 8, 2, b""),
    "gif screen": lambda: gif((65535, 65535), (1, 1)),
    "gif frame": lambda: gif((1, 1), (65535, 65535)),
    "webp": lambda: webp(16383, 16383),
    "jpeg": lambda: jpeg(65000, 65000),
}


@pytest.mark.parametrize("name", BOMBS)
def test_too_many_pixels(name):
    data = BOMBS[name]()
    start = time.perf_counter()
    with pytest.raises(BadImage, match=r"^Invalid image file: .*expected at most 64,000,000"):
        read_header(data, Limits())
    assert time.perf_counter() - start < 0.5


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
        [sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, check=True, timeout=30
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
    start = time.perf_counter()
    assert read_header(data, Limits()).frames == 1
    assert time.perf_counter() - start < 1.5


def test_too_many_scans():
    data = encoded(scene(64, 64), "JPEG", progressive=True)
    last = data.rindex(b"\xff\xda")
    with pytest.raises(BadImage, match="scans"):
        read_header(data[:-2] + data[last:-2] * 200 + data[-2:], Limits())
