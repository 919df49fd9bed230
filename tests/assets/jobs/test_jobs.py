"""The contract of the queue and the locks, over SQLite and procrastinate on a real PostgreSQL."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from keepsight.assets.catalogue import assets
from keepsight.assets.catalogue.database import Database, open_database
from keepsight.assets.jobs import GiveUp, Job, Queue, State, Work, open_queue
from keepsight.assets.jobs.locks import hold
from keepsight.assets.jobs.postgresql import PostgresqlQueue
from keepsight.assets.jobs.sqlite import SqliteQueue
from keepsight.errors import Unavailable
from tests.assets.catalogue.catalogue_cases import name, placed
from tests.waiting import PATIENCE, until

SILENCE = 1.0
"""Seconds after which a process counts as dead, where one dies. Elsewhere none that stands still for a moment does."""


@pytest.fixture
def silence(request: pytest.FixtureRequest) -> float:
    return getattr(request, "param", PATIENCE)


@pytest.fixture
def queue(database: Database, silence: float) -> Iterator[Queue]:
    kind = PostgresqlQueue if database.postgresql else SqliteQueue
    opened = kind(database, silence=silence, heartbeat=0.2)
    yield opened
    opened.stop()


def is_idle(database: Database, queue: Queue) -> bool:
    with database.read() as connection:
        count = queue.count(connection)
    return count[State.WAITING] == count[State.RUNNING] == 0


def test_jobs_are_done_once_with_what_was_given(database: Database, queue: Queue) -> None:
    seen: list[Job] = []
    payloads = [{"n": n, "text": "ü🐈", "list": [1, None, {"a": 1.5}]} for n in range(30)]
    with database.write() as connection:
        ids = [queue.add(connection, "greet", payload) for payload in payloads]
        assert queue.state(connection, ids[0]) is State.WAITING
        assert queue.count(connection)[State.WAITING] == 30
    queue.start({"greet": Work(seen.append)}, threads=4)
    until(lambda: is_idle(database, queue))
    assert sorted(int(job.payload["n"]) for job in seen) == list(range(30))
    assert sorted(job.id for job in seen) == sorted(ids)
    assert all(dict(job.payload) in payloads and job.attempt == 1 and job.kind == "greet" for job in seen)
    with database.read() as connection:
        assert queue.state(connection, ids[0]) is None
        assert queue.state(connection, "nonsense") is None


def test_a_job_is_there_if_and_only_if_its_transaction_succeeds(database: Database, queue: Queue) -> None:
    with pytest.raises(RuntimeError), database.write() as connection:
        placed(connection, "tom")
        queue.add(connection, "greet", {})
        raise RuntimeError
    with database.read() as connection:
        assert queue.count(connection)[State.WAITING] == 0
    seen: list[bool] = []

    def look(job: Job) -> None:
        with database.read() as connection:
            seen.append(assets.find(connection, name("tom")) is not None)

    queue.start({"greet": Work(look)})
    with database.write() as connection:
        queue.add(connection, "greet", {})
        time.sleep(0.5)
        assert seen == []
        placed(connection, "tom")
    until(lambda: seen == [True])


def test_what_fails_is_tried_again_and_then_given_up(database: Database, queue: Queue) -> None:
    seen: list[tuple[str, int, float]] = []

    def fail(job: Job) -> None:
        seen.append((job.kind, job.attempt, time.monotonic()))
        if job.kind == "hopeless":
            raise GiveUp("gone")
        if job.kind == "always" or job.attempt < 2:
            raise RuntimeError("not yet")

    work = Work(fail, attempts=3, first_delay=0.2)
    queue.start({"always": work, "once": work, "hopeless": work})
    with database.write() as connection:
        jobs = {kind: queue.add(connection, kind, {}) for kind in ("always", "once", "hopeless")}
    until(lambda: is_idle(database, queue))
    attempts = {kind: [n for k, n, _ in seen if k == kind] for kind in jobs}
    assert attempts == {"always": [1, 2, 3], "once": [1, 2], "hopeless": [1]}
    at = [moment for kind, _, moment in seen if kind == "always"]
    assert at[1] - at[0] >= 0.19
    assert at[2] - at[1] >= 0.59, "each wait is three times as long"
    with database.read() as connection:
        states = {kind: queue.state(connection, job) for kind, job in jobs.items()}
        assert states == {"always": State.FAILED, "once": None, "hopeless": State.FAILED}
        assert queue.count(connection)[State.FAILED] == 2


def test_a_later_job_waits(database: Database, queue: Queue) -> None:
    seen: list[float] = []
    queue.start({"greet": Work(lambda _: seen.append(time.monotonic()))})
    with database.write() as connection:
        begun = time.monotonic()
        queue.add(connection, "greet", {}, delay=0.8)
    until(lambda: bool(seen))
    assert seen[0] - begun >= 0.8


def test_jobs_that_nobody_here_knows_wait_for_others(database: Database, queue: Queue) -> None:
    queue.start({"greet": Work(lambda _: None)})
    with database.write() as connection:
        job = queue.add(connection, "other", {})
    time.sleep(0.5)
    queue.stop()
    with database.read() as connection:
        assert queue.state(connection, job) is State.WAITING


def test_stopping_lets_work_end(database: Database, queue: Queue) -> None:
    begun, ended = threading.Event(), threading.Event()

    def slow(job: Job) -> None:
        begun.set()
        time.sleep(0.5)
        ended.set()

    queue.start({"slow": Work(slow)})
    with database.write() as connection:
        queue.add(connection, "slow", {})
    assert begun.wait(PATIENCE)
    queue.stop()
    assert ended.is_set()
    assert is_idle(database, queue)


@pytest.mark.parametrize("silence", [4.0], indirect=True)
def test_long_work_is_not_given_to_another_one(database: Database, queue: Queue) -> None:
    seen: list[int] = []

    def slow(job: Job) -> None:
        seen.append(job.attempt)
        time.sleep(5)

    queue.start({"slow": Work(slow)}, threads=3)
    with database.write() as connection:
        queue.add(connection, "slow", {})
    until(lambda: bool(seen))
    until(lambda: is_idle(database, queue))
    assert seen == [1], "its process gave signs of life for longer than the silence that counts as death"


_WORKER = """
import sys, time
from pathlib import Path
from keepsight.assets.catalogue.database import open_database
from keepsight.assets.jobs import Work
from keepsight.assets.jobs.postgresql import PostgresqlQueue
from keepsight.assets.jobs.sqlite import SqliteQueue
database = open_database(sys.argv[1])
queue = (PostgresqlQueue if database.postgresql else SqliteQueue)(database, silence=1.0, heartbeat=0.2)
def run(job):
    Path(sys.argv[2], "begun-" + str(job.payload["n"])).touch()
    time.sleep(0.05)
    with Path(sys.argv[2], "done").open("a") as file:
        file.write(str(job.payload["n"]) + "\\n")
