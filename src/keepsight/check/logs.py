"""Lines of access logs, of lists of URLs, and of anything else that is text."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from keepsight.check.extract import urls_in

_REQUEST = re.compile(
    r"""(?P<quote>["'])(?P<method>[A-Z]{3,8}) (?P<target>\S.*?)(?: HTTP/[\d.]+)?(?P=quote)"""
    r"""(?:[ \t|,]+(?P<status>[1-5]\d\d)\b)?"""
)
"""The request in quotes and the status behind it: common and combined format, nginx, Apache, load balancers."""
_HEX = re.compile(r"\\x([0-9A-Fa-f]{2})")
"""How nginx and Apache write a byte that they do not trust."""
_METHOD = re.compile(r"[A-Z]{3,8}")
_READING = frozenset({"GET", "HEAD"})
_URL_LINE = re.compile(r"(?:https?:)?//\S|/\S", re.IGNORECASE)
_REST_OF_PATH = re.compile(r"/|\.[A-Za-z0-9]{2,5}$")
# fmt: off
_CLOUDFRONT = (
    "date", "time", "x-edge-location", "sc-bytes", "c-ip", "cs-method", "cs(Host)", "cs-uri-stem", "sc-status",
    "cs(Referer)", "cs(User-Agent)", "cs-uri-query",
)
# fmt: on
"""The fields of a standard log of CloudFront whose head is gone (CloudFront, Standard log file fields)."""
_STEMS = ("cs-uri-stem", "cs-uri", "cs-url", "uri-stem")
_HOSTS = ("x-host-header", "cs-host", "cs(host)", "cs(Host)")
_LIKELY = (
    "requesturl", "requesturi", "requestpath", "rawpath", "clientrequesturi", "clientrequesturl", "clientrequestpath",
    "csuristem", "url", "uri", "urlfull", "urloriginal", "urlpath", "httpurl", "httptarget", "httppath", "path",
    "target", "resource", "request", "requestline", "httprequest", "message", "msg", "log",
)  # fmt: skip
"""Where JSON logs keep what was asked for, the surest first: keys in lower case without punctuation."""
_NAMED_HOSTS = ("clientrequesthost", "requesthost", "httphost", "xforwardedhost", "host", "authority", "serveraddress")
_STATUSES = ("status", "statuscode", "httpstatus", "responsestatus", "edgeresponsestatus", "scstatus")
_METHODS = ("method", "requestmethod", "httpmethod", "clientrequestmethod", "csmethod")


@dataclass(frozen=True, slots=True)
class Found:
    """A URL or a path as it stands in a file."""

    url: str
    failed: bool = False
    """Whether the log says that it was answered with an error there."""


def read_lines(lines: Iterable[str], count: Callable[[], None]) -> Iterator[Found]:
    """What is asked for in each line; the format is told line by line. `count` is called for every line."""
    fields: Sequence[str] = ()
    for raw in lines:
        count()
        line = raw.strip()
        if line.startswith("#"):
            name, _, rest = line[1:].partition(":")
            fields = rest.split() if name.lower() == "fields" else fields
        elif line:
            yield from _line(line, fields)


def _line(line: str, fields: Sequence[str]) -> Iterable[Found]:
    if line[0] == "{" and (found := _of_json(line)) is not None:
        return found
    if match := _REQUEST.search(line):
        return _asked(match["method"], _unescaped(match["target"]), match["status"])
    values = line.split("\t") if "\t" in line else line.split()
    if len(fields) > 3 and len(values) == len(fields):
        return _of_fields(dict(zip(fields, values, strict=True)))
    if len(values) >= len(_CLOUDFRONT) and _METHOD.fullmatch(values[5]) and values[7][:1] == "/":
        return _of_fields(dict(zip(_CLOUDFRONT, values, strict=False)))
    if _URL_LINE.match(line) and "://" not in line.partition(" ")[2]:
        return (Found(_whole(line)),)
    return map(Found, urls_in(line))


def _asked(method: str, target: str, status: object, host: str = "") -> Iterable[Found]:
    """A request, if it read something."""
    if method and method.upper() not in _READING:
        return ()
    url = f"//{host}{target}" if host and target.startswith("/") and not target.startswith("//") else target
    return (Found(url, failed=str(status or "")[:1] in ("4", "5")),)


def _of_fields(row: Mapping[str, str]) -> Iterable[Found]:
    """A row of a W3C extended log, such as those of CloudFront and IIS."""
    stem = next((row[name] for name in _STEMS if name in row), "-")
    host = next((row[name] for name in _HOSTS if row.get(name, "-") != "-"), "")
    if "%2520" in row.get("cs(User-Agent)", ""):  # the log escapes what is escaped already
        stem = stem.replace("%25", "%")
    method = row.get("cs-method", "")
    return _asked("" if method == "-" else method, stem, row.get("sc-status"), host) if stem != "-" else ()


def _of_json(line: str) -> Iterable[Found] | None:
    """A line of a JSON log; None where it is none."""
    try:
        told = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(told, dict):
        return None
    values = dict(_flattened(told, 0))
    host = next((str(values[key]) for key in _NAMED_HOSTS if values.get(key)), "")
    status = next((values[key] for key in _STATUSES if key in values), None)
    method = next((str(values[key]) for key in _METHODS if values.get(key)), "")
    texts = [value for key in _LIKELY if isinstance(value := values.get(key), str)]
    for text in texts:
        if match := _REQUEST.search(f'"{text}"') or _REQUEST.search(text):
            return _asked(match["method"], _unescaped(match["target"]), match["status"] or status, host)
    for text in texts:
        if _URL_LINE.match(text):
            return _asked(method, text, status, host)
    return map(Found, urls_in(line))


def _flattened(told: Mapping[str, Any], depth: int) -> Iterator[tuple[str, Any]]:
    """Keys and values of nested objects, inner ones first so that outer ones count; `http.url` is `httpurl`, too."""
    for key, value in told.items():
        name = re.sub(r"[^a-z]", "", key.lower())
        if isinstance(value, dict) and depth < 5:
            for inner, each in _flattened(value, depth + 1):
                yield inner, each
                yield name + inner, each
    for key, value in told.items():
        if not isinstance(value, dict):
            yield re.sub(r"[^a-z]", "", key.lower()), value


def _whole(line: str) -> str:
    """The URL that a line begins with; blanks belong to it where a path goes on behind them."""
    first, tab, _ = line.partition("\t")
    if tab:
        return first.rstrip()
    head, blank, rest = line.partition(" ")
    return line if blank and _REST_OF_PATH.search(rest) else head


def _unescaped(target: str) -> str:
    return _HEX.sub(lambda m: f"%{m[1]}", target) if "\\x" in target else target
