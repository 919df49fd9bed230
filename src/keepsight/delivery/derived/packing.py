"""A derived image as a file that describes itself.

A line and the body. The line is a checksum of all that follows it, and JSON: the key, the length of the body, what is
said with it. So a file that is cut short, holds other bytes than were written, or is not the one asked for is seen.

CRC-32 because it is asked on every lookup and only has to find what disks do: 7 us for 30 KB, SHA-256 takes 17 and
BLAKE2 32. It is what makes fsync unnecessary: after a power cut a file may be there with blocks of zeros, or of
somebody else; it is then as good as absent.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import asdict

from keepsight.delivery.derived.image import Content, Derived

_SUM = 9
"""Bytes of the checksum, eight hexadecimal digits, and the blank behind it."""


def pack(derived: Derived, key: str) -> bytes:
    """The image as such a file."""
    head = asdict(derived) | {"key": key, "bytes": len(derived.body)}
    del head["body"]
    told = json.dumps(head).encode() + b"\n"
    return b"%08x " % zlib.crc32(derived.body, zlib.crc32(told)) + told + derived.body


def unpack(content: bytes, key: str) -> Derived | None:
    """The image in such a file; None when it is damaged or that of another key."""
    end = content.find(b"\n")
    try:
        if zlib.crc32(memoryview(content)[_SUM:]) != int(content[:_SUM], 16):
            return None
        head = json.loads(content[_SUM:end])
        body = content[end + 1 :]
        if head.pop("key") != key or head.pop("bytes") != len(body):
            return None
        pictured, warnings = head.pop("content"), tuple(head.pop("warnings"))
        return Derived(body=body, content=Content(**pictured) if pictured else None, warnings=warnings, **head)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
