"""Which addresses were ever answered with an image that is kept: a Bloom filter in a file.

Whether an image lies on disk takes half a millisecond to find out, and far above its capacity a server spent more time
on that than on pictures. An address that this filter has never seen is refused without it.
"""

from __future__ import annotations

import mmap
from hashlib import blake2b
from pathlib import Path
from struct import Struct
from urllib.parse import unquote

import structlog

_BITS = 24
"""2 MiB: of a million addresses that were never seen it takes two thousand for seen."""
_HASHES = 4
_UNUSED = 32 - _BITS
_ABOVE = _UNUSED + 3
"""Bits of a hash behind those that say which bit, and behind those that say which byte."""
_numbers = Struct(f">{_HASHES}I").unpack

log = structlog.get_logger()


class Seen:
    """Safe for threads; several processes may share one file. What is added stays.

    Where the file cannot be kept, and where images were kept before there was one, every address counts as seen.
    """

    def __init__(self, path: Path, *, begun_before: bool) -> None:
        """`begun_before`: whether images are kept already, which a new file cannot know of."""
        self._bits: mmap.mmap | None = None
        size = 1 << (_BITS - 3)
        try:
            with path.open("a+b") as file:
                if file.seek(0, 2) != size:
                    file.truncate(0)
                    file.write((b"\xff" if begun_before else b"\0") * size)
                    file.flush()
                self._bits = mmap.mmap(file.fileno(), size)
        except OSError as error:
            log.warning("seen.not_kept", file=path.name, error=error.strerror)

    def add(self, raw_path: str) -> None:
        """An image is kept that this address asks for."""
        self._set(raw_path)

    def add_made(self, public_id: str) -> None:
        """Images are kept that nobody asked for yet, of an original: every address that ends like it is seen."""
        for ending in _endings(public_id):
            self._set(ending)

    def __contains__(self, raw_path: str) -> bool:
        """Whether an image may be kept for this address; False is certain."""
        return self._is_set(raw_path) or any(map(self._is_set, _endings(unquote(raw_path))))

    def close(self) -> None:
        """Close the file."""
        if self._bits is not None:
            bits, self._bits = self._bits, None
            bits.close()

    def _set(self, text: str) -> None:
        bits = self._bits
        if bits is not None:
            for place in _places(text):
                byte, mask = place >> _ABOVE, 1 << (place >> _UNUSED & 7)
                # Two processes at one byte may lose a bit: then one address is refused once more, when all is busy.
                if not bits[byte] & mask:
                    bits[byte] |= mask

    def _is_set(self, text: str) -> bool:
        bits = self._bits
        if bits is None:
            return True
        for place in _places(text):  # noqa: SIM110 - far above capacity most of a refusal: `all` takes twice as long
            if not bits[place >> _ABOVE] & 1 << (place >> _UNUSED & 7):
                return False
        return True


def _endings(path: str) -> tuple[str, ...]:
    """The last part, with an extension and without; told apart from addresses, which begin with a slash."""
    last = path.rpartition("/")[2]
    return f"*{last}", f"*{last.rpartition('.')[0] or last}"


def _places(text: str) -> tuple[int, ...]:
    """Numbers of 32 bits, of which the upper `_BITS` count."""
    return _numbers(blake2b(text.encode("utf-8", "surrogateescape"), digest_size=4 * _HASHES).digest())
