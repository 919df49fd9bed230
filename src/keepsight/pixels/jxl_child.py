"""JPEG XL is decoded in a process of its own.

libjxl has no limit that its plugin would set, and a few bytes may hold thousands of hidden layers or frames far larger
than the picture (libjxl issues 298 and 528). So a child decodes, under the operating system's limits for memory and
time, and when it dies the server says that the file is bad. Starting it costs a tenth of a second, which is of no
consequence for the few originals in this format.
"""

from __future__ import annotations

import resource
import subprocess
import sys

from PIL import Image

from keepsight.errors import BadImage

_MEMORY = 4_000_000_000
"""Bytes of address space: 64 million pixels take two thirds of it."""
_SECONDS = 20
_MODES = (b"L", b"LA", b"RGB", b"RGBA")


def decode_jxl(data: bytes, size: tuple[int, int]) -> tuple[Image.Image, bytes | None]:
    """The upright picture, L, LA, RGB or RGBA, and its ICC profile. `size` is what the header said, in pixels.

    Raises BadImage when the file is damaged, is another size, or costs too much to decode.
    """
    fault = "Invalid image file: damaged, cut short, or too costly to decode; expected a JPEG XL of one still picture"
    try:
        result = subprocess.run(
            [sys.executable, "-m", "keepsight.pixels.jxl_child"],
            input=data,
            capture_output=True,
            check=True,
            timeout=_SECONDS,
        )
    except subprocess.SubprocessError as error:
        raise BadImage(fault) from error
    head, _, body = result.stdout.partition(b"\n")
    mode, width, height, profile_length = head.split(b" ")
    if (int(width), int(height)) != size or mode not in _MODES:
        raise BadImage(fault)
    profile, pixels = body[: int(profile_length)], body[int(profile_length) :]
    return Image.frombytes(mode.decode(), size, pixels), profile or None


def _child() -> None:
    """Read a JPEG XL from standard input; write `mode width height profile-length`, the profile and the pixels."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    from pillow_jxl import JpegXLImagePlugin  # noqa: PLC0415 - only the child needs it, under its limits

    from keepsight.pixels.modes import resizable  # noqa: PLC0415 - as above

    JpegXLImagePlugin.DECODE_THREADS = 0
    image = JpegXLImagePlugin.JXLImageFile(sys.stdin.buffer)
    profile = image.info.get("icc_profile") or b""
    pixels = resizable(image)
    sys.stdout.buffer.write(b"%s %d %d %d\n" % (pixels.mode.encode(), *pixels.size, len(profile)))
    sys.stdout.buffer.write(profile)
    sys.stdout.buffer.write(pixels.tobytes())


if __name__ == "__main__":
    _child()
