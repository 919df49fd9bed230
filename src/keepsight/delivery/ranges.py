"""`Range`: which bytes of an answer are wanted (RFC 9110, section 14)."""

from __future__ import annotations

import re

from keepsight.errors import RangeNotSatisfiable

_BYTES = re.compile(rb"bytes\s*=(.*)", re.IGNORECASE | re.DOTALL)
_RANGE = re.compile(rb"(\d*)-(\d*)", re.ASCII)
_LONGEST = 100
"""Characters; one range needs some 40, and whoever asks for many gets the whole."""


def wanted_range(header: bytes, size: int) -> tuple[int, int] | None:
    """First and last byte of the one range that is asked for, both counted from 0, of an answer of `size` bytes.

    None: the whole, as for several ranges, another unit, or what is no range. Raises RangeNotSatisfiable.
    """
    match = _BYTES.fullmatch(header.strip())
    if match is None or len(header) > _LONGEST:
        return None
    ranges = [r for r in map(bytes.strip, match[1].split(b",")) if r]
    one = _RANGE.fullmatch(ranges[0]) if len(ranges) == 1 else None
    if one is None or not (one[1] or one[2]):
        return None
    if not one[1]:
        first, last = max(0, size - int(one[2])), size - 1
    else:
        first, last = int(one[1]), min(int(one[2]) if one[2] else size - 1, size - 1)
        if one[2] and int(one[2]) < first:
            return None
    if first > last:
        raise RangeNotSatisfiable(f"Invalid range {ranges[0].decode()} (expected bytes below {size})", size)
    return first, last
