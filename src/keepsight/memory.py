"""How the allocator of the system deals with pictures: what they took is given back when they are done."""

from __future__ import annotations

import ctypes
import sys
from contextlib import suppress

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
"""Names of parameters, in <malloc.h> of glibc."""
_LARGE = 4 << 20
"""Bytes from which a block is mapped by itself. Left alone, glibc raises this to the largest block it has seen, up to
32 MiB, and keeps twice as much at the top of each arena."""
_ARENAS = 2
"""Left alone, every thread may fragment one of its own, up to eight a core."""


def give_back_memory() -> None:
    """Tell glibc so, for this process; other allocators are left as they are. Before threads are started."""
    if not sys.platform.startswith("linux"):
        return
    with suppress(OSError, AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        for parameter, value in ((_MMAP_THRESHOLD, _LARGE), (_TRIM_THRESHOLD, _LARGE), (_ARENA_MAX, _ARENAS)):
            mallopt(parameter, value)
