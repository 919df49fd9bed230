"""URLs of HTML pages, sitemaps and feeds."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser

from keepsight.check.extract import candidates, urls_in

_CODE = frozenset({"script", "style", "noscript", "template", "textarea"})
"""Elements of a page whose text holds addresses that it loads; in others it is only shown."""


def urls_of(markup: str, *, xml: bool) -> Iterator[str]:
    """What a document loads or names, in its order: attributes, `srcset`, styles, scripts and JSON inside of it.

    In XML, such as a sitemap, the text of every element counts. What no parser can read is searched as text.
    """
    reader = _Reader(xml=xml)
    try:
        reader.feed(markup)
        reader.close()
    except AssertionError:  # html.parser, on declarations that it does not know
        yield from urls_in(markup)
    else:
        yield from reader.found


class _Reader(HTMLParser):
    def __init__(self, *, xml: bool) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._xml = xml
        self._inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Read its attributes."""
        self._read(attrs)
        if tag in _CODE:
            self._inside.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """As a start without content."""
        self._read(attrs)

    def handle_endtag(self, tag: str) -> None:
        """Leave an element whose text counts."""
        if tag in self._inside:
            del self._inside[self._inside.index(tag) :]

    def handle_data(self, data: str) -> None:
        """Text, where it counts."""
        if self._xml or self._inside:
            self.found += urls_in(data)

    def unknown_decl(self, data: str) -> None:
        """CDATA, in which feeds keep markup."""
        if data.startswith("CDATA["):
            self.found += urls_in(data[len("CDATA[") :])

    def _read(self, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            text = (value or "").strip()
            if name.endswith("srcset"):
                for url in candidates(text):
                    self._add(url)
            elif text.startswith(("http:", "https:", "//", "/")) and not any(c in text for c in " \n\"'<>"):
                self._add(text)
            else:
                self.found += urls_in(text)

    def _add(self, url: str) -> None:
        self.found.append(url)
