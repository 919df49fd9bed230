"""The limit of the Admin API: what its headers say, and waiting until calls are taken again.

Cloudinary counts calls by the hour. Every answer says in `X-FeatureRateLimit-Limit`, `-Remaining` and `-Reset` (a
date) how many are left until when; one too many is answered 420 or 429, maybe with `Retry-After`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from threading import Event, Lock

LIMITED = frozenset({420, 429})
LONGEST_BACKOFF = 60.0
"""Seconds between two tries where the answer does not say how long to wait."""

OnWait = Callable[[float, str], None]
"""Called with the seconds that all calls wait from now on, and why."""


class Stopped(Exception):
    """The import was told to stop."""


@dataclass(slots=True)
class Quota:
    """What the last answer said."""

    limit: int | None = None
    """Calls in an hour."""
    remaining: int | None = None


class RateLimit:
    """One for all threads. Whoever is about to call waits here until calls are taken."""

    def __init__(self, stop: Event, on_wait: OnWait = lambda _seconds, _why: None) -> None:
        self.quota = Quota()
        self._stop, self._on_wait = stop, on_wait
        self._until = 0.0
        self._lock = Lock()

    def wait(self) -> None:
        """Return when calls are taken. Raises Stopped."""
        while (left := self._until - time.monotonic()) > 0 and not self._stop.is_set():
            self._stop.wait(left)
        if self._stop.is_set():
            raise Stopped

    def note(self, headers: Mapping[str, str]) -> None:
        """Take over what an answer says; with nothing left, everybody waits for the reset."""
        with self._lock:
            self.quota.limit = _number(headers.get("x-featureratelimit-limit")) or self.quota.limit
            self.quota.remaining = _number(headers.get("x-featureratelimit-remaining"))
            nothing_left = self.quota.remaining == 0
        reset = reset_seconds(headers)
        if nothing_left and reset:
            self._hold(reset, "no calls of this hour are left")

    def refused(self, headers: Mapping[str, str], attempt: int) -> None:
        """An answer 420 or 429; `attempt` counts from 0. Everybody waits as long as it says, or ever longer."""
        wait = retry_after(headers)
        if wait is None:
            wait = reset_seconds(headers)
        if not wait:
            wait = min(LONGEST_BACKOFF, 2.0**attempt)
        self._hold(wait, "the API takes no more calls")

    def _hold(self, seconds: float, why: str) -> None:
        with self._lock:
            until = time.monotonic() + seconds
            new = until > self._until + 0.5
            self._until = max(self._until, until)
        if new:
            self._on_wait(seconds, why)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds of `Retry-After`, which may be a date (RFC 9110, section 10.2.3); None without one."""
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdecimal() and len(text) < 8:
        return float(text)
    return _until_date(text, headers)


def reset_seconds(headers: Mapping[str, str]) -> float | None:
    """Seconds until `X-FeatureRateLimit-Reset`, by the clock of the server that says so; None without one."""
    return _until_date(headers.get("x-featureratelimit-reset", ""), headers)


def _until_date(text: str, headers: Mapping[str, str]) -> float | None:
    moment = _date(text)
    if moment is None:
        return None
    now = _date(headers.get("date", "")) or datetime.now(UTC)
    return max(0.0, (moment - now).total_seconds())


def _date(text: str) -> datetime | None:
    for read, written in ((parsedate_to_datetime, text), (datetime.fromisoformat, text.replace(" UTC", "+00:00"))):
        try:
            moment = read(written.strip())
        except (ValueError, TypeError, IndexError):
            continue
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return None


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and text.isascii() and text.isdecimal() and len(text) < 12 else None
