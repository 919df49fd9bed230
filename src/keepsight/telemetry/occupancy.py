"""How full a budget is, for whoever reports it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Occupancy:
    """One budget at one moment."""

    name: str
    threads: int
    """How much may be in work at once."""
    in_use: int
    """How much is."""
    waiting: int
    refused: int
    """How much was sent away since the start of the process."""
    seconds: float
    """What one piece of work takes, typically; 0 until that is known."""
