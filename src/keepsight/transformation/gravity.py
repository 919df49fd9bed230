"""Where to look: `g_` as types."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from keepsight.transformation.values import Compass, Length

FACE_WORDS = frozenset({"face", "faces", "adv_face", "adv_faces"})
"""Words for faces. They are part of every installation, so they need no signature."""


@dataclass(frozen=True, slots=True)
class XYCenter:
    """`g_xy_center`: `x_` and `y_` name the centre of the window."""


@dataclass(frozen=True, slots=True)
class Focal:
    """One word of an automatic gravity: an object, a category, or the faces.

    `weight` is a share of full weight (`cat_30` is 0.3). `text` is the word as it was written, because a model may
    know a name that ends in `_avoid` or in digits.
    """

    name: str
    avoid: bool = False
    weight: Fraction = Fraction(1)
    text: str = ""


@dataclass(frozen=True, slots=True)
class Area:
    """`aoi_<x>_<y>_<w>_<h>`: an area of interest in the original, in pixels or shares of it."""

    x: Length
    y: Length
    width: Length
    height: Length


@dataclass(frozen=True, slots=True)
class Auto:
    """`g_auto[:algorithm][:focal…][:n][:thirds_0]`; the order of the words never matters."""

    algorithm: Literal["classic", "subject"] | None = None
    focals: tuple[Focal, ...] = ()
    """Sorted and without duplicates, so that every order of the words is one plan."""
    area: Area | None = None
    custom: bool = True
    """Whether stored custom coordinates override everything: not with `custom_no_override`, `aoi_…` or `none`."""
    faces: bool = True
    """Whether faces count without being named: not with `no_faces`, `faces_avoid` or `none`."""
    aggressiveness: int | None = None
    """0 tight … 100 keeps more; with `c_thumb` only."""
    thirds: bool = True
    """Whether a subject may be placed on a third; `thirds_0` says no."""

    @property
    def object_words(self) -> tuple[str, ...]:
        """The words that may name objects, with and without what looks like a suffix."""
        words = (w for f in self.focals if f.name not in FACE_WORDS for w in (f.name, f.text))
        return tuple(dict.fromkeys(words))


@dataclass(frozen=True, slots=True)
class Faces:
    """The face family: the largest face, or with `every` the hull of all. `fallback` holds when there is none."""

    every: bool
    fallback: Compass | Auto = Compass.NORTH


@dataclass(frozen=True, slots=True)
class Custom:
    """Stored custom coordinates; without any, the faces if `faces` is set, else the centre."""

    faces: Faces | None = None


@dataclass(frozen=True, slots=True)
class Objects:
    """`g_a:b[:auto[:…]]`: the first word that is found wins; `fallback` if none is, else the centre."""

    words: tuple[str, ...]
    fallback: Auto | None = None


Gravity = Compass | XYCenter | Faces | Custom | Auto | Objects
"""What `g_` may be."""


def automatic_part(gravity: Gravity | None) -> Auto | None:
    """The automatic gravity in the value, itself or as a fallback; such a value needs a width or a height."""
    match gravity:
        case (
            (Auto() as auto)
            | Objects(fallback=Auto() as auto)
            | Faces(fallback=Auto() as auto)
            | Custom(faces=Faces(fallback=Auto() as auto))
        ):
            return auto
        case _:
            return None


def asks_faces(gravity: Gravity | None) -> bool:
    """Whether the faces of the picture may decide."""
    match gravity:
        case Faces() | Custom(faces=Faces()):
            return True
        case Objects(words) if not FACE_WORDS.isdisjoint(words):
            return True
        case _:
            return automatic_part(gravity) is not None


def asks_coordinates(gravity: Gravity | None) -> bool:
    """Whether coordinates that are stored with the picture may decide."""
    return isinstance(gravity, Custom) or asks_faces(gravity)


def finds_box(gravity: Gravity | None) -> bool:
    """Whether the gravity gives a box by itself, so that `c_crop` needs no size."""
    return isinstance(gravity, Faces | Custom | Objects)
