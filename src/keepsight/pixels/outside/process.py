"""The decoding processes of this server: kept between jobs, killed when they take too long."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock, Timer

from keepsight.pixels.outside.job import TAKEN, Job, asked

_CHILD = Path(__file__).with_name("child.py")
_PIPE = 1 << 20
"""Bytes that a pipe holds, where the system allows it: sixteen times fewer turns between the two processes."""
_KEPT = 4
"""Idle processes that are kept; each ends by itself after a minute without a job."""

_idle: list[Decoder] = []
_lock = Lock()


class Decoder:
    """One process and its two pipes. For one thread at a time."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - our own file
            [sys.executable, "-I", str(_CHILD)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            process_group=0,
        )
        assert self._process.stdin is not None and self._process.stdout is not None  # noqa: S101 - both are pipes
        self._jobs, self._answers = self._process.stdin, self._process.stdout
        for pipe in (self._jobs, self._answers):
            with suppress(OSError, AttributeError):
                fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE)

    def take(self, job: Job, data: bytes) -> bool:
        """Give it a job; False when the process is not there any more."""
        try:
            self._jobs.write(asked(job))
            if self._answers.read(1) != TAKEN:
                return False
            rest = memoryview(data)
            while rest:
                rest = rest[self._jobs.write(rest) or 0 :]
        except OSError:
            return False
        return True

    def read(self, count: int) -> bytearray:
        """Exactly so many bytes of its answer. Raises EOFError when it dies before."""
        content = bytearray(count)
        rest = memoryview(content)
        while rest:
            got = self._answers.readinto(rest)  # type: ignore[attr-defined]  # a raw pipe, as bufsize is 0
            if not got:
                raise EOFError
            rest = rest[got:]
        return content

    def kill(self) -> None:
        """End it and the copy of it that works."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def end(self) -> None:
        """Kill it and let go of it."""
        self.kill()
        self._jobs.close()
        self._answers.close()
        self._process.wait()


@contextmanager
def working(job: Job, data: bytes, seconds: float) -> Iterator[Decoder]:
    """A process that has taken the job, and is killed after so many seconds: its answer then ends early.

    It serves another job only when the block ends without an exception. Raises EOFError when no process takes it.
    """
    decoder, clock = _given(job, data, seconds)
    try:
        yield decoder
    except BaseException:
        decoder.end()
        raise
    finally:
        clock.cancel()
    with _lock:
        if len(_idle) < _KEPT:
            _idle.append(decoder)
            return
    decoder.end()


def _given(job: Job, data: bytes, seconds: float) -> tuple[Decoder, Timer]:
    """An idle process, or a new one where those that were idle have ended meanwhile."""
    while True:
        with _lock:
            idle = _idle.pop() if _idle else None
        decoder = idle or Decoder()
        clock = Timer(seconds, decoder.kill)
        clock.daemon = True
        clock.start()
        if decoder.take(job, data):
            return decoder, clock
        clock.cancel()
        decoder.end()
        if idle is None:
            raise EOFError
