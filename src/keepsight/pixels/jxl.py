"""What the first bits of a JPEG XL say, read without its decoder.

The plugin for Pillow decodes the whole file while it opens it. Layout: ISO/IEC 18181-1:2024, annex D (image header);
the container is made of boxes (18181-2).
"""

from __future__ import annotations

from dataclasses import dataclass

from keepsight.pixels.boxes import boxes

BARE = b"\xff\x0a"
BOXED = b"\0\0\0\x0cJXL \r\n\x87\n"
_HEAD = 4_096
"""Bytes of the codestream that are looked at; what is read of it takes less than 40."""
_RATIOS = {1: (1, 1), 2: (12, 10), 3: (4, 3), 4: (3, 2), 5: (16, 9), 6: (5, 4), 7: (2, 1)}


@dataclass(frozen=True, slots=True)
class Stream:
    """Size in pixels of the upright picture; whether it moves; planes beyond colour, alpha among them."""

    width: int
    height: int
    animated: bool
    extra_channels: int


def survey(data: bytes) -> Stream | None:
    """The image header; None where there is none or it is cut short."""
    try:
        return _image_header(_Bits(_codestream(data)))
    except IndexError:
        return None


def _codestream(data: bytes) -> bytes:
    if data.startswith(BARE):
        return data[2:_HEAD]
    stream = b""
    for box in boxes(data):
        if box.kind in (b"jxlc", b"jxlp") and len(stream) < _HEAD:
            start = box.start + (4 if box.kind == b"jxlp" else 0)  # behind the number of the part
            stream += data[start : min(box.end, start + _HEAD)]
    if not stream.startswith(BARE):
        raise IndexError
    return stream[2:]


class _Bits:
    """Bits of a codestream, the lowest of each byte first."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def take(self, count: int) -> int:
        """The next `count` bits as a number. Raises IndexError at the end."""
        value = 0
        for bit in range(count):
            value |= (self._data[self._at >> 3] >> (self._at & 7) & 1) << bit
            self._at += 1
        return value

    def choose(self, *choices: tuple[int, int]) -> int:
        """U32: two bits choose one of four (offset, bits)."""
        offset, bits = choices[self.take(2)]
        return offset + self.take(bits)


def _image_header(bits: _Bits) -> Stream:
    width, height = _size(bits)
    if bits.take(1):  # all_default: an upright still without alpha
        return Stream(width, height, animated=False, extra_channels=0)
    turned = animated = False
    if bits.take(1):  # extra_fields
        turned = bits.take(3) + 1 >= 5
        if bits.take(1):
            _size(bits)  # intrinsic size
        if bits.take(1):
            _preview_size(bits)
        animated = bool(bits.take(1))
        if animated:
            bits.choose((100, 0), (1000, 0), (1, 10), (1, 30))  # ticks a second, numerator
            bits.choose((1, 0), (1001, 0), (1, 8), (1, 10))  # denominator
            bits.choose((0, 0), (0, 3), (0, 16), (0, 32))  # plays
            bits.take(1)  # have_timecodes
    if bits.take(1):  # float samples
        bits.choose((32, 0), (16, 0), (24, 0), (1, 6))
        bits.take(4)
    else:
        bits.choose((8, 0), (10, 0), (12, 0), (1, 6))
    bits.take(1)  # modular_16bit_buffers
    extra = bits.choose((0, 0), (1, 0), (2, 4), (1, 12))
    return Stream(*((height, width) if turned else (width, height)), animated, extra)


def _size(bits: _Bits) -> tuple[int, int]:
    small = bits.take(1)

    def side() -> int:
        return 8 * (bits.take(5) + 1) if small else bits.choose((1, 9), (1, 13), (1, 18), (1, 30))

    height = side()
    ratio = bits.take(3)
    return (height * _RATIOS[ratio][0] // _RATIOS[ratio][1] if ratio else side()), height


def _preview_size(bits: _Bits) -> None:
    eighths = bits.take(1)

    def side() -> None:
        bits.choose(*(((16, 0), (32, 0), (1, 5), (33, 9)) if eighths else ((1, 6), (65, 8), (321, 10), (1345, 12))))

    side()
    if not bits.take(3):
        side()
