"""`X-Request-Id`: one name for a request in every log on its way."""

from __future__ import annotations

import re
import secrets
from itertools import count

_SANE = re.compile(rb"[A-Za-z0-9._:/+=@-]{1,128}")


class RequestIds:
    """Names requests. A name that a client or proxy gave is taken over if it can do no harm in a header or a log."""

    def __init__(self) -> None:
        # Random once, then counted: a random number for each would cost more than the rest of a hit's headers.
        self._prefix, self._count = secrets.token_hex(8).encode(), count()

    def take(self, given: bytes | None) -> bytes:
        """The name of one request."""
        if given is not None and _SANE.fullmatch(given):
            return given
        return b"%b%08x" % (self._prefix, next(self._count))
