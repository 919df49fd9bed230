"""The texts of parameters as values; JSON bodies may give the values themselves. Each raises ValueError in words."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator

from keepsight.api.strict_json import read_json
from keepsight.assets.coordinates import Rectangle

MOST_TAGS = 1_000
MOST_BOXES = 1_000
_UNESCAPED_PIPE = re.compile(r"(?<!\\)((?:\\\\)*)\|")
_TRUE, _FALSE = frozenset({"1", "true", "t", "yes"}), frozenset({"0", "false", "f", "no", ""})


def boolean(value: Any) -> bool:
    """`1` and `0` of the upload SDKs, `true` and `false` of the Admin ones."""
    if isinstance(value, bool):
        return value
    text = str(value).lower()
    if text not in _TRUE | _FALSE:
        raise ValueError("expected true or false")
    return text in _TRUE


def words(value: Any) -> tuple[str, ...]:
    """A list separated by commas, or a list; blank ones dropped, each once."""
    listed = value if isinstance(value, list | tuple) else [value]
    if not all(isinstance(each, str | int | float) for each in listed):
        raise ValueError("expected texts separated by commas")
    found = (word.strip() for each in listed for word in str(each).split(","))
    unique = tuple(dict.fromkeys(word for word in found if word))
    if len(unique) > MOST_TAGS:
        raise ValueError(f"expected at most {MOST_TAGS}")
    return unique


def pairs(value: Any) -> dict[str, str]:
    """`name=value|name=value`; `\\|` and `\\=` stand for the characters themselves. JSON bodies may give an object."""
    if isinstance(value, Mapping):
        return {str(name): _scalar(each) for name, each in value.items()}
    found: dict[str, str] = {}
    for pair in _split_pairs(str(value)):
        name, equals, text = _split_once(pair)
        if not equals or not name.strip():
            raise ValueError(f"{pair[:80]!r} is no pair (expected name=value|name=value, | and = in them after \\)")
        found[name.strip()] = text
    return found


def metadata(value: Any) -> dict[str, Any]:
    """As `pairs`, and a value that is a JSON list is one."""
    given = value if isinstance(value, Mapping) else pairs(value)
    return {str(name): _listed(each) for name, each in given.items()}


def rectangles(value: Any) -> tuple[Rectangle, ...]:
    """`x,y,width,height|x,y,width,height`, or a list of such lists; pixels of the upright original."""
    if isinstance(value, str):
        boxes: Any = [box.split(",") for box in value.split("|")] if value.strip() else []
    else:
        boxes = [value] if _is_box(value) else value
    if not isinstance(boxes, list | tuple) or len(boxes) > MOST_BOXES:
        raise ValueError(f"expected at most {MOST_BOXES} boxes x,y,width,height joined by |")
    return tuple(_rectangle(box) for box in boxes)


def threshold(value: Any) -> float | Literal["default"]:
    """A confidence 0..1, or `default`: that of each model."""
    if value == "default":
        return "default"
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = -1.0
    if not 0 <= number <= 1 or isinstance(value, bool):
        raise ValueError("expected a number from 0 to 1, or default")
    return number


def _rectangle(box: Any) -> Rectangle:
    try:
        x, y, width, height = (float(side) for side in box)
    except (TypeError, ValueError):
        raise ValueError(f"{str(box)[:80]} is no box (expected x,y,width,height)") from None
    if not all(map(math.isfinite, (x, y, width, height))) or width < 0 or height < 0:
        raise ValueError(f"{str(box)[:80]} is no box (expected finite numbers, width and height at least 0)")
    return x, y, width, height


def _is_box(value: Any) -> bool:
    return isinstance(value, list | tuple) and len(value) == 4 and all(isinstance(v, int | float) for v in value)


def _split_pairs(text: str) -> list[str]:
    separated = _UNESCAPED_PIPE.sub("\\1\0", text)
    return [pair for pair in separated.split("\0") if pair.strip()]


def _split_once(pair: str) -> tuple[str, str, str]:
    """At the first `=` without a backslash before it; escapes undone on both sides."""
    at = re.search(r"(?<!\\)(?:\\\\)*=", pair)
    if at is None:
        return pair, "", ""
    return _plain(pair[: at.end() - 1]), "=", _plain(pair[at.end() :])


def _plain(text: str) -> str:
    return re.sub(r"\\([|=\\])", r"\1", text)


def _scalar(value: Any) -> str:
    if isinstance(value, bool | int | float | str):
        return str(value)
    raise ValueError("expected texts")


def _listed(value: Any) -> Any:
    if isinstance(value, str) and value.startswith("["):
        try:
            parsed = read_json(value)
        except ValueError:
            return value
        value = parsed
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return value
    return value if isinstance(value, int | float) and not isinstance(value, bool) else _scalar(value)


Boolean = Annotated[bool, BeforeValidator(boolean, json_schema_input_type=bool | Literal["0", "1", "true", "false"])]
Words = Annotated[tuple[str, ...], BeforeValidator(words, json_schema_input_type=str | list[str])]
Pairs = Annotated[dict[str, str], BeforeValidator(pairs, json_schema_input_type=str | dict[str, str])]
Metadata = Annotated[dict[str, Any], BeforeValidator(metadata, json_schema_input_type=str | dict[str, Any])]
Rectangles = Annotated[
    tuple[Rectangle, ...], BeforeValidator(rectangles, json_schema_input_type=str | list[list[float]])
]
Threshold = Annotated[
    float | Literal["default"], BeforeValidator(threshold, json_schema_input_type=float | str | Literal["default"])
]
