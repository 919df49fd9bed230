"""What the server processes at one data folder let each other know."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from keepsight.claims import Claims
from keepsight.delivery.seen import Seen


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Safe for threads, as its parts are."""

    claims: Claims
    """On derived keys, and on addresses of other servers: who makes or fetches what."""
    seen: Seen
    """For which addresses images are kept."""

    @classmethod
    def at(cls, data: Path, *, begun_before: bool) -> Neighbours:
        """Of a data folder; `begun_before` says that it holds derived images."""
        return cls(Claims(data / "claims"), Seen(data / "seen", begun_before=begun_before))

    def close(self) -> None:
        """Let go of the files, and of every claim."""
        self.claims.close()
        self.seen.close()
