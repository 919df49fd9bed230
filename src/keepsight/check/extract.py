"""URLs inside of text: style sheets, scripts, JSON, `srcset`, anything."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import unquote

_ANYWHERE = re.compile(r"""(?:\bhttps?:)?//[^\s"'<>\\`]+|(?<![^\s"'(`=])/(?!/)[^\s"'<>\\`]+""", re.IGNORECASE)
"""URLs with a host, and paths behind a blank, a quote, a parenthesis or an equals sign."""
_ENCODED = re.compile(r"""https?%3A(?:%2F){2}[^\s"'<>\\`&]+""", re.IGNORECASE)
"""A URL that is a value inside of another one, as image proxies of front ends take it."""
_ESCAPED = re.compile(r"\\u00([2-7][0-9a-fA-F])|\\/|\\x([2-7][0-9a-fA-F])")
_TEMPLATE = re.compile(r"[{}]|<%|\$\(|%[sd](?![0-9a-fA-F])")
"""Placeholders of templates: `${width}`, `{{ id }}`, `%s`. What holds one is no address yet."""
_WORTH = ("/", "%2F", "%2f", "\\u002")


def urls_in(text: str) -> Iterator[str]:
    """Everything in a text that is a URL or a path: JSON's and HTML's escapes are undone, `url(…)` is taken apart."""
    if not any(mark in text for mark in _WORTH):
        return
    if "\\" in text:
        text = _ESCAPED.sub(lambda m: chr(int(m[1] or m[2], 16)) if m[1] or m[2] else "/", text)
    if "&" in text:
        text = unescape(text)
    for match in _ANYWHERE.finditer(text):
        yield _trimmed(match[0])
    yield from embedded(text)


def embedded(text: str) -> Iterator[str]:
    """URLs that are percent-encoded values of others: `/_next/image?url=https%3A%2F%2F…&w=640`."""
    for match in _ENCODED.finditer(text):
        yield unquote(match[0])


def candidates(srcset: str) -> Iterator[str]:
    """The URLs of a `srcset`, which may hold commas (HTML, 4.8.4.2.1: a URL ends at a blank)."""
    at, end = 0, len(srcset)
    while at < end:
        start = re.compile(r"[\s,]*").match(srcset, at)
        at = start.end() if start else at
        url = re.compile(r"\S*").match(srcset, at)
        if url is None or not url[0]:
            return
        at = url.end()
        yield url[0].rstrip(",")
        if not url[0].endswith(","):  # descriptors up to the next comma that is not in parentheses
            described = re.compile(r"(?:\([^)]*\)|[^,(])*").match(srcset, at)
            at = described.end() + 1 if described else end


def is_template(url: str) -> bool:
    """True for a template: a placeholder in it waits to be filled."""
    return _TEMPLATE.search(url) is not None


def _trimmed(url: str) -> str:
    """Without what belongs to the text around it: closing parentheses and brackets that it does not open, marks."""
    while url:
        last = url[-1]
        if (
            last in ",;.!*"
            or (last == ")" and url.count("(") < url.count(")"))
            or (last == "]" and url.count("[") < url.count("]"))
        ):
            url = url[:-1]
        else:
            break
    if ")" in url and "(" not in url.partition(")")[0]:  # url(…) with more behind it
        url = url.partition(")")[0]
    return url
