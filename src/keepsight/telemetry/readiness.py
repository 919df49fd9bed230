"""Whether this process should be sent requests, and if not, why not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import structlog

from keepsight.telemetry.metrics import READY
from keepsight.telemetry.probe import NoAnswer, Probe

Check = Callable[[], None]
"""Raises where a condition is not met. May block."""

OK = "ok"

log = structlog.get_logger()


class Unready(Exception):
    """A condition is not met; the message says why, and names nothing of the host."""


@dataclass(slots=True)
class Readiness:
    """Conditions by name. `stopping` is set for good when the server begins to end."""

    stopping: bool = False
    _probes: dict[str, Probe[None]] = field(default_factory=dict)
    _last: Mapping[str, str] = field(default_factory=dict)

    def require(self, name: str, check: Check) -> None:
        """Add a condition."""
        self._probes[name] = Probe(check)

    def look(self) -> Mapping[str, str]:
        """What is the matter with each condition; OK where nothing is. Blocks for some seconds at most."""
        for probe in self._probes.values():  # all at once, so that several that hang cost the time of one
            probe.begin()
        found = {name: _told(probe) for name, probe in self._probes.items()}
        if self.stopping:
            found["stopping"] = "the server is about to end"
        for name, told in found.items():
            READY.labels(name).set(told == OK)
        if found != self._last:
            changed = {name: told for name, told in found.items() if self._last.get(name, OK) != told}
            if changed:
                log.warning("ready.changed", **changed)
            self._last = found
        return found


def _told(probe: Probe[None]) -> str:
    try:
        probe()
    except NoAnswer as error:
        return str(error)
    except Unready as error:
        return str(error)
    except Exception as error:  # a driver's own words may name hosts and users: its kind is enough
        return f"failed ({type(error).__name__})"
    return OK
