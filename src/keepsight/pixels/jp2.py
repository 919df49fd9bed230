"""What the codestream of a JPEG 2000 says about itself: its boxes may say something else, and the decoder obeys it.

Layout: ISO/IEC 15444-1, annex A.5.1 (SIZ).
"""

from __future__ import annotations

from dataclasses import dataclass

from keepsight.pixels.boxes import find

BOXED = b"\0\0\0\x0cjP  \r\n\x87\n"
BARE = b"\xff\x4f\xff\x51"
_SIZ = 4


@dataclass(frozen=True, slots=True)
class Stream:
    """Width and height in pixels, and planes of which a pixel is made."""

    width: int
    height: int
    components: int


def survey(data: bytes) -> Stream | None:
    """The head of the first codestream; None where there is none."""
    start = 0
    if data.startswith(BOXED):
        box = find(data, b"jp2c")
        if box is None:
            return None
        start = box.start
    if data[start : start + 4] != BARE or len(data) < start + 42:
        return None
    far_x, far_y, near_x, near_y = (
        int.from_bytes(data[at : at + 4]) for at in range(start + _SIZ + 4, start + _SIZ + 20, 4)
    )
    components = int.from_bytes(data[start + _SIZ + 36 : start + _SIZ + 38])
    return Stream(far_x - near_x, far_y - near_y, components)
