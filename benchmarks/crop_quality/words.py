"""How a task is said in a URL: the words for its class and the transformation around them."""

from __future__ import annotations

from functools import cache
from typing import Any, cast

from inflect import engine

from benchmarks.crop_quality.tasks import Kind, Mode, Task
from keepsight.detect.vocabulary import Vocabulary, as_token

_SHIPPED = ("coco", "lvis", "openimages")


def singular(name: str) -> str:
    """The class name as a token of a URL: `wine glass` is `wine_glass`."""
    return as_token(name)


@cache
def plural(name: str) -> str:
    """The word that asks for every instance: `people`, `wine_glasses`, `sheeps`.

    English first; where that word is the singular again, an added `s`, if a vocabulary knows it as a plural. A class
    without any plural (`scissors`) keeps its name and is then understood as one instance.
    """
    token = as_token(name)
    head, joint, last = token.rpartition("_")
    words = (head + joint + engine().plural_noun(cast("Any", last)), f"{token}s")
    return next((word for word in words if _is_plural(word)), words[0])


def _is_plural(word: str) -> bool:
    matches = (Vocabulary.named(name).lookup(word) for name in _SHIPPED)
    return next((match.plural for match in matches if match is not None), False)


def gravity(task: Task) -> str:
    """What stands behind `g_`. Automatic gravity where the mode has a size to give it, else the object itself."""
    match task.kind:
        case Kind.SINGLE:
            return singular(task.name) if task.mode is Mode.CROP else f"auto:{singular(task.name)}"
        case Kind.PROMINENT:
            return singular(task.name)
        case Kind.PLURAL:
            return plural(task.name)
        case Kind.AVOID:
            return f"auto:{singular(task.name)}_avoid"
        case Kind.PLAIN:
            return "auto"


def transformation(task: Task) -> str:
    """The component of the URL. `c_crop` is asked for by ratio: it never scales, so a size would fix the window."""
    if task.mode is Mode.CROP:
        return f"c_crop,ar_{task.ratio},g_{gravity(task)}"
    size = task.ratio.request
    return f"c_{task.mode},w_{size.width},h_{size.height},g_{gravity(task)}"
