"""What the page asks for, typed, as components of the URL language: the page itself knows no word of it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from keepsight.api.parsing import Parameters
from keepsight.responsive import Component, Cut

Mode = Literal[
    "fill", "lfill", "fill_pad", "crop", "thumb", "auto", "scale", "fit", "limit", "mfit", "pad", "lpad", "mpad"
]
Where = Literal[
    "auto", "objects", "face", "faces", "custom", "center", "north", "south", "east", "west",
    "north_east", "north_west", "south_east", "south_west",
]  # fmt: skip
Word = Annotated[str, StringConstraints(pattern=r"^[^\s,/:$%?#]{1,100}$")]
Ratio = Annotated[str, StringConstraints(pattern=r"^\d{1,5}(\.\d{1,4})?(:\d{1,5}(\.\d{1,4})?)?$")]
Side = Annotated[int, Field(ge=1, le=10_000)]
OutputFormat = Literal["auto", "jpg", "png", "webp", "avif", ""]

_WITHOUT_GRAVITY = frozenset({"scale", "fit", "limit", "mfit"})
_COMPASS_ONLY = frozenset({"pad", "lpad", "mpad"})
_PADDING = frozenset({"fill_pad", "pad", "lpad", "mpad"})


class Thing(BaseModel):
    """A word of a gravity, and how it counts."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    word: Word
    avoid: bool = False
    weight: int = Field(100, ge=0, le=100)
    """Percent."""

    @property
    def text(self) -> str:
        """As `g_auto` takes it."""
        if self.avoid:
            return f"{self.word}_avoid"
        return self.word if self.weight == 100 else f"{self.word}_{self.weight}"


class Focused(Parameters):
    """A photo and what matters in it."""

    photo: str
    gravity: Where = "auto"
    objects: Annotated[tuple[Thing, ...], Field(max_length=20)] = ()
    fallback: bool = False
    """Whether objects that are not found leave the choice to automatic gravity, and not to the centre."""

    @property
    def gravity_text(self) -> str:
        """The value of `g_`."""
        if self.gravity == "auto":
            return ":".join(("auto", *(thing.text for thing in self.objects)))
        if self.gravity != "objects":
            return self.gravity
        words = [thing.word for thing in self.objects]
        return ":".join([*words, "auto"] if self.fallback else words)

    @model_validator(mode="after")
    def _something_to_look_for(self) -> Focused:
        if self.gravity == "objects" and not self.objects:
            raise ValueError("choose an object to look for, or another gravity")
        return self


class CropWish(Focused):
    """One crop."""

    mode: Mode = "fill"
    width: Side | None = None
    height: Side | None = None
    ratio: Ratio | None = None
    zoom: Annotated[float, Field(gt=0, le=100)] | None = None
    format: OutputFormat = "auto"

    @property
    def component(self) -> Component:
        """All of it in one component; what the mode has no use for is left out."""
        gravity = None if self.mode in _WITHOUT_GRAVITY else self.gravity_text
        if self.mode in _COMPASS_ONLY and self.gravity in ("auto", "objects", "face", "faces", "custom"):
            gravity = None
        both = self.width is not None and self.height is not None
        parameters = {
            "c": self.mode,
            "g": gravity,
            "w": str(self.width) if self.width else None,
            "h": str(self.height) if self.height else None,
            "ar": None if both else self.ratio,
            "z": f"{self.zoom:g}" if self.zoom and self.zoom != 1 and self.mode in ("crop", "thumb", "auto") else None,
            "b": "auto" if self.mode in _PADDING else None,
            "f": self.format or None,
            "q": "auto" if self.format else None,
        }
        return {name: value for name, value in parameters.items() if value is not None}

    @property
    def cut(self) -> Cut:
        """The same at any width."""
        left = {
            name: value for name, value in self.component.items() if name not in {"c", "g", "w", "h", "ar", "f", "q"}
        }
        both = self.width is not None and self.height is not None
        ratio = f"{self.width}:{self.height}" if both else self.ratio
        return Cut(self.mode, self.component.get("g"), ratio, tuple(left.items()))


class PictureWish(Focused):
    """An art-directed picture."""

    medium_ratio: Ratio = "4:3"
    small_ratio: Ratio = "1:1"
    alt: Annotated[str, StringConstraints(max_length=500)] = ""
    formats: Annotated[tuple[Literal["auto", "avif", "webp", "jpg"], ...], Field(min_length=1, max_length=4)] = (
        "auto",
    )


class DetectWish(Parameters):
    """A look by one model."""

    photo: str
    model: Annotated[str, StringConstraints(min_length=1, max_length=100)]
