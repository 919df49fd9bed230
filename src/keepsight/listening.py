"""The port that a server is to listen at, taken before anything else is done."""

from __future__ import annotations

import errno
import os
import socket

from keepsight.errors import ConfigurationError

_TRIED = 100
"""Ports above the one that is in use, of which the first free one is proposed."""


def take_port(host: str, port: int) -> list[socket.socket]:
    """Sockets bound to every address of `host`, which do not listen yet; port 0 takes a free one.

    Raises ConfigurationError, in one sentence that says what to name instead.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as error:
        raise ConfigurationError(
            (f"server.host: {host} is no address of this machine ({error.strerror}); name one with --host",)
        ) from None
    taken: list[socket.socket] = []
    try:
        for family, address in dict.fromkeys((entry[0], entry[4]) for entry in found):
            number = taken[0].getsockname()[1] if taken else port
            taken.append(_bound(family, (address[0], number, *address[2:])))
    except OSError as error:
        for each in taken:
            each.close()
        raise ConfigurationError((_sentence(host, port, error),)) from None
    return taken


def _bound(family: int, address: tuple[object, ...]) -> socket.socket:
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        if os.name == "posix":  # elsewhere it would let two servers have the same port
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:  # as asyncio does: IPv4 is bound beside it
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        made.bind(address)
    except OSError:
        made.close()
        raise
    made.set_inheritable(True)
    return made


def _sentence(host: str, port: int, error: OSError) -> str:
    match error.errno:
        case errno.EADDRINUSE:
            free = _free_above(host, port)
            return f"port {port} is in use; take another one with --port" + (
                f", such as --port {free}" if free else ""
            )
        case errno.EACCES:
            return f"port {port} may not be used by this user; take one from 1024 on, such as --port 8000"
        case errno.EADDRNOTAVAIL:
            return f"server.host: {host} is no address of this machine; name one with --host"
        case _:
            return f"port {port} on {host} cannot be used ({error.strerror}); take another one with --port"


def _free_above(host: str, port: int) -> int | None:
    for number in range(port + 1, min(port + _TRIED, 65_536)):
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM) as trial:
            try:
                trial.bind((host, number))
            except OSError:
                continue
            return number
    return None
