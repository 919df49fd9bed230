"""Every error that Keepsight raises on purpose.

KeepsightError
├── RequestError             the answer to one request; carries its HTTP status
│   ├── BadRequest           400  the URL asks for something unknown, contradictory or out of range
│   │   └── BadImage         400  the original is broken, not an image, or over a limit
│   ├── Unauthorized         401  signature missing or wrong, or the feature is restricted
│   ├── NotFound             404  no such asset
│   ├── TooSlow              408  the body of the request did not arrive in time
│   ├── AlreadyExists        409  something of this name is there and must not be overwritten
│   ├── MethodNotAllowed     405  pictures are read with GET and HEAD
│   ├── PreconditionFailed   412  the picture is not the version that If-Match or If-Unmodified-Since names
│   ├── RangeNotSatisfiable  416  the part that Range names lies behind the end
│   └── Unavailable          503  too busy or too slow just now; carries Retry-After
├── ConfigurationError       settings, cards or weights folder are wrong; lists every fault by name
├── FetchError               bytes that another server was asked for did not arrive
│   ├── FetchMissing         the other server has no such file
│   ├── FetchRefused         the address is one that is never asked: private, not HTTPS, not an address
│   └── FetchInterrupted     the answer broke off; what came is kept, and asking again goes on from there
└── ModelError               a detector could not be loaded or did not answer
"""

from __future__ import annotations

from typing import ClassVar


class KeepsightError(Exception):
    """Root of the tree. `str(error)` is a sentence fit for the person who caused it."""


class RequestError(KeepsightError):
    """Ends one request. The message travels in `X-Cld-Error`, so it never holds a secret or a path of the host."""

    status: ClassVar[int] = 500
    vary: tuple[str, ...] = ()
    """Names of the request headers without which the answer might be another one."""


class BadRequest(RequestError):
    """The URL cannot be obeyed; the message names the parameter, the value and what was expected."""

    status = 400


class BadImage(BadRequest):
    """The original cannot be decoded or exceeds a limit."""


class Unauthorized(RequestError):
    """The URL may not be served without a valid signature."""

    status = 401


class NotFound(RequestError):
    """The asset does not exist."""

    status = 404


class TooSlow(RequestError):
    """The body of the request did not arrive in time."""

    status = 408


class AlreadyExists(RequestError):
    """Something of this name is there already, and must not be overwritten."""

    status = 409


class MethodNotAllowed(RequestError):
    """Pictures are read with GET and HEAD."""

    status = 405


class PreconditionFailed(RequestError):
    """The picture is not the version that the request is about."""

    status = 412


class RangeNotSatisfiable(RequestError):
    """No byte of the picture is in the range that was asked for; `size` is that of the whole in bytes."""

    status = 416

    def __init__(self, message: str, size: int) -> None:
        super().__init__(message)
        self.size = size


class Unavailable(RequestError):
    """The server is too busy or the work took too long; `retry_after` is in seconds."""

    status = 503

    def __init__(self, message: str, retry_after: int = 1) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class ConfigurationError(KeepsightError):
    """The installation is wrong. `faults` lists every fault found, each naming the setting or file."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


class FetchError(KeepsightError):
    """Another server did not give the bytes. The message names its host, never a path of ours."""


class FetchMissing(FetchError):
    """The other server says that it has no such file."""


class FetchRefused(FetchError):
    """The address, or one that it redirects to, is one that Keepsight never asks."""


class FetchInterrupted(FetchError):
    """The answer broke off or the server was busy; the same call may succeed a moment later."""


class ModelError(KeepsightError):
    """A detector could not be loaded, or failed on a picture. Requests go on without it and say so."""
