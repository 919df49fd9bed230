"""What a piece of work takes, typically: what the first ones load, or a stalled disk, has no say."""

from __future__ import annotations

from collections import deque
from statistics import median_low

_LATEST, _FEWEST = 15, 3


class Typical:
    """The median of the latest durations. For one thread at a time."""

    def __init__(self) -> None:
        self._latest: deque[float] = deque(maxlen=_LATEST)
        self.seconds = 0.0
        """0 until three are known."""

    def note(self, seconds: float) -> None:
        """One more."""
        self._latest.append(seconds)
        if len(self._latest) >= _FEWEST:
            self.seconds = median_low(self._latest)
