"""Waiting for what has to come, on machines that are slow, busy, or stand still for a moment."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable
from typing import TypeVar

PATIENCE = 120.0
"""Seconds until a test gives up. No measure of anything: what is there is found within milliseconds."""
UNHURRIED = {
    "KEEPSIGHT_LIMITS__DEADLINE": str(PATIENCE),
    "KEEPSIGHT_LIMITS__WAIT": str(PATIENCE),
    "KEEPSIGHT_LIMITS__STANDING_QUEUE": "64",
    "KEEPSIGHT_MODELS__DEADLINE": str(PATIENCE),
    "KEEPSIGHT_FETCH__TIMEOUT": str(PATIENCE),
}
"""Settings of a server that a busy machine makes neither refuse a picture nor answer without a model."""

TLS = ssl.create_default_context()
"""For calls over plain HTTP: httpx would read the authorities of the machine for each of them, which takes 20 ms."""

T = TypeVar("T")

_reserved: list[socket.socket] = []


def until(look: Callable[[], T], what: str = "it did not come") -> T:
    """What `look` finds, as soon as it finds something. Fails with `what` when patience ends."""
    ends = time.monotonic() + PATIENCE
    while not (found := look()):
        assert time.monotonic() < ends, what
        time.sleep(0.02)
    return found


def free_port() -> int:
    """One on which nobody listens, and which nobody else is given while this process lives.

    A port that is only looked up may belong to another one a moment later. This one stays bound: a server, which sets
    SO_REUSEADDR as servers do, may listen on it all the same, since its holder does not; the system picks it for
    nobody, neither for port 0 nor for the near end of a connection.
    """
    holder = socket.socket()
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    holder.bind(("127.0.0.1", 0))
    _reserved.append(holder)
    return int(holder.getsockname()[1])
