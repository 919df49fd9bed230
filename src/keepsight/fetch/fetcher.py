"""Downloading a file, safely: limits of size and time, resume, and errors in words."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx

from keepsight.errors import FetchError, FetchInterrupted
from keepsight.fetch.deadline import Deadline
from keepsight.fetch.part import Part
from keepsight.fetch.transport import GuardedTransport, Resolve, origin_of, system_addresses

OnProgress = Callable[[int, int | None], None]
"""Called with the bytes that are there and the bytes of the whole file, None where the server does not say."""

BUSY = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Statuses after which the same request may succeed."""


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


class Fetcher:
    """The one client for outbound requests, made for one purpose. Safe to use from several threads."""

    def __init__(
        self, limits: Limits, *, allow_private: Sequence[str] = (), resolve: Resolve = system_addresses
    ) -> None:
        """`allow_private` lists URLs whose origins are asked although they are private or without encryption.

        Only what an administrator named belongs there, never what a request says. `resolve` is a seam for tests: it
        stands for the name service. Raises FetchRefused when an exception is no address.
        """
        self._limits = limits
        self._allow_private = frozenset(origin_of(url) for url in allow_private)
        self._resolve = resolve
        self._tls = httpx.create_ssl_context()

    def download(
        self,
        url: str,
        path: Path,
        *,
        expected_bytes: int | None = None,
        on_progress: OnProgress = lambda _done, _total: None,
        resume: bool = False,
    ) -> int:
        """Write what `url` gives to `path`, and return its size in bytes.

        Only HTTPS and public addresses are asked, at every redirect. With `resume`, bytes that an earlier call left at
        `path` are kept if the server still has that very version (RFC 9110, section 13.1.5); either way, what arrived
        stays there when the answer breaks off. The file is complete only when this returns: publish it afterwards.

        Raises FetchRefused for an address that is never asked, FetchInterrupted when trying again may help, FetchError
        for everything else: a status, a limit, no connection, a file that cannot be written.
        """
        limits = self._limits
        deadline = Deadline(limits.total)
        timeout = httpx.Timeout(limits.silence, connect=limits.connect)
        transport = GuardedTransport(self._tls, self._resolve, self._allow_private)
        try:
            with (
                deadline,
                path.open("ab") as file,
                httpx.Client(
                    transport=transport,
                    timeout=timeout,
                    trust_env=False,
                    follow_redirects=True,
                    max_redirects=limits.redirects,
                ) as client,
            ):
                part = Part(file, path, url, resume=resume)
                watched = {"trace": deadline.watch}
                with client.stream("GET", url, headers=_headers(part), extensions=watched) as response:
                    total = self._begin(part, response, expected_bytes)
                    on_progress(part.size, total)
                    self._receive(part, response, total, on_progress)
                size, host = part.size, response.url.host
                if deadline.passed:  # a body without a stated length ends with its connection, whoever ended that
                    raise FetchError(_too_slow(host, limits))
                if total is not None and size != total:
                    part.restart()
                    raise FetchInterrupted(f"{host} gave {size} bytes of {total}; the next try begins anew")
                if expected_bytes is not None and size != expected_bytes:
                    part.restart()
                    raise FetchError(f"{host} gave {size} bytes (expected {expected_bytes})")
                part.complete()
                return size
        except httpx.HTTPError as error:
            if deadline.passed:
                raise FetchError(_too_slow(error.request.url.host, limits)) from error
            raise _in_words(error) from error
        except httpx.InvalidURL as error:
            raise FetchError(f"the address cannot be asked ({error})") from error
        except OSError as error:
            raise FetchError(f"{path.name} cannot be written ({error.strerror})") from error

    def _begin(self, part: Part, response: httpx.Response, expected_bytes: int | None) -> int | None:
        """Look at the head of the answer; afterwards `part` is what the body continues. Returns the whole size."""
        host, status = response.url.host, response.status_code
        if status == httpx.codes.PARTIAL_CONTENT and part.validator:
            whole = _whole_size(response, part)
        elif status == httpx.codes.OK:
            part.restart(_validator(response))
            length = response.headers.get("content-length", "")
            whole = int(length) if length.isdecimal() else None
        elif status == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
            part.restart()
            raise FetchInterrupted(f"{host} has less than was there already; the next try begins anew")
        else:
            raise (FetchInterrupted if status in BUSY else FetchError)(f"{host} answers {status}")
        if response.headers.get("content-encoding", "identity") != "identity":
            raise FetchError(f"{host} gives the file in an encoding that nobody asked for")
        if whole is not None and expected_bytes is not None and whole != expected_bytes:
            raise FetchError(f"{host} gives a file of {whole} bytes (expected {expected_bytes})")
        if whole is not None and whole > self._limits.max_bytes:
            raise FetchError(f"{host} gives a file of {whole} bytes (at most {self._limits.max_bytes})")
        return whole

    def _receive(self, part: Part, response: httpx.Response, total: int | None, on_progress: OnProgress) -> None:
        done = part.size
        for chunk in response.iter_raw():  # as it comes: chunks of a size would be lost in a break
            done += len(chunk)
            if done > self._limits.max_bytes:
                part.restart()
                raise FetchError(f"{response.url.host} gives more than {self._limits.max_bytes} bytes")
            part.write(chunk)
            on_progress(done, total)


def _headers(part: Part) -> dict[str, str]:
    """Plain bytes, since sizes and hashes are those of the file; and only what is missing, if the rest still holds."""
    asked = {"Accept-Encoding": "identity", "User-Agent": "keepsight"}
    if part.validator:
        asked |= {"Range": f"bytes={part.size}-", "If-Range": part.validator}
    return asked


def _validator(response: httpx.Response) -> str:
    """What names this version in `If-Range`: a strong entity tag, else the time of its last change."""
    tag: str = response.headers.get("etag", "")
    if tag.startswith('"'):
        return tag
    changed: str = response.headers.get("last-modified", "")
    return changed


def _whole_size(response: httpx.Response, part: Part) -> int | None:
    """The size that a partial answer states. Raises FetchInterrupted when it does not continue what is there."""
    stated = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", response.headers.get("content-range", ""))
    same = _validator(response) in ("", part.validator)
    if stated is None or int(stated[1]) != part.size or not same:
        part.restart()
        raise FetchInterrupted(f"{response.url.host} does not go on where it stopped; the next try begins anew")
    return None if stated[2] == "*" else int(stated[2])


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
