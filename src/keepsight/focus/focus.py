"""The answer of this room: what the window has to respect, and the story of how that came about."""

from __future__ import annotations

from dataclasses import dataclass

from keepsight.crop.anchor import Anchor
from keepsight.crop.box import Box
from keepsight.detect.detector import Detection


@dataclass(frozen=True, slots=True)
class Seen:
    """A detection that decided something."""

    detection: Detection
    box: Box
    """In pixels of the original."""
    model: str
    """Empty for stored custom coordinates, which no model found."""
    weight: float

    def __str__(self) -> str:
        if not self.model:
            return self.detection.label
        return f"{self.detection.label} {self.detection.confidence:.2f}"


@dataclass(frozen=True, slots=True)
class Focus:
    """A gravity that has met its picture."""

    anchor: Anchor
    rule: str
    """The rule that decided, such as `auto`, `object`, `faces`, `north`, `center`."""
    kept: tuple[Seen, ...] = ()
    avoided: tuple[Seen, ...] = ()
    notes: tuple[str, ...] = ()
    """What was asked for and did not happen, in words: `cat not found`."""
    unavailable: tuple[str, ...] = ()

    @property
    def reason(self) -> str:
        """One line for `X-Focus`: the rule, what was kept and avoided and by which model, and what was missing."""
        parts = [self.rule]
        for verb, seen in (("kept", self.kept), ("avoided", self.avoided)):
            if seen:
                models = ", ".join(sorted({s.model for s in seen if s.model}))
                named = f"{verb} {', '.join(str(s) for s in seen[:_NAMED])}{_more(len(seen))}"
                parts.append(f"{named} ({models})" if models else named)
        parts += self.notes
        if self.unavailable:
            parts.append(f"without {', '.join(self.unavailable)}")
        return "; ".join(parts)


_NAMED = 5


def _more(count: int) -> str:
    return f" and {count - _NAMED} more" if count > _NAMED else ""
