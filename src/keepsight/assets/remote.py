"""Pictures from other servers, kept on disk and asked about again when their time is over."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from threading import Lock

import structlog
from cachetools import TTLCache

from keepsight.assets.at_hand import ask_others
from keepsight.assets.file_store import FileStore
from keepsight.assets.original import Original, stamp_of
from keepsight.errors import BadRequest, FetchError, FetchMissing, FetchRefused, NotFound, RequestError, Unauthorized
from keepsight.fetch import Reply, Validators
from keepsight.single_flight import SingleFlight

Read = Callable[[str, Validators], Reply]
"""`Fetcher.read`."""
Alone = Callable[[str], AbstractContextManager[object]]
"""`Claims.held`, with some patience."""

log = structlog.get_logger()

_REMEMBERED_ERRORS = 4 << 20
"""Bytes of what went wrong, roughly: addresses may be long, and whoever asks chooses them."""


@dataclass(frozen=True, slots=True)
class _Copy:
    """What is known of a file from another server."""

    url: str
    validators: Validators
    checked: float
    """When its server last said that this is the file, in seconds since the epoch."""


class Remote:
    """Finds pictures by their address. Safe for threads; several processes may share one folder."""

    def __init__(self, store: FileStore, read: Read, *, max_age: int, error_max_age: int, alone: Alone) -> None:
        """`max_age` in seconds until a server is asked again, `error_max_age` after it gave none.

        In the block of `alone(address)` no other process that uses the store asks for that address, or the wait for it
        was too long.
        """
        self._store, self._alone = store, alone
        self._read = read
        self._max_age, self._error_max_age = max_age, error_max_age
        self._flights: SingleFlight[Original] = SingleFlight()
        self._errors: TTLCache[str, tuple[type[RequestError], str]] = TTLCache(
            _REMEMBERED_ERRORS, error_max_age, getsizeof=lambda known: 500 + 2 * len(known[1])
        )
        self._lock = Lock()

    def find(self, url: str) -> Original:
        """The file at an address, from disk while it is fresh; one request to its server at a time, by one process.

        A server that fails is no reason to lose a picture that it once gave: its copy is used for a while longer.
        Raises NotFound when the server has no such file, Unauthorized for an address that may not be asked,
        BadRequest when no file comes, WouldFetch under `at_hand` when no answer lies here.
        """
        if (stored := self._stored(url)) is not None:
            return stored
        self._recall_error(url)
        ask_others()
        return self._flights.do(url, lambda: self._fetched_once(url))

    def _fetched_once(self, url: str) -> Original:
        with self._alone(url):
            return self._stored(url) or self._fetched(url)

    def _recall_error(self, url: str) -> None:
        """Raise what was raised lately."""
        with self._lock:
            remembered = self._errors.get(url)
        if remembered is not None:
            error_type, message = remembered
            raise error_type(message)

    def _stored(self, url: str) -> Original | None:
        copy = self._known(url)
        return self._original(copy) if copy and time.time() < copy.checked + self._max_age else None

    def _fetched(self, url: str) -> Original:
        self._recall_error(url)
        known = self._known(url)
        try:
            reply = self._read(url, known.validators if known else Validators())
        except FetchError as failure:
            log.info("fetch.failed", url=url, error=str(failure))
            if known and not isinstance(failure, FetchMissing | FetchRefused):
                tolerated = time.time() - self._max_age + self._error_max_age
                if original := self._kept(_Copy(url, known.validators, tolerated)):
                    return original
            error = _in_words(url, failure)
            with self._lock:
                self._errors[url] = type(error), str(error)
            raise error from failure
        copy = _Copy(url, reply.validators, time.time())
        original = self._kept(copy) if reply.body is None else self._published(copy, reply.body)
        if original is None:  # its bytes were evicted meanwhile
            raise BadRequest(f"Error in loading - {url}")
        return original

    def _published(self, copy: _Copy, body: bytes) -> Original | None:
        self._store.put(_name(copy.url), body, _text(copy))
        return self._original(copy)

    def _kept(self, copy: _Copy) -> Original | None:
        self._store.note(_name(copy.url), _text(copy))
        return self._original(copy)

    def _known(self, url: str) -> _Copy | None:
        text = self._store.noted(_name(url))
        if text is None:
            return None
        try:
            entry = json.loads(text)
            copy = _Copy(entry["url"], Validators(entry["etag"], entry["last_modified"]), float(entry["checked"]))
        except (ValueError, KeyError, TypeError):
            return None
        return copy if copy.url == url and self._original(copy) else None

    def _original(self, copy: _Copy) -> Original | None:
        path = self._store.path(_name(copy.url))
        try:
            stamp = stamp_of(path.stat())
        except OSError:
            return None
        return Original(copy.url, path, stamp, None, type="fetch", fresh_until=copy.checked + self._max_age)


def _name(url: str) -> str:
    return hashlib.sha256(url.encode()).hexdigest()


def _text(copy: _Copy) -> str:
    validators = copy.validators
    entry = {"etag": validators.etag, "last_modified": validators.last_modified, "checked": copy.checked}
    return json.dumps({"url": copy.url, **entry})


def _in_words(url: str, error: FetchError) -> RequestError:
    match error:
        case FetchMissing():
            return NotFound(f"Resource not found - {url}")
        case FetchRefused():
            return Unauthorized(f"Images of type fetch are restricted in this account: {error}")
        case _:
            return BadRequest(f"Error in loading - {url} ({error})")
