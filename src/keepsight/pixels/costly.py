"""Files whose decoder had to be killed: for a while they are refused at once, and do not cost the same again."""

from __future__ import annotations

import hashlib
from threading import Lock

from cachetools import TTLCache

from keepsight.errors import BadImage

_REMEMBERED, _SECONDS = 1_024, 60.0
"""A minute, as long as clients keep the error: a sound file that fell on a bad moment gets another chance."""

_known: TTLCache[bytes, str] = TTLCache(_REMEMBERED, _SECONDS)
_lock = Lock()


def refuse_costly(data: bytes) -> None:
    """Raises BadImage for a file that was too costly a moment ago."""
    with _lock:
        if not _known:  # as nearly always: no digest is made
            return
    digest = hashlib.sha256(data).digest()
    with _lock:
        fault = _known.get(digest)
    if fault is not None:
        raise BadImage(fault)


def remember_costly(data: bytes, fault: str) -> None:
    """Note what is wrong with such a file."""
    digest = hashlib.sha256(data).digest()
    with _lock:
        _known[digest] = fault
