"""The queue in a table of the SQLite catalogue, for processes on one machine."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from contextlib import suppress
from time import time
from typing import Any
from uuid import uuid4

import structlog
from sqlalchemy import Connection, Row, and_, delete, func, insert, select, update

from keepsight.assets.catalogue.database import Database
from keepsight.assets.catalogue.tables import jobs
from keepsight.assets.jobs.queue import HEARTBEAT, SILENCE, GiveUp, Job, State, Work
from keepsight.errors import Unavailable

_POLL = 0.05
"""Seconds between two looks; a look that finds nothing takes 0.2 ms and no lock."""

log = structlog.get_logger()


class SqliteQueue:
    """`due_at` of a waiting job is when it may begin; of a running one, when its process counts as dead."""

    def __init__(self, database: Database, silence: float = SILENCE, heartbeat: float = HEARTBEAT) -> None:
        self._database, self._silence, self._heartbeat = database, silence, heartbeat
        self._me = uuid4().hex
        self._work: Mapping[str, Work] = {}
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []

    def add(self, connection: Connection, kind: str, payload: Mapping[str, Any], *, delay: float = 0.0) -> str:
        """Put a job in."""
        row = {"kind": kind, "payload": dict(payload), "state": State.WAITING.value, "attempts": 0}
        return str(
            connection.execute(insert(jobs).values(row | {"due_at": time() + delay}).returning(jobs.c.id)).scalar_one()
        )

    def state(self, connection: Connection, job: str) -> State | None:
        """Where a job is."""
        if not job.isdecimal():
            return None
        found = connection.scalar(select(jobs.c.state).where(jobs.c.id == int(job)))
        return State(found) if found is not None else None

    def count(self, connection: Connection) -> Mapping[State, int]:
        """How many jobs are in which state."""
        rows = connection.execute(select(jobs.c.state, func.count()).group_by(jobs.c.state))
        return dict.fromkeys(State, 0) | {State(state): count for state, count in rows}

    def start(self, work: Mapping[str, Work], threads: int = 2) -> None:
        """Begin."""
        self._work = dict(work)
        self._stopping.clear()
        targets = [self._keep_alive] + [self._do_jobs] * threads
        self._threads = [threading.Thread(target=target, name="jobs", daemon=True) for target in targets]
        for thread in self._threads:
            thread.start()

    def stop(self, patience: float = 10.0) -> None:
        """End."""
        self._stopping.set()
        end = time() + patience
        for thread in self._threads:
            thread.join(max(0.0, end - time()))
        # What is still at it dies with the process. Whoever starts next need not wait until that shows.
        mine = and_(jobs.c.worker == self._me, jobs.c.state == State.RUNNING.value)
        again = {"state": State.WAITING.value, "worker": None, "due_at": time(), "attempts": jobs.c.attempts - 1}
        with suppress(Unavailable), self._database.write() as connection:
            connection.execute(update(jobs).where(mine).values(again))

    def _do_jobs(self) -> None:
        while not self._stopping.is_set():
            found = None
            with suppress(Unavailable):
                found = self._claim()
            if found is None:
                self._stopping.wait(_POLL)
            else:
                self._do(found)

    def _claim(self) -> Job | None:
        """Take the job that is due the longest, in one statement."""
        now = time()
        waits = jobs.c.state.in_((State.WAITING.value, State.RUNNING.value))
        due = select(jobs.c.id).where(waits, jobs.c.due_at <= now, jobs.c.kind.in_(self._work)).order_by(jobs.c.due_at)
        with self._database.read() as connection:
            if connection.scalar(due.limit(1)) is None:
                return None
        mine = {"state": State.RUNNING.value, "worker": self._me, "due_at": now + self._silence}
        taken = update(jobs).where(jobs.c.id == due.limit(1).scalar_subquery())
        with self._database.write() as connection:
            row = connection.execute(
                taken.values(mine | {"attempts": jobs.c.attempts + 1}).returning(jobs)
            ).one_or_none()
            if row is not None and row.attempts > self._work[row.kind].attempts:
                self._fail(connection, row.id, "every attempt ended with the process that made it")
                return None
        return _job_of(row) if row is not None else None

    def _do(self, job: Job) -> None:
        work = self._work[job.kind]
        fault: str | None = None
        again = False
        try:
            work.run(job)
        except Exception as error:  # whatever it is, it is told, and the thread goes on
            again = job.attempt < work.attempts and not isinstance(error, GiveUp)
            fault = f"{type(error).__name__}: {error}"
            log.warning("job.failed", kind=job.kind, id=job.id, attempt=job.attempt, again=again, fault=fault)
        with suppress(Unavailable), self._database.write() as connection:
            mine = and_(jobs.c.id == int(job.id), jobs.c.worker == self._me)
            if fault is None:
                connection.execute(delete(jobs).where(mine))
            elif again:
                later = {"state": State.WAITING.value, "worker": None, "due_at": time() + work.delay(job.attempt)}
                connection.execute(update(jobs).where(mine).values(later | {"fault": fault}))
            else:
                self._fail(connection, int(job.id), fault)

    def _fail(self, connection: Connection, job: int, fault: str) -> None:
        mine = and_(jobs.c.id == job, jobs.c.worker == self._me)
        connection.execute(update(jobs).where(mine).values(state=State.FAILED.value, worker=None, fault=fault))

    def _keep_alive(self) -> None:
        while not self._stopping.wait(self._heartbeat):
            mine = and_(jobs.c.worker == self._me, jobs.c.state == State.RUNNING.value)
            with suppress(Unavailable), self._database.write() as connection:
                connection.execute(update(jobs).where(mine).values(due_at=time() + self._silence))


def _job_of(row: Row[Any]) -> Job:
    return Job(str(row.id), row.kind, row.payload, row.attempts)
