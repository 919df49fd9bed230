"""What a process spends on its requests, each kind of work from its own budget: none holds up another."""

from __future__ import annotations

from dataclasses import dataclass, fields

from keepsight.budget import Budget, Room
from keepsight.settings import Settings

_LOOKING = 8
_CALLING = 16
_BRIEF = Room(queue=2_000, standing=2_000)
"""Looks are over in a moment, however many wait."""


@dataclass(frozen=True, slots=True)
class Budgets:
    """Networks have theirs in `detect/inferences.py`; what lies in memory needs none."""

    checks: Budget
    """Whether what lies in memory is still true, where the catalogue is asked over a network."""
    looks: Budget
    """What a URL means, and whether its image lies on disk: found there, it goes out however busy the rest is."""
    fetches: Budget
    """Other servers: a slow one holds up no picture of ours."""
    images: Budget
    """Decoding, cropping, encoding."""
    uploads: Budget
    """Calls of the APIs that may look at a picture or ask another server."""
    calls: Budget
    """Calls of the APIs that ask the catalogue."""
    studio: Budget
    """Calls of the studio."""

    @classmethod
    def of(cls, settings: Settings) -> Budgets:
        """As the settings have it."""
        limits = settings.limits
        room = Room(limits.queue, limits.standing_queue, limits.wait)
        # Whoever moves a library here sends more than can be done for hours: a queue of callers may stand.
        patient = Room(limits.queue, limits.queue)
        call = "call", "answered"
        return cls(
            checks=Budget("check", _LOOKING, _BRIEF),
            looks=Budget("look", _LOOKING, _BRIEF),
            fetches=Budget("fetch", settings.fetch.concurrency, room),
            images=Budget("image", limits.threads, room),
            uploads=Budget("upload", limits.threads, patient, *call),
            calls=Budget("call", _CALLING, patient, *call),
            studio=Budget("studio", limits.threads, room, *call),
        )

    @property
    def each(self) -> tuple[Budget, ...]:
        """All of them."""
        return tuple(getattr(self, field.name) for field in fields(self))

    def close(self) -> None:
        """Start no more work."""
        for budget in self.each:
            budget.close()
