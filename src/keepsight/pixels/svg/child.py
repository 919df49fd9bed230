"""Draws in a process of its own: a drawing from standard input, RGBA pixels to standard output.

Run as a file, by path, so that nothing but libvips has to be loaded. Arguments: bytes of address space, seconds, font
files.
"""

from __future__ import annotations

import resource
import sys


def main() -> None:
    """Render at the size that the drawing itself states."""
    memory, seconds, *fonts = sys.argv[1:]
    resource.setrlimit(resource.RLIMIT_AS, (int(memory), int(memory)))
    resource.setrlimit(resource.RLIMIT_CPU, (int(seconds), int(seconds)))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    import pyvips  # noqa: PLC0415 - under the limits

    for font in fonts:
        pyvips.Image.text("x", fontfile=font)
    image = pyvips.Image.svgload_buffer(sys.stdin.buffer.read())
    sys.stdout.buffer.write(b"%d %d\n" % (image.width, image.height))
    sys.stdout.buffer.write(image.write_to_memory())


if __name__ == "__main__":
    main()
