"""How glibc deals with the memory of pictures: what they took is given back when they are done.

Other allocators, and other systems, are left as they are.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from contextlib import suppress

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
"""Names of parameters, in <malloc.h>."""
_LARGE = 2 << 20
"""Bytes from which a block is mapped by itself. Left alone, glibc raises this to the largest block it has seen, up to
32 MiB, and keeps twice as much at the top of each arena."""
_SPARE = 8 << 20
"""Free bytes at the top of an arena that are kept for the next picture."""
_ARENAS = 2
"""Left alone, threads fragment arenas of their own, up to eight a core."""


def give_back_memory() -> None:
    """Have this process give back what large blocks took, at once. Before it starts threads."""
    for parameter, value in ((_MMAP_THRESHOLD, _LARGE), (_TRIM_THRESHOLD, _SPARE), (_ARENA_MAX, _ARENAS)):
        _call("mallopt", parameter, value)


def trim_memory() -> None:
    """Give back the free pages between smaller blocks, too: some milliseconds."""
    _call("malloc_trim", 0)


def _call(name: str, *values: int) -> None:
    if sys.platform.startswith("linux"):
        with suppress(OSError, AttributeError):  # another C library
            function: Callable[..., int] = getattr(ctypes.CDLL(None), name)
            function(*values)