queue.start({"greet": Work(run, attempts=50)}, threads=2)
time.sleep(600)
"""


@pytest.mark.parametrize("silence", [SILENCE], indirect=True)
def test_what_a_killed_process_was_at_is_done_by_another(database: Database, queue: Queue, tmp_path: Path) -> None:
    with database.write() as connection:
        for number in range(40):
            queue.add(connection, "greet", {"n": number})
    url = database.engine.url.render_as_string(hide_password=False)
    command = [sys.executable, "-c", _WORKER, url, str(tmp_path)]
    for after in (2, 12):
        with subprocess.Popen(command) as process:
            until(lambda: len(list(tmp_path.glob("begun-*"))) >= after)  # noqa: B023
            process.send_signal(signal.SIGKILL)
    assert not is_idle(database, queue)

    def finish(job: Job) -> None:
        with (tmp_path / "done").open("a") as file:
            file.write(f"{job.payload['n']}\n")

    queue.start({"greet": Work(finish, attempts=50)}, threads=2)
    until(lambda: is_idle(database, queue))
    done = (tmp_path / "done").read_text().split()
    assert {int(number) for number in done} == set(range(40))
    # Only what was in work at a kill is done twice, four of them; but who stands still for a second counts as dead.
    assert len(done) <= 60, "not everything is done twice"


@pytest.mark.parametrize("silence", [SILENCE], indirect=True)
def test_work_that_kills_its_process_is_given_up(database: Database, queue: Queue, tmp_path: Path) -> None:
    with database.write() as connection:
        job = queue.add(connection, "greet", {"n": 1})
    url = database.engine.url.render_as_string(hide_password=False)
    deadly = _WORKER.replace("time.sleep(0.05)", "import os; os._exit(9)").replace("attempts=50", "attempts=2")
    for _ in range(2):
        subprocess.run([sys.executable, "-c", deadly, url, str(tmp_path)], check=False, timeout=PATIENCE)
    queue.start({"greet": Work(lambda _: None, attempts=2)})
    until(lambda: is_idle(database, queue))
    with database.read() as connection:
        assert queue.state(connection, job) is State.FAILED


def test_opening_again_and_at_once_is_fine(database: Database) -> None:
    threads = [threading.Thread(target=open_queue, args=(database,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    queue = open_queue(database)
    with database.write() as connection:
        queue.add(connection, "greet", {})
        if database.postgresql:
            assert connection.execute(text("SELECT count(*) FROM procrastinate_jobs")).scalar() == 1


def test_a_lock_is_held_by_one(database: Database) -> None:
    other = open_database(database.engine.url.render_as_string(hide_password=False))
    inside, most = [0], [0]

    def work(which: Database) -> None:
        for _ in range(10):
            with hold(which, "collect"):
                inside[0] += 1
                most[0] = max(most[0], inside[0])
                time.sleep(0.001)
                inside[0] -= 1

    threads = [threading.Thread(target=work, args=(which,)) for which in (database, other, database)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1]
    with hold(database, "collect"):
        with hold(other, "something else"):
            pass
        with pytest.raises(Unavailable, match="collect"), hold(other, "collect", patience=0.1):
            pass
    with pytest.raises(ZeroDivisionError), hold(database, "collect"):
        raise ZeroDivisionError
    with hold(other, "collect", patience=0.1):
        pass
    other.close()


def test_a_lock_ends_with_its_process(database: Database) -> None:
    url = database.engine.url.render_as_string(hide_password=False)
    code = (
        "import sys, time\n"
        "from keepsight.assets.catalogue.database import open_database\n"
        "from keepsight.assets.jobs.locks import hold\n"
        "with hold(open_database(sys.argv[1]), 'collect'):\n"
        "    print('held', flush=True)\n"
        "    time.sleep(600)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code, url], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline()
        with pytest.raises(Unavailable), hold(database, "collect", patience=0.1):
            pass
        process.kill()
    with hold(database, "collect", patience=PATIENCE):
        pass
