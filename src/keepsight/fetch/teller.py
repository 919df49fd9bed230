"""Telling another server something: webhooks and hooks of CDNs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from keepsight.fetch.exchange import Exchange, Limits
from keepsight.fetch.transport import Resolve, system_addresses


class Teller:
    """Posts small bodies through the guarded transport. Safe to use from several threads."""

    def __init__(
        self, timeout: float, *, allow_private: Sequence[str] = (), resolve: Resolve = system_addresses
    ) -> None:
        """`timeout` in seconds for everything; `allow_private` and `resolve` as in `Fetcher`. Raises FetchRefused."""
        limits = Limits(0, connect=timeout, silence=timeout, total=timeout)
        self._exchange = Exchange(limits, allow_private, None, resolve)

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        """The status of the answer, whose body is not read. Raises FetchRefused, FetchInterrupted, FetchError."""
        with self._exchange.ask("POST", url, headers, body) as response:
            return response.status_code
