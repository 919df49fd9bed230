"""The queue of procrastinate, in the PostgreSQL of the catalogue, for processes on many machines."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, cast

import procrastinate
import psycopg
import structlog
from procrastinate import jobs as procrastinate_jobs
from procrastinate.schema import SchemaManager
from sqlalchemy import Connection, text
from sqlalchemy.dialects.postgresql import insert

from keepsight.assets.catalogue.database import Database
from keepsight.assets.catalogue.tables import secrets
from keepsight.assets.jobs.queue import HEARTBEAT, SILENCE, GiveUp, Job, State, Work

_VERSION = "procrastinate"
_LOCK = 0x6B65657073696A6F
"""Of PostgreSQL's advisory locks: "keepsijo" as a number."""
_POLL = 2.0
"""Seconds between two looks besides those that a NOTIFY asks for."""
_STATES = {"todo": State.WAITING, "doing": State.RUNNING, "failed": State.FAILED}

log = structlog.get_logger()


class PostgresqlQueue:
    """Each kind is a queue of procrastinate. The worker is an event loop in a thread, the work in others."""

    def __init__(self, database: Database, silence: float = SILENCE, heartbeat: float = HEARTBEAT) -> None:
        """Makes procrastinate's tables, or brings them up to date. Raises Unavailable."""
        self._database, self._silence, self._heartbeat = database, silence, heartbeat
        _migrate(database)
        # Never opened: what it puts in goes through the caller's connection.
        self._adding = procrastinate.App(connector=procrastinate.SyncPsycopgConnector())
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None
        self._thread: threading.Thread | None = None

    def add(self, connection: Connection, kind: str, payload: Mapping[str, Any], *, delay: float = 0.0) -> str:
        """Put a job in."""
        later = {"seconds": delay} if delay > 0 else None
        raw = _raw(connection)
        deferrer = self._adding.configure_task(kind, queue=kind, schedule_in=later, connection=raw)
        return str(deferrer.defer(payload=dict(payload)))

    def state(self, connection: Connection, job: str) -> State | None:
        """Where a job is."""
        if not job.isdecimal():
            return None
        query = text("SELECT status FROM procrastinate_jobs WHERE id = :id")
        return _STATES.get(str(connection.scalar(query, {"id": int(job)})))

    def count(self, connection: Connection) -> Mapping[State, int]:
        """How many jobs are in which state."""
        query = text("SELECT status, count(*) FROM procrastinate_jobs GROUP BY status")
        rows = {str(status): count for status, count in connection.execute(query)}
        return {state: rows.get(status, 0) for status, state in _STATES.items()}

    def start(self, work: Mapping[str, Work], threads: int = 2) -> None:
        """Begin."""
        started = threading.Event()
        run = partial(self._run, dict(work), threads, started)
        self._thread = threading.Thread(target=run, name="jobs", daemon=True)
        self._thread.start()
        started.wait()

    def stop(self, patience: float = 10.0) -> None:
        """End."""
        if self._thread is None or self._loop is None or self._stopping is None:
            return
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(patience)
        self._thread = None

    def _run(self, work: Mapping[str, Work], threads: int, started: threading.Event) -> None:
        with asyncio.Runner() as runner:
            self._loop, self._stopping = runner.get_loop(), asyncio.Event()
            started.set()
            runner.run(self._serve(work, threads, self._stopping))

    async def _serve(self, work: Mapping[str, Work], threads: int, stopping: asyncio.Event) -> None:
        """Do jobs until told to stop; a database that goes away is waited for."""
        while not stopping.is_set():
            try:
                await self._work(work, threads, stopping)
            except (procrastinate.exceptions.ConnectorException, psycopg.Error, OSError) as error:
                log.warning("jobs.interrupted", fault=str(error))
                await _wait(stopping, _POLL)

    async def _work(self, work: Mapping[str, Work], threads: int, stopping: asyncio.Event) -> None:
        url = self._database.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        app = procrastinate.App(
            connector=procrastinate.PsycopgConnector(conninfo=url, min_size=1, max_size=threads + 3)
        )
        for kind, what in work.items():
            app.task(name=kind, queue=kind, pass_context=True, retry=_Retry(what))(partial(_do, what))
        async with app.open_async():
            worker = asyncio.create_task(
                app.run_worker_async(
                    queues=list(work),
                    concurrency=threads,
                    fetch_job_polling_interval=_POLL,
                    delete_jobs="successful",
                    install_signal_handlers=False,
                    update_heartbeat_interval=self._heartbeat,
                    stalled_worker_timeout=self._silence,
                )
            )
            stop = asyncio.create_task(stopping.wait())
            rescue = asyncio.create_task(self._rescue(app, work))
            try:
                await asyncio.wait({worker, stop, rescue}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in (worker, stop, rescue):
                    task.cancel()  # the worker then ends what it is at, and takes no more
                results = await asyncio.gather(worker, stop, rescue, return_exceptions=True)
            for result in results:
                if isinstance(result, Exception):
                    raise result

    async def _rescue(self, app: procrastinate.App, work: Mapping[str, Work]) -> None:
        """Give the jobs of dead processes to others, which procrastinate leaves to its user."""
        manager = app.job_manager
        while True:
            for job in await manager.get_stalled_jobs(seconds_since_heartbeat=self._silence):
                what = work.get(job.task_name)
                if what is None:
                    continue
                with suppress(procrastinate.exceptions.ConnectorException):  # another process was quicker
                    if job.attempts + 1 < what.attempts:
                        await manager.retry_job(job)
                    else:
                        log.warning("job.failed", kind=job.task_name, id=job.id, fault="its process died every time")
                        await manager.finish_job(job, procrastinate_jobs.Status.FAILED, delete_job=False)
            await asyncio.sleep(self._heartbeat)


class _Retry(procrastinate.BaseRetryStrategy):
    """When work is tried again."""

    def __init__(self, work: Work) -> None:
        self._work = work

    def get_retry_decision(
        self, *, exception: BaseException, job: procrastinate_jobs.Job
    ) -> procrastinate.RetryDecision | None:
        """Procrastinate counts the attempts before this one."""
        attempt = job.attempts + 1
        again = attempt < self._work.attempts and not isinstance(exception, GiveUp)
        fault = f"{type(exception).__name__}: {exception}"
        log.warning("job.failed", kind=job.task_name, id=job.id, attempt=attempt, again=again, fault=fault)
        delay = {"milliseconds": int(self._work.delay(attempt) * 1000)}
        return procrastinate.RetryDecision(retry_in=cast(Any, delay)) if again else None


def _do(work: Work, context: procrastinate.JobContext, payload: dict[str, Any]) -> None:
    job = context.job
    work.run(Job(str(job.id), job.task_name, payload, job.attempts + 1))


async def _wait(event: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return


def _raw(connection: Connection) -> psycopg.Connection[Any]:
    return cast("psycopg.Connection[Any]", connection.connection.driver_connection)


def _migrate(database: Database) -> None:
    """Apply what procrastinate brings: its whole schema at first, later the migrations since, in their order."""
    migrations = sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql"))
    with database.write() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        done = connection.scalar(secrets.select().with_only_columns(secrets.c.value).where(secrets.c.name == _VERSION))
        if done is None:
            _raw(connection).execute(SchemaManager.get_schema())
        for migration in migrations:
            if done is not None and migration.name > done:
                _raw(connection).execute(cast(Any, migration.read_text("utf-8")))
        values = {"name": _VERSION, "value": migrations[-1].name}
        new = insert(secrets).values(values)
        connection.execute(new.on_conflict_do_update(index_elements=["name"], set_={"value": values["value"]}))
