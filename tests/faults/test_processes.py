"""The processes behind one port: who dies is replaced, also in the middle of a question whether it lives."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from tests.waiting import PATIENCE, free_port, until

APPLICATION = """
async def answer(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b""})
"""
SERVES = """
import sys, uvicorn
from keepsight.listening import take_port
from keepsight.processes import serve
config = uvicorn.Config("plain:answer", workers=2, lifespan="off", log_config=None, timeout_worker_healthcheck=3600)
serve(config, take_port("127.0.0.1", int(sys.argv[1])))
"""


def workers(parent: int) -> set[int]:
    """Its processes that serve, as Linux tells."""
    found = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return {int(pid) for pid in found if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()}


def test_who_dies_while_it_is_asked_is_replaced_at_once(tmp_path: Path) -> None:
    (tmp_path / "plain.py").write_text(APPLICATION)
    command = [sys.executable, "-c", SERVES, str(free_port())]
    server = subprocess.Popen(command, cwd=tmp_path, start_new_session=True)
    try:
        until(lambda: len(workers(server.pid)) == 2)
        victim, other = workers(server.pid)
        os.kill(victim, signal.SIGSTOP)
        time.sleep(1.5)  # it is asked every half second, and would be waited for for an hour
        os.kill(victim, signal.SIGKILL)
        until(lambda: len(workers(server.pid) - {victim}) == 2, "nobody came in its place")
        assert other in workers(server.pid)
        server.terminate()
        assert server.wait(PATIENCE) == 0
    finally:
        with suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGKILL)
