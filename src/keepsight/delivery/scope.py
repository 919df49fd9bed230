"""What expressions and conditions ask of a picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from keepsight.crop.anchor import Fixed
from keepsight.crop.box import Size
from keepsight.focus.focus import Focus
from keepsight.focus.sight import Sight
from keepsight.transformation.values import Compass


@dataclass(frozen=True, slots=True)
class PictureScope:
    """Answers for one picture at the point of its chain where it is asked."""

    sight: Sight
    now: Callable[[], Size]
    """Size at this point."""
    tell: Callable[[Focus], None]
    """Hears of what had to be looked for, and of models that could not be asked."""

    def characteristic(self, name: str) -> Fraction | str:
        """One of `expression.CHARACTERISTICS`."""
        size, original = self.now(), self.sight.size
        match name:
            case "w":
                return Fraction(size.width)
            case "h":
                return Fraction(size.height)
            case "ar":
                return Fraction(size.width, size.height)
            case "iw":
                return Fraction(original.width)
            case "ih":
                return Fraction(original.height)
            case "iar":
                return Fraction(original.width, original.height)
            case "tar":
                trimmed = self.sight.trimmed()
                return Fraction(trimmed.width, trimmed.height)
            case "pc":
                return Fraction(self.sight.pages)
            case "cp":
                return Fraction(self.sight.page)
            case "fc":
                return self._faces()
            case "px" | "py":  # pages that lie somewhere in a larger picture are those of Photoshop documents
                return Fraction(0)
            case "tags":
                return ":".join(self.sight.tags)
            case _:
                raise KeyError(name)

    def stored(self, kind: str, key: str) -> str:
        """A value of the asset's context or metadata."""
        return self.sight.stored(kind, key)

    def _faces(self) -> Fraction:
        found = self.sight.faces()
        if found.unavailable:
            self.tell(Focus(Fixed(Compass.CENTER), "face count", unavailable=found.unavailable))
        return Fraction(len(found.detections))
