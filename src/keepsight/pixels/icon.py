"""How large the pictures in an icon file really are: its directory says at most 256, the files inside may differ.

Pillow decodes the largest one while it opens the file. Layout: Microsoft, "Icons" (ICONDIR, ICONDIRENTRY).
"""

from __future__ import annotations

MAGIC = b"\0\0\1\0"
MOST_SIDE = 1_024
"""Pixels of a side of one picture; encoders write 256 at most."""
_PNG = b"\x89PNG\r\n\x1a\n"


def sizes(data: bytes) -> list[tuple[int, int]]:
    """Width and height in pixels of every picture whose header can be found; those of a bitmap without its mask.

    A bitmap that is compressed, which no icon is, counts as larger than allowed: Pillow would trust what it claims.
    """
    found: list[tuple[int, int]] = []
    for entry in range(int.from_bytes(data[4:6], "little")):
        at = 6 + 16 * entry
        start = int.from_bytes(data[at + 12 : at + 16], "little")
        if at + 16 > len(data):
            break
        if data[start : start + 8] == _PNG:
            found.append(
                (int.from_bytes(data[start + 16 : start + 20]), int.from_bytes(data[start + 20 : start + 24]))
            )
        elif start + 20 <= len(data):
            width = int.from_bytes(data[start + 4 : start + 8], "little", signed=True)
            height = int.from_bytes(data[start + 8 : start + 12], "little", signed=True)
            compressed = int.from_bytes(data[start + 16 : start + 20], "little") not in (0, 3)
            found.append((MOST_SIDE + 1, 1) if compressed else (abs(width), abs(height) // 2))
    return found
