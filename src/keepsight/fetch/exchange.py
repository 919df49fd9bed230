"""One request and its answer through the guarded transport, with an end in time and errors in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass

import httpx

from keepsight.errors import FetchError, FetchInterrupted
from keepsight.fetch.deadline import Deadline
from keepsight.fetch.transport import GuardedTransport, Resolve, origin_of


@dataclass(frozen=True, slots=True)
class Limits:
    """What one download may cost."""

    max_bytes: int
    """Of the whole file."""
    connect: float = 10.0
    """Seconds for a connection and for its encryption."""
    silence: float = 30.0
    """Seconds between two pieces of an answer."""
    total: float = 3600.0
    """Seconds for the whole download, redirects included."""
    redirects: int = 5


class Exchange:
    """Asks other servers within limits. Safe to use from several threads."""

    def __init__(
        self, limits: Limits, allow_private: Sequence[str], hosts: Sequence[str] | None, resolve: Resolve
    ) -> None:
        """See `Fetcher`. Raises FetchRefused when an exception is no address."""
        self._limits, self._resolve = limits, resolve
        self._allow_private = frozenset(origin_of(url) for url in allow_private)
        self._hosts = None if hosts is None else tuple(host.lower() for host in hosts)
        self._tls = httpx.create_ssl_context()

    @contextmanager
    def get(self, url: str, headers: Mapping[str, str]) -> Iterator[httpx.Response]:
        """The head of the answer to GET; its body is read inside of the context, as it came: no encoding is asked for.

        Raises FetchRefused, FetchInterrupted or FetchError, also for what happens while the body is read.
        """
        with self.ask("GET", url, headers) as response:
            yield response

    @contextmanager
    def ask(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes | None = None
    ) -> Iterator[httpx.Response]:
        """As `get`, with any method; redirects are followed for GET only: what is told is told to nobody else."""
        limits = self._limits
        deadline = Deadline(limits.total)
        timeout = httpx.Timeout(limits.silence, connect=limits.connect)
        transport = GuardedTransport(self._tls, self._resolve, self._allow_private, self._hosts, deadline)
        asked = {"Accept-Encoding": "identity", "User-Agent": "keepsight", **headers}
        watched = {"trace": deadline.watch}
        try:
            with (
                deadline,
                httpx.Client(transport=transport, timeout=timeout, trust_env=False) as client,
                closing(
                    _answered(
                        client,
                        client.build_request(method, url, headers=asked, content=content, extensions=watched),
                        limits.redirects,
                    )
                ) as response,
            ):
                host = response.url.host
                yield response
            if deadline.passed:  # a body without a stated length ends with its connection, whoever ended that
                raise FetchError(_too_slow(host, limits))
        except httpx.HTTPError as error:
            if deadline.passed:
                raise FetchError(_too_slow(error.request.url.host, limits)) from error
            raise _in_words(error) from error
        except httpx.InvalidURL as error:
            raise FetchError(f"the address cannot be asked ({error})") from error


def _answered(client: httpx.Client, request: httpx.Request, most: int) -> httpx.Response:
    """The head of the last answer, behind at most so many redirects of a GET.

    The client would read the bodies of redirects on its way, whole and unpacked: memory for whoever sends an endless
    one. Here they are dropped unread.
    """
    for _ in range(most + 1):
        response = client.send(request, stream=True)
        if request.method != "GET" or response.next_request is None:
            return response
        response.close()
        request = response.next_request
    raise httpx.TooManyRedirects("more redirects than are followed", request=request)


def check_encoding(response: httpx.Response) -> None:
    """Sizes and hashes are those of the file. Raises FetchError when what comes is something else."""
    if response.headers.get("content-encoding", "identity") != "identity":
        raise FetchError(f"{response.url.host} gives the file in an encoding that nobody asked for")


def stated_length(response: httpx.Response) -> int | None:
    """`Content-Length`; None where the server does not say."""
    length = response.headers.get("content-length", "")
    return int(length) if length.isascii() and length.isdecimal() and len(length) < 20 else None


def _too_slow(host: str, limits: Limits) -> str:
    return f"{host} took longer than {limits.total:g} s"


def _in_words(error: httpx.HTTPError) -> FetchError:
    host = error.request.url.host
    match error:
        case httpx.ConnectError() | httpx.ConnectTimeout():
            return FetchError(f"{host} cannot be reached ({str(error) or 'no answer in time'})")
        case httpx.TooManyRedirects():
            return FetchError(f"{host} redirects too often")
        case httpx.TransportError():
            return FetchInterrupted(f"{host} broke off ({str(error) or type(error).__name__})")
        case _:
            return FetchError(f"{host} answers in a way that is not HTTP ({type(error).__name__})")
