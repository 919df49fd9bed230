"""JSON as strangers may send it: finite numbers, whole characters, and no deeper than what anybody means."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from typing import Any

DEEPEST = 32
"""Lists and objects inside one another."""
_TOO_DEEP = f"it is too deep (expected at most {DEEPEST} lists and objects inside one another)"


def read_json(text: bytes | str) -> Any:
    """The value of a text. Raises ValueError in words."""
    try:
        value = json.loads(text, parse_constant=_no_number, parse_float=_finite)
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None
    layer = [value]
    for _ in range(DEEPEST):
        layer = [each for outer in layer for each in _inside(outer) if isinstance(each, dict | list)]
        if not layer:
            return _encodable(value)
    raise ValueError(_TOO_DEEP)


def _encodable(value: Any) -> Any:
    """The value, when UTF-8 has all of its characters: json.loads lets halves of surrogate pairs through."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise ValueError("half of a surrogate pair is no character") from None
    return value


def _inside(value: Any) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _no_number(text)


def _no_number(text: str) -> float:
    raise ValueError(f"{text[:40]} is no number that can be kept")
