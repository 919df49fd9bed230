"""What every queue can do.

On PostgreSQL it is procrastinate: claimed with SKIP LOCKED, woken by NOTIFY, heartbeats of workers, and put in by the
connection of the caller's transaction. No kept library does the same on SQLite: huey loses what its consumer works at
when it is killed, and enqueues on a connection of its own, as every one that was looked at; there a table of the
catalogue and one UPDATE are the queue.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol

from sqlalchemy import Connection

SILENCE = 30.0
"""Seconds without a sign of life after which the work of a process is given to another one."""
HEARTBEAT = 5.0
"""Seconds between two signs of life."""
_LONGEST_DELAY = 3600.0


class GiveUp(Exception):
    """Raised by work that makes no sense any more: the job has failed, and is not tried again."""


class State(Enum):
    """Where a job is; one that is done is gone."""

    WAITING = "waiting"
    RUNNING = "running"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Job:
    """One job, as its work sees it."""

    id: str
    kind: str
    payload: Mapping[str, Any]
    """What JSON can say."""
    attempt: int
    """1 for the first."""


@dataclass(frozen=True, slots=True)
class Work:
    """What is done for jobs of one kind. It may be done twice, when a process is killed: it has to bear that."""

    run: Callable[[Job], None]
    """Called in a thread. What it raises makes it tried again later, or failed after the last attempt."""
    attempts: int = 5
    first_delay: float = 1.0
    """Seconds before the second attempt; each further wait is three times as long, up to an hour."""

    def delay(self, attempt: int) -> float:
        """Seconds to wait after so many attempts."""
        return float(min(self.first_delay * 3 ** min(attempt - 1, 20), _LONGEST_DELAY))


class Queue(Protocol):
    """Jobs, each done by one of many processes. Safe for threads."""

    def add(self, connection: Connection, kind: str, payload: Mapping[str, Any], *, delay: float = 0.0) -> str:
        """Put a job in, as part of the caller's transaction: it is there if and only if that one succeeds. Its id."""

    def state(self, connection: Connection, job: str) -> State | None:
        """Where a job is; None when it is done or never was."""

    def count(self, connection: Connection) -> Mapping[State, int]:
        """How many jobs are in which state."""

    def start(self, work: Mapping[str, Work], threads: int = 2) -> None:
        """Do jobs of these kinds in this process, until `stop`. Jobs of other kinds wait for others."""

    def stop(self, patience: float = 10.0) -> None:
        """Take no more, and wait so many seconds for what is being done; what is not done then is done again."""
