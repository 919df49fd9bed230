"""The text of `g_` into a typed gravity."""

from __future__ import annotations

import re
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from fractions import Fraction
from typing import Literal, cast

from keepsight.transformation.gravity import (
    FACE_WORDS,
    Area,
    Auto,
    Custom,
    Faces,
    Focal,
    Gravity,
    Objects,
    XYCenter,
)
from keepsight.transformation.scalars import length
from keepsight.transformation.values import Compass

EXPECTED = (
    "a compass direction, center, xy_center, face, faces, custom, auto with its options, or objects such as cat:dog"
)

_COMPASS = frozenset(Compass)
_ALGORITHMS = frozenset({"classic", "subject"})
_FLAGS = frozenset({"thirds_0", "thirds_1", "custom_no_override", "no_faces", "none"})
_WORD = re.compile(r"[^\W_][\w .'&()+-]*")
_SUFFIXES = re.compile(r"(?P<name>.+?)(?P<avoid>_avoid)?(?:_(?P<weight>\d{1,3}))?")
_NOT_OFFERED = re.compile(r"liquid|region_!.*|clipping_path_!.*|cld-decompose_tile|track_person.*|g_.*")


def gravity(text: str) -> Gravity:
    """Parse the value of `g_`, percent-decoded.

    Raises ValueError with the reason, or without one where the general expectation says it all.
    """
    if text in _COMPASS:
        return Compass(text)
    head, *rest = text.split(":")
    if head in FACE_WORDS:
        return _faces(head, rest)
    if head == "ocr_text" and rest[:1] == ["adv_ocr"]:  # the name of the add-on, which some SDKs write behind it
        rest = rest[1:]
    match head:
        case "xy_center" if not rest:
            return XYCenter()
        case "custom":
            return Custom(_faces(rest[0], rest[1:]) if rest else None)
        case "auto":
            return _auto(rest)
        case _:
            return _objects([head, *rest])


def _faces(head: str, rest: list[str]) -> Faces:
    if head not in FACE_WORDS:
        raise ValueError("after custom: face or faces")
    every = head.endswith("faces")
    match rest:
        case []:
            return Faces(every)
        case ["center"]:
            return Faces(every, Compass.CENTER)
        case ["auto", *options]:
            return Faces(every, _auto(options))
        case _:
            raise ValueError(f"after {head}: center or auto")


def _objects(words: list[str]) -> Objects:
    if "auto" not in words:
        return Objects(tuple(_word(w) for w in words))
    at = words.index("auto")
    return Objects(tuple(_word(w) for w in words[:at]), _auto(words[at + 1 :]))


_ALIASES = {"adv_eyes": "eyes"}
"""Built-in words that are plain names of an object here."""


def _word(text: str) -> str:
    if _NOT_OFFERED.fullmatch(text):
        raise ValueError(f"{text} is not offered by this server")
    if not _WORD.fullmatch(text):
        raise ValueError(f"{text or 'nothing'!r} is no name of an object")
    return _ALIASES.get(text, text)


def _auto(options: list[str]) -> Auto:
    flags = _FLAGS & set(options)
    algorithm = _at_most_one("algorithm", _ALGORITHMS & set(options))
    level = _at_most_one("level", {o for o in options if o.isdecimal()})
    area = _at_most_one("area of interest", {o for o in options if o.startswith("aoi_")})
    if level is not None and int(level) > 100:
        raise ValueError("the level is a whole number from 0 to 100")
    settings = {*flags, algorithm, level, area}
    focals = _merged(_focal(o) for o in options if o not in settings)
    return Auto(
        algorithm=cast(Literal["classic", "subject"] | None, algorithm),
        focals=focals,
        area=_area(area) if area else None,
        custom=area is None and not flags & {"custom_no_override", "none"},
        faces=not flags & {"no_faces", "none"} and not any(f.avoid and f.name in FACE_WORDS for f in focals),
        aggressiveness=None if level is None else int(level),
        thirds="thirds_0" not in flags,
    )


def _at_most_one(what: str, found: AbstractSet[str]) -> str | None:
    if len(found) > 1:
        raise ValueError(f"only one {what} can be given")
    return next(iter(found), None)


def _merged(focals: Iterable[Focal]) -> tuple[Focal, ...]:
    """Sorted, each name once and with its largest weight: order and repetition mean nothing."""
    names: dict[str, Focal] = {}
    for focal in focals:
        other = names.setdefault(focal.name, focal)
        if other.avoid != focal.avoid:
            raise ValueError(f"{focal.name} cannot be both kept and avoided")
        names[focal.name] = max(other, focal, key=lambda f: (f.weight, f.text))
    return tuple(names[name] for name in sorted(names))


def _focal(text: str) -> Focal:
    parts = _SUFFIXES.fullmatch(_word(text))
    if parts is None:  # `_word` saw at least one letter or digit, which the name group takes
        raise ValueError(f"{text!r} is no name of an object")
    name, avoid, weight = parts["name"], bool(parts["avoid"]), int(parts["weight"] or 100)
    if not 1 <= weight <= 100:  # no percentage: the digits belong to the name, as in boeing_747
        name, avoid, weight = text, False, 100
    # One or all of the faces makes no difference here: each is a focal box of its own.
    return Focal("faces" if name in FACE_WORDS else name, avoid, Fraction(weight, 100), text)


def _area(text: str) -> Area:
    values = text.removeprefix("aoi_").split("_")
    if len(values) != 4:
        raise ValueError("an area of interest is aoi_<x>_<y>_<width>_<height>")
    x, y, width, height = (length(v) for v in values)
    if width <= 0 or height <= 0:
        raise ValueError("an area of interest has a positive width and height")
    return Area(x, y, width, height)
