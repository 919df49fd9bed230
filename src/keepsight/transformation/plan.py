"""What a transformation string means: frozen steps, in the order in which they run."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from keepsight.transformation.gravity import FACE_WORDS, Gravity, Objects, automatic_part
from keepsight.transformation.values import Background, Colour, Length, Mode, Quality, Turn


@dataclass(frozen=True, slots=True)
class Resize:
    """One resize or crop. Sizes already carry the device pixel ratio; what is None was not asked for."""

    mode: Mode
    width: Length | None = None
    height: Length | None = None
    ratio: Fraction | None = None
    """Wanted width over height; ignored when both sides are given."""
    gravity: Gravity | None = None
    x: Length | None = None
    y: Length | None = None
    zoom: Fraction = Fraction(1)
    """Divisor of the detected box: above 1 closer, below 1 wider."""
    background: Background | None = None


@dataclass(frozen=True, slots=True)
class Rotate:
    """Quarter turns and flips, in order; they run after the resize of their component."""

    turns: tuple[Turn, ...]


Step = Resize | Rotate


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that a URL asks of one picture.

    `repr(plan)` is its canonical text: two spellings that mean the same have the same repr, and a field added later
    enters it by itself. The key of a derived image is made from it.
    """

    steps: tuple[Step, ...] = ()
    format: str | None = None
    """Output format as `f_` names it (`jpeg`, `auto`, …); None: the extension, else the format of the original."""
    quality: Quality | None = None
    flatten: Colour | None = None
    """The colour under transparency where the output format has none, or where `b_` asks for it."""
    getinfo: bool = False

    @property
    def transforms(self) -> bool:
        """Whether anything at all is asked beyond the original's own bytes."""
        return self != Plan()

    @property
    def gravities(self) -> tuple[Gravity, ...]:
        """The gravity of every step that has one, in order."""
        return tuple(s.gravity for s in self.steps if isinstance(s, Resize) and s.gravity is not None)

    @property
    def object_words(self) -> tuple[str, ...]:
        """The words for objects in every gravity, in order. Any word makes the URL object-aware."""
        words: list[str] = []
        for gravity in self.gravities:
            if isinstance(gravity, Objects):
                words += (w for w in gravity.words if w not in FACE_WORDS)
            if auto := automatic_part(gravity):
                words += auto.object_words
        return tuple(words)
