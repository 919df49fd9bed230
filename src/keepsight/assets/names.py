"""The transformations that a catalogue keeps, as URLs may name them."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Names:
    """All of them at one moment; two are equal when nothing has changed between."""

    known: dict[str, str] = field(default_factory=dict)
    """What each name stands for."""
    allowed: frozenset[str] = frozenset()
    """Texts of transformations that strict mode lets through unsigned: `t_badge`, `c_scale,w_100`."""
