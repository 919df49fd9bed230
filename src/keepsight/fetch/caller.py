"""Asking the API of a server that an administrator named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import httpx

from keepsight.errors import FetchError, FetchInterrupted
from keepsight.fetch.exchange import Exchange, Limits, check_encoding, stated_length
from keepsight.fetch.transport import Resolve, system_addresses


@dataclass(frozen=True, slots=True)
class Answered:
    """What the server said."""

    status: int
    headers: httpx.Headers
    body: bytes


class Caller:
    """Calls through the guarded transport, answers of bounded size. Safe to use from several threads."""

    def __init__(
        self,
        timeout: float,
        max_bytes: int,
        *,
        connect: float,
        allow_private: Sequence[str] = (),
        resolve: Resolve = system_addresses,
    ) -> None:
        """`timeout` in seconds for a whole call, `connect` for its connection; the rest as in `Fetcher`.

        Raises FetchRefused when an exception is no address.
        """
        limits = Limits(max_bytes, connect=connect, silence=timeout, total=timeout)
        self._max_bytes = max_bytes
        self._exchange = Exchange(limits, allow_private, None, resolve)

    def call(self, method: str, url: str, body: bytes | None = None, headers: Mapping[str, str] = {}) -> Answered:
        """The answer, whatever its status. Raises FetchRefused, FetchInterrupted, FetchError."""
        with self._exchange.ask(method, url, headers, body) as response:
            host, length = response.url.host, stated_length(response)
            check_encoding(response)
            answer = bytearray()
            for chunk in response.iter_raw():
                answer += chunk
                if len(answer) > self._max_bytes:
                    raise FetchError(f"{host} answers with more than {self._max_bytes} bytes")
        if length is not None and len(answer) != length:
            raise FetchInterrupted(f"{host} gave {len(answer)} bytes of {length}")
        return Answered(response.status_code, response.headers, bytes(answer))
