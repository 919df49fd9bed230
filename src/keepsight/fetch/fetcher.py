"""Getting a file, safely: limits of size and time, resume, revalidation, and errors in words."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx

from keepsight.errors import FetchError, FetchInterrupted, FetchMissing
from keepsight.fetch.exchange import Exchange, Limits, check_encoding, stated_length
from keepsight.fetch.part import Part
from keepsight.fetch.transport import Resolve, system_addresses
from keepsight.telemetry.fetching import fetching

OnProgress = Callable[[int, int | None], None]
"""Called with the bytes that are there and the bytes of the whole file, None where the server does not say."""

BUSY = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Statuses after which the same request may succeed."""
_MISSING = frozenset({404, 410})


@dataclass(frozen=True, slots=True)
class Validators:
    """What names one version of a file (RFC 9110, section 8.8); empty where the server gives none."""

    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """What `Fetcher.read` brings."""

    body: bytes | None
    """None: it is still the version that was known."""
    validators: Validators


class Fetcher:
    """The one client for outbound requests, made for one purpose. Safe to use from several threads."""

    def __init__(
        self,
        limits: Limits,
        *,
        allow_private: Sequence[str] = (),
        hosts: Sequence[str] | None = None,
        resolve: Resolve = system_addresses,
    ) -> None:
        """`allow_private` lists URLs whose origins are asked although they are private or without encryption.

        Only what an administrator named belongs there, never what a request says. `hosts` are the only ones that are
        asked besides: a name, `*.example.com` for every name below, `*` for all; None: all. `resolve` is a seam for
        tests: it stands for the name service. Raises FetchRefused when an exception is no address.
        """
        self._limits = limits
        self._exchange = Exchange(limits, allow_private, hosts, resolve)

    @fetching
    def read(self, url: str, known: Validators = Validators()) -> Reply:
        """What `url` gives, if it is another version than the one that is `known`. Addresses as in `download`.

        Raises FetchMissing when the server has no such file, FetchRefused, FetchInterrupted, FetchError.
        """
        asked = {"If-None-Match": known.etag, "If-Modified-Since": known.last_modified}
        with self._exchange.get(url, {name: value for name, value in asked.items() if value}) as response:
            host, status = response.url.host, response.status_code
            if status == httpx.codes.NOT_MODIFIED and known != Validators():
                return Reply(None, known)
            if status in _MISSING:
                raise FetchMissing(f"{host} answers {status}")
            if status != httpx.codes.OK:
                raise (FetchInterrupted if status in BUSY else FetchError)(f"{host} answers {status}")
            check_encoding(response)
            length = stated_length(response)
            self._check_size(host, length or 0)
            body = bytearray()
            for chunk in response.iter_raw():
                body += chunk
                self._check_size(host, len(body))
            headers = response.headers
        if length is not None and len(body) != length:
            raise FetchInterrupted(f"{host} gave {len(body)} bytes of {length}")
        return Reply(bytes(body), Validators(headers.get("etag", ""), headers.get("last-modified", "")))

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
        try:
            with path.open("ab") as file:
                part = Part(file, path, url, resume=resume)
                with self._exchange.get(url, _headers(part)) as response:
                    host = response.url.host
                    total = self._begin(part, response, expected_bytes)
                    on_progress(part.size, total)
                    self._receive(part, response, total, on_progress)
                size = part.size
                if total is not None and size != total:
                    part.restart()
                    raise FetchInterrupted(f"{host} gave {size} bytes of {total}; the next try begins anew")
                if expected_bytes is not None and size != expected_bytes:
                    part.restart()
                    raise FetchError(f"{host} gave {size} bytes (expected {expected_bytes})")
                part.complete()
                return size
        except OSError as error:
            raise FetchError(f"{path.name} cannot be written ({error.strerror})") from error

    def _begin(self, part: Part, response: httpx.Response, expected_bytes: int | None) -> int | None:
        """Look at the head of the answer; afterwards `part` is what the body continues. Returns the whole size."""
        host, status = response.url.host, response.status_code
        if status == httpx.codes.PARTIAL_CONTENT and part.validator:
            whole = _whole_size(response, part)
        elif status == httpx.codes.OK:
            part.restart(_validator(response))
            whole = stated_length(response)
        elif status == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
            part.restart()
            raise FetchInterrupted(f"{host} has less than was there already; the next try begins anew")
        else:
            raise (FetchInterrupted if status in BUSY else FetchError)(f"{host} answers {status}")
        check_encoding(response)
        if whole is not None and expected_bytes is not None and whole != expected_bytes:
            raise FetchError(f"{host} gives a file of {whole} bytes (expected {expected_bytes})")
        self._check_size(host, whole or 0)
        return whole

    def _check_size(self, host: str, size: int) -> None:
        if size > self._limits.max_bytes:
            raise FetchError(f"{host} gives more than {self._limits.max_bytes} bytes")

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
    """Only what is missing, if the rest still holds."""
    return {"Range": f"bytes={part.size}-", "If-Range": part.validator} if part.validator else {}


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
