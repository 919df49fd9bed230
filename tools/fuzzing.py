"""What the fuzz tools share: heaps of words, and the loop."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

import atheris


def heap(data: atheris.FuzzedDataProvider, words: Sequence[Sequence[str]], joints: str, most: int = 60) -> str:
    """Words of a language in any order, each from one of the lists, with one of the joints behind it or none."""
    parts: list[str] = []
    while data.remaining_bytes() and len(parts) < most:
        some = words[data.ConsumeIntInRange(0, len(words) - 1)]
        parts.append(some[data.ConsumeIntInRange(0, len(some) - 1)])
        if data.ConsumeBool():
            parts.append(joints[data.ConsumeIntInRange(0, len(joints) - 1)])
    return "".join(parts)


def fuzz(one: Callable[[bytes], None]) -> None:
    """Call `one` with input after input, guided by coverage; what it raises is a find. Options are libFuzzer's."""
    atheris.Setup(sys.argv, one)
    atheris.Fuzz()
