"""A gravity as it is written: what is printed parses to the same gravity."""

from __future__ import annotations

from keepsight.transformation.gravity import Area, Auto, Custom, Faces, Gravity, Objects, XYCenter
from keepsight.transformation.scalars import length_text
from keepsight.transformation.values import Compass


def gravity_text(gravity: Gravity) -> str:
    """The value of `g_`, unescaped."""
    match gravity:
        case Compass():
            return str(gravity)
        case XYCenter():
            return "xy_center"
        case Faces():
            return _faces(gravity)
        case Custom(faces):
            return f"custom:{_faces(faces)}" if faces else "custom"
        case Objects(words, fallback):
            return ":".join([*words, *([_auto(fallback)] if fallback else [])])
        case Auto():
            return _auto(gravity)


def _faces(faces: Faces) -> str:
    word = "faces" if faces.every else "face"
    match faces.fallback:
        case Compass.NORTH:
            return word
        case Auto() as auto:
            return f"{word}:{_auto(auto)}"
        case _:
            return f"{word}:center"


def _auto(auto: Auto) -> str:
    avoids_faces = any(f.avoid and f.name == "faces" for f in auto.focals)
    words = [
        "auto",
        *([auto.algorithm] if auto.algorithm else []),
        *(f.text for f in auto.focals),
        *([_area(auto.area)] if auto.area else []),
        *(["custom_no_override"] if not auto.custom and auto.area is None else []),
        *(["no_faces"] if not auto.faces and not avoids_faces else []),
        *([str(auto.aggressiveness)] if auto.aggressiveness is not None else []),
        *(["thirds_0"] if not auto.thirds else []),
    ]
    return ":".join(words)


def _area(area: Area) -> str:
    return "_".join(["aoi", *(length_text(v) for v in (area.x, area.y, area.width, area.height))])
