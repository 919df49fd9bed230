"""Calls of the Admin API, one after the other or from several threads: retried, paged, within the rate limit."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from threading import Event
from typing import Any

from keepsight.errors import FetchError, FetchInterrupted, KeepsightError
from keepsight.fetch import Caller
from keepsight.importer.account import Account
from keepsight.importer.rate_limit import LIMITED, LONGEST_BACKOFF, OnWait, RateLimit, Stopped

Json = dict[str, Any]

PAGE = 500
"""Results of one call, the most that there may be."""
_ATTEMPTS = 6
_TIMEOUT = 60.0
_CONNECT = 10.0
_LARGEST_ANSWER = 64 << 20
_FAULTS = frozenset({500, 502, 503, 504})


class SourceError(KeepsightError):
    """The API of the cloud refuses the import as a whole, or does not answer."""


class Refused(KeepsightError):
    """One call was refused; `status` says how. The message is that of the API."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class AdminClient:
    """The Admin API of one cloud. Safe to use from several threads."""

    def __init__(self, account: Account, stop: Event, on_wait: OnWait) -> None:
        """`stop` ends every wait with Stopped. Raises FetchRefused when the prefix is no address."""
        self.account = account
        self.limit = RateLimit(stop, on_wait)
        self._stop = stop
        allowed = (account.prefix,) if account.named_prefix else ()
        self._caller = Caller(_TIMEOUT, _LARGEST_ANSWER, connect=_CONNECT, allow_private=allowed)

    def get(self, path: str, parameters: Mapping[str, str] | None = None) -> Json:
        """The answer to GET. Raises Refused for 4xx, SourceError, Stopped."""
        return self._call("GET", self.account.api_url(path, dict(parameters or {})), None)

    def pages(self, path: str, parameters: Mapping[str, str], items: str) -> Iterator[list[Json]]:
        """The lists under the key `items` of every page of a GET. Raises as `get`."""
        yield from _paged(lambda cursor: self.get(path, {"max_results": str(PAGE), **parameters} | cursor), items)

    def searched_pages(self, path: str, items: str) -> Iterator[list[Json]]:
        """As `pages`, of a search, which is a POST of a JSON body. Raises as `get`."""
        url = self.account.api_url(path)
        yield from _paged(
            lambda cursor: self._call("POST", url, json.dumps({"max_results": PAGE} | cursor).encode()), items
        )

    def _call(self, method: str, url: str, body: bytes | None) -> Json:
        headers = self.account.authorization | ({"Content-Type": "application/json"} if body is not None else {})
        attempt = refusals = 0
        while True:
            self.limit.wait()
            try:
                answered = self._caller.call(method, url, body, headers)
            except FetchInterrupted as error:
                fault = str(error)
            except FetchError as error:
                raise SourceError(f"The API cannot be asked: {error}") from error
            else:
                self.limit.note(answered.headers)
                if answered.status in LIMITED:
                    self.limit.refused(answered.headers, refusals)
                    refusals += 1
                    continue
                if answered.status not in _FAULTS:
                    return self._read(answered.status, answered.body)
                fault = f"the API answers {answered.status}"
            attempt += 1
            if attempt == _ATTEMPTS:
                raise SourceError(f"{fault}, {_ATTEMPTS} times in a row; the same command goes on later")
            if self._stop.wait(min(LONGEST_BACKOFF, 0.5 * 2**attempt)):
                raise Stopped

    def _read(self, status: int, body: bytes) -> Json:
        try:
            answer = json.loads(body)
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            raise SourceError(
                f"The API answers {status} with something that is no JSON object (is it the right host?)"
            )
        if status == 200:
            return answer
        error = answer.get("error")
        message = str(error.get("message") if isinstance(error, dict) else error or "no reason given")[:300]
        if status == 401:
            raise SourceError(f"The API refuses the credentials of cloud {self.account.cloud}: {message}")
        raise Refused(status, message)


def _paged(ask: Callable[[dict[str, str]], Json], items: str) -> Iterator[list[Json]]:
    """Every page of a listing; it ends without a cursor, and with one that comes twice in a row."""
    cursor = ""
    while True:
        answer = ask({"next_cursor": cursor} if cursor else {})
        yield listed(answer, items)
        following = str(answer.get("next_cursor") or "")
        if following in ("", cursor):
            return
        cursor = following


def listed(answer: Json, items: str) -> list[Json]:
    """The objects of a list in an answer; what is none is left out."""
    found = answer.get(items)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []
