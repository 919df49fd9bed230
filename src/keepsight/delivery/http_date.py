"""Times as HTTP writes them (RFC 9110, section 5.6.7)."""

from __future__ import annotations

from datetime import UTC
from email.utils import formatdate, parsedate_to_datetime


def http_date(seconds: int) -> bytes:
    """Seconds since the epoch as a date."""
    return formatdate(seconds, usegmt=True).encode()


def seconds_of(date: bytes) -> int | None:
    """A date as seconds since the epoch; None for what is none."""
    try:
        parsed = parsedate_to_datetime(date.decode("ascii"))
        # Without an offset it is meant in GMT, as every date in HTTP is.
        return int((parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp())
    except (ValueError, TypeError, OverflowError):
        return None
