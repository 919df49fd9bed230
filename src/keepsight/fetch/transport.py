"""The transport of the guarded client: looks up a host, checks its addresses, and connects to one that it checked.

The name is looked up once per request and the connection is made to the address, so no second look-up can give another
answer (DNS rebinding). A redirect is a request of its own and is checked like any other. Proxies of the environment
are not used: behind one, nobody could say which address is connected to.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from ipaddress import ip_address
from queue import Empty, SimpleQueue
from threading import Thread

import httpx

from keepsight.errors import FetchError, FetchRefused
from keepsight.fetch.addresses import EXCUSABLE, Address, kind_of
from keepsight.fetch.deadline import Deadline

Resolve = Callable[[str, int], Sequence[str]]
"""From a host and a port to its addresses, as text. Raises OSError when there are none."""

ADDRESSES_TRIED = 4
"""Of a host that has many; each costs a connect timeout when nobody listens."""

LARGEST_PORT = 65_535


def system_addresses(host: str, port: int) -> Sequence[str]:
    """The addresses of a host as the system knows them, the preferred one first. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(address[0]) for *_, address in found))


def origin_of(url: str | httpx.URL) -> str:
    """Scheme, host and port of a URL, as exceptions are written: `http://mirror.lan:8080`. Raises FetchRefused."""
    url = _parsed(url)
    return f"{url.scheme}://{url.raw_host.decode('ascii')}:{_port(url)}"


def is_among(host: str, patterns: Sequence[str]) -> bool:
    """Whether a host in lower case is one of `patterns`: a name, `*.example.com` for what is below, `*` for all."""
    return any(p in ("*", host) or (p.startswith("*.") and host.endswith(p[1:])) for p in patterns)


class GuardedTransport(httpx.BaseTransport):
    """Sends requests over HTTPS to public addresses, and to the origins in `allow_private` as well.

    An origin (see `origin_of`) in that list may be private, in the loopback or behind a carrier's NAT, and need not
    use HTTPS: an administrator named it. It is no exception for where it redirects to. With `hosts`, no others are
    asked, redirects included.
    """

    def __init__(
        self,
        tls: ssl.SSLContext,
        resolve: Resolve,
        allow_private: AbstractSet[str],
        hosts: Sequence[str] | None,
        deadline: Deadline,
    ) -> None:
        # Nothing is kept alive: the pool knows connections by address, and one address serves many names.
        self._inner = httpx.HTTPTransport(verify=tls, limits=httpx.Limits(max_keepalive_connections=0))
        self._resolve = resolve
        self._allow_private = allow_private
        self._hosts = hosts
        self._deadline = deadline

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """See httpx. Raises FetchRefused when the request may not be made, FetchError when nobody has that name."""
        url = request.url
        if url.scheme not in ("http", "https") or not url.host:
            raise FetchRefused(f"{url.scheme or 'nothing'}: is no address on the web (expected https://host/path)")
        if _port(url) > LARGEST_PORT:
            raise FetchRefused(f"{url.host}: there is no port {url.port}")
        if url.userinfo:
            raise FetchRefused(f"the address on {url.host} carries a user name; such addresses are not asked")
        excused = origin_of(url) in self._allow_private
        if self._hosts is not None and not excused and not is_among(_name(url), self._hosts):
            raise FetchRefused(f"{url.host} is not among the hosts that may be asked")
        if url.scheme != "https" and not excused:
            raise FetchRefused(f"{url.host} would be asked without encryption (expected https)")
        error: httpx.TransportError | None = None
        for address in self._checked(url, excused):
            try:
                return self._inner.handle_request(_aimed(request, address, self._deadline.left))
            except (httpx.ConnectError, httpx.ConnectTimeout) as failure:
                error = failure
                if self._deadline.passed:
                    break
        assert error is not None  # noqa: S101 - `_checked` gives one address at least
        raise error

    def close(self) -> None:
        """See httpx."""
        self._inner.close()

    def _checked(self, url: httpx.URL, excused: bool) -> Iterator[Address]:
        host = url.raw_host.decode("ascii")
        try:
            found = [ip_address(text) for text in self._looked_up(host, _port(url))]
        except (OSError, UnicodeError) as error:
            raise FetchError(f"{host} cannot be found ({getattr(error, 'strerror', None) or error})") from error
        kinds = [kind_of(address) for address in found]
        good = [a for a, kind in zip(found, kinds, strict=True) if kind is None or (excused and kind in EXCUSABLE)]
        if not good:
            # Not which address: whoever wrote the URL learns nothing about the network behind.
            raise FetchRefused(f"{host} is no server on the public internet ({kinds[0] if kinds else 'no address'})")
        yield from good[:ADDRESSES_TRIED]

    def _looked_up(self, host: str, port: int) -> Sequence[str]:
        """What the name service says, in time: the system's own waits as long as it likes, and nothing ends it.

        Raises what the look-up does, and ConnectTimeout.
        """
        answers: SimpleQueue[Sequence[str] | Exception] = SimpleQueue()

        def look_up() -> None:
            try:
                answers.put(self._resolve(host, port))
            except Exception as error:
                answers.put(error)

        Thread(target=look_up, name="look-up", daemon=True).start()
        try:
            answer = answers.get(timeout=self._deadline.left)
        except Empty:
            raise httpx.ConnectTimeout("its name was not found in time") from None
        if isinstance(answer, Exception):
            raise answer
        return answer


def _aimed(request: httpx.Request, address: Address, left: float) -> httpx.Request:
    """The request to an address; the header `Host` stays, and the certificate has to be one for the name.

    No connection is waited for longer than `left` seconds.
    """
    timeout = request.extensions["timeout"]
    patience = {**timeout, "connect": min(timeout["connect"], max(left, 0.001))}
    return httpx.Request(
        request.method,
        request.url.copy_with(host=str(address)),
        headers=request.headers,
        stream=request.stream,
        extensions={
            **request.extensions,
            "timeout": patience,
            "sni_hostname": request.url.raw_host.decode("ascii"),
        },
    )


def _parsed(url: str | httpx.URL) -> httpx.URL:
    try:
        return httpx.URL(url)
    except httpx.InvalidURL as error:
        raise FetchRefused(f"what was given is no address ({error})") from error


def _name(url: httpx.URL) -> str:
    return url.raw_host.decode("ascii").lower().rstrip(".")


def _port(url: httpx.URL) -> int:
    return url.port or (443 if url.scheme == "https" else 80)
