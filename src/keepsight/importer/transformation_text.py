"""Transformations as the Admin API tells them, a list of parameters with long names, as they stand in URLs.

`[{"width": 100, "crop": "fill"}, {"effect": "sepia"}]` is `c_fill,w_100/e_sepia`. The names are those that the
official SDKs give to the parameters of the URL language.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_KEYS = {
    "width": "w", "height": "h", "crop": "c", "gravity": "g", "x": "x", "y": "y", "zoom": "z", "aspect_ratio": "ar",
    "radius": "r", "angle": "a", "effect": "e", "opacity": "o", "border": "bo", "background": "b", "color": "co",
    "overlay": "l", "underlay": "u", "default_image": "d", "density": "dn", "dpr": "dpr", "page": "pg",
    "fetch_format": "f", "format": "f", "quality": "q", "prefix": "p", "flags": "fl", "transformation": "t",
    "color_space": "cs", "delay": "dl", "if": "if", "custom_function": "fn", "custom_pre_function": "fn_pre:",
    "start_offset": "so", "end_offset": "eo", "duration": "du", "offset": "so", "fps": "fps", "video_codec": "vc",
    "audio_codec": "ac", "bit_rate": "br", "video_sampling": "vs", "audio_frequency": "af", "keyframe_interval": "ki",
    "streaming_profile": "sp",
}  # fmt: skip
_COLOURS = frozenset({"background", "color"})
_JOINED = {"flags": ".", "transformation": ".", "angle": ".", "radius": ":", "effect": ":"}
"""What stands between the parts of a list."""


def transformation_text(value: Any) -> str:
    """The text of a transformation: itself, or that of components. Raises ValueError naming what has no text."""
    if isinstance(value, str):
        return value.strip().strip("/")
    components = value if isinstance(value, list) else [value]
    texts = [each if isinstance(each, str) else _component(each) for each in components]
    return "/".join(text for text in texts if text)


def _component(component: Any) -> str:
    if not isinstance(component, Mapping):
        raise ValueError(f"{str(component)[:80]} is no component of a transformation")
    items: list[str] = []
    for name, value in component.items():
        if value is None or value == "":
            continue
        if name == "raw_transformation":
            items.append(str(value))
        elif name == "variables":
            items += [f"{variable}_{text}" for variable, text in value]
        elif str(name).startswith("$"):
            items.append(f"{name}_{_value(name, value)}")
        elif (key := _KEYS.get(str(name), str(name) if str(name) in _SHORT else None)) is not None:
            items.append(f"{key}{_value(name, value)}" if key.endswith(":") else f"{key}_{_value(name, value)}")
        else:
            raise ValueError(f"no parameter of a URL is known for {str(name)[:80]!r}")
    # Conditions come first, then variables: both count for what stands behind them.
    return ",".join(sorted(items, key=lambda item: (not item.startswith("if_"), not item.startswith("$"))))


def _value(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return _JOINED.get(name, ":").join(str(part) for part in value)
    if isinstance(value, Mapping):
        if name == "border":
            return f"{value.get('width', 2)}px_solid_{_colour(str(value.get('color', 'black')))}"
        raise ValueError(f"{name} is an object whose text is not known")
    text = str(value)
    if name in _COLOURS:
        return _colour(text)
    return text.replace("/", ":") if name in ("overlay", "underlay") and "http" not in text else text


def _colour(text: str) -> str:
    return f"rgb:{text[1:]}" if text.startswith("#") else text


_SHORT = frozenset(key for key in _KEYS.values() if not key.endswith(":"))
