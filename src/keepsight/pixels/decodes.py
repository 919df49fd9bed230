"""Decoded originals that requests share: many crops of one photo, asked for at once, cost one decode."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from threading import Lock

from cachetools import LRUCache
from PIL import Image

from keepsight.pixels.decode import Decoded, decode, decode_cut, reduction_of
from keepsight.pixels.header import Header
from keepsight.pixels.turning import Box, Size
from keepsight.single_flight import SingleFlight


class Decodes:
    """The most recent decodes, `max_bytes` of them in memory. Safe for threads.

    A decode answers for exactly the reduction that it has: a finer one would serve as well, but give other pixels than
    the same request gets when nothing is remembered.
    """

    def __init__(self, max_bytes: int) -> None:
        self._recent: LRUCache[str, Decoded] = LRUCache(max_bytes, getsizeof=_size)
        self._flights: SingleFlight[Decoded] = SingleFlight()
        self._lock = Lock()
        self.decodes = 0
        """How often pixels were really decoded."""

    def decode(self, digest: str, data: bytes, header: Header, scale: float) -> Decoded:
        """As `decode`, for the frame of an original that `digest` names; nobody changes what it gives."""
        reduction = reduction_of(header, scale)
        if reduction is None:
            return self._decoded(data, header, scale)
        key = f"{digest} {header.has_alpha} {reduction}"
        with self._lock:
            recent = self._recent.get(key)
        return recent or self._flights.do(key, lambda: self._remembered(key, data, header, scale))

    def of(self, digest: str) -> DecoderOfOne:
        """A decoder of the original that `digest` names."""
        return DecoderOfOne(self, digest)

    def _decoded(self, data: bytes, header: Header, scale: float) -> Decoded:
        with self._lock:
            self.decodes += 1
        return decode(data, header, scale)

    def _remembered(self, key: str, data: bytes, header: Header, scale: float) -> Decoded:
        with self._lock:  # a flight that has just landed left it there
            if recent := self._recent.get(key):
                return recent
        decoded = self._decoded(data, header, scale)
        with self._lock, suppress(ValueError):  # larger than all that is remembered
            self._recent[key] = decoded
        return decoded


@dataclass(frozen=True, slots=True)
class DecoderOfOne:
    """See `Decoder`; what comes in strips is for one cut and not remembered."""

    decodes: Decodes
    digest: str

    def decode(self, data: bytes, header: Header, scale: float) -> Decoded:
        """From memory, or what others decode just now, or anew."""
        return self.decodes.decode(self.digest, data, header, scale)

    def decode_cut(
        self, data: bytes, header: Header, scale: float, box: Box, size: Size
    ) -> tuple[Image.Image, bytes | None] | None:
        """Anew."""
        return decode_cut(data, header, scale, box, size)


def _size(decoded: Decoded) -> int:
    """Bytes in memory: Pillow gives four to every pixel that has more than one channel."""
    image = decoded.image
    return image.width * image.height * (1 if image.mode == "L" else 4)
