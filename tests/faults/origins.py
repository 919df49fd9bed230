"""Servers on the loopback that say what they like, byte by byte, and the certificates of names that do not exist."""

from __future__ import annotations

import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from shutil import which

import pytest

from keepsight.fetch import Fetcher, Limits
from tests.waiting import PATIENCE

Talk = Callable[["Conversation"], None]

PATIENT = Limits(max_bytes=1_000_000, connect=PATIENCE, silence=PATIENCE, total=PATIENCE)
SOON = PATIENCE / 2
"""Seconds: far more than the end of an exchange, far less than what a server here would take."""


@dataclass
class Conversation:
    """One connection, whose request was read."""

    connection: socket.socket
    request: bytes
    sent: int = 0
    over: threading.Event = field(default_factory=threading.Event)

    def say(self, text: bytes) -> None:
        """Send some bytes. Raises OSError when nobody listens any more."""
        self.connection.sendall(text)
        self.sent += len(text)

    def trickle(self, text: bytes, pause: float = 0.05) -> None:
        """The same bytes again and again, slowly, until the other side has enough or the test is over."""
        while not self.over.wait(pause):
            self.say(text)

    def flood(self, text: bytes) -> None:
        """The same bytes again and again, as fast as they are taken."""
        while not self.over.is_set():
            self.say(text)


@dataclass
class Origin:
    """Where the server is, and what was said."""

    port: int
    talks: list[Conversation] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Without encryption, by its address."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def sent(self) -> int:
        """Bytes of all answers."""
        return sum(talk.sent for talk in self.talks)


@contextmanager
def talking(talk: Talk, *, tls: ssl.SSLContext | None = None, greets: bool = False) -> Iterator[Origin]:
    """A server that answers each connection with `talk`; `greets`: without waiting for a request.

    It listens on the whole loopback, so that 127.0.0.2 is the same server.
    """
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        origin = Origin(listener.getsockname()[1])

        def answer(connection: socket.socket) -> None:
            with suppress(OSError), connection:
                if tls is not None:
                    connection = tls.wrap_socket(connection, server_side=True)
                request = b"" if greets else _request(connection)
                conversation = Conversation(connection, request, over=over)
                origin.talks.append(conversation)
                with connection:
                    talk(conversation)

        def listen() -> None:
            while not over.is_set():
                with suppress(OSError):
                    connection, _ = listener.accept()
                    threading.Thread(target=answer, args=(connection,), daemon=True).start()

        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        try:
            yield origin
        finally:
            over.set()
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            thread.join(5)


def giving(body: bytes, *headers: str, status: str = "200 OK") -> Talk:
    """A whole answer."""
    head = "\r\n".join((f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""))
    return lambda talk: talk.say(head.encode() + body)


def read(origin: Origin, limits: Limits = PATIENT, scheme: str = "http") -> bytes | None:
    """What a fetcher that was told of this origin gets from it."""
    url = f"{scheme}://127.0.0.1:{origin.port}"
    return Fetcher(limits, allow_private=[url]).read(f"{url}/tom.jpg").body


def certificate(folder: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """Of a server called `name`; whoever makes a client from now on trusts it."""
    openssl = which("openssl")
    if openssl is None:
        pytest.skip("needs openssl to make a certificate")
    key, file = folder / "key.pem", folder / "certificate.pem"
    command = [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days",
               "2", "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}", "-keyout", str(key),
               "-out", str(file)]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file, key)
    return context


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Fails when the block takes longer; generous, since the machine may be busy."""
    began = time.monotonic()
    yield
    taken = time.monotonic() - began
    assert taken < seconds, f"took {taken:.1f} s"


def _request(connection: socket.socket) -> bytes:
    request = b""
    while b"\r\n\r\n" not in request:
        part = connection.recv(65_536)
        if not part:
            raise OSError
        request += part
    return request
