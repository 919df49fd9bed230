"""Drawings without scripts, and without anything that lies outside of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from keepsight.errors import BadImage
from keepsight.pixels.svg.words import calm_style, kept_address, kept_attribute, kept_element

MAX_ELEMENTS = 100_000
MAX_DEPTH = 200
"""Elements inside each other; the renderer gives up at 256."""
MAX_BYTES = 20_000_000
SVG, XLINK, XML = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink", "http://www.w3.org/XML/1998/namespace"
EXPECTED = "an SVG drawing"


def sanitize(data: bytes) -> bytes:
    """The drawing as UTF-8 with only what draws it: an allowed list of elements, no handlers, no outer addresses.

    Document types, entities (those of the file itself are filled in), comments and foreign namespaces are gone, too.
    Links to web pages stay. Raises BadImage for what is no SVG, or has more than MAX_ELEMENTS or MAX_DEPTH.
    """
    root, body = cleaned(data)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tag("svg", root)}{body}</svg>'.encode()


def cleaned(data: bytes) -> tuple[dict[str, str], str]:
    """Attributes of the root, and everything inside of it as markup."""
    if len(data) > MAX_BYTES:
        raise BadImage(f"Invalid image file: {len(data):,} bytes of SVG; expected at most {MAX_BYTES:,}")
    cleaner = _Cleaner()
    # expat fills in entities of the file within its own limits of amplification, and never opens another file.
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = cleaner.start
    parser.EndElementHandler = cleaner.end
    parser.CharacterDataHandler = cleaner.characters
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise BadImage(f"Invalid image file: damaged; expected {EXPECTED}") from error
    return cleaner.root, "".join(cleaner.parts)


def tag(name: str, attributes: dict[str, str]) -> str:
    """The opening tag of a root, with the two namespaces that drawings need."""
    named = {"xmlns": SVG, "xmlns:xlink": XLINK, **attributes}
    return f"<{name}{_written(named)}>"


@dataclass(slots=True)
class _Cleaner:
    root: dict[str, str] = field(default_factory=dict)
    parts: list[str] = field(default_factory=list)
    depth: int = 0
    elements: int = 0
    dropped: int = 0
    """Depth inside of an element that is left out; 0 outside of any."""
    style: list[str] | None = None

    def start(self, name: str, attributes: dict[str, str]) -> None:
        space, _, local = name.rpartition(" ")
        self.depth += 1
        self.elements += 1
        if self.depth > MAX_DEPTH or self.elements > MAX_ELEMENTS:
            raise BadImage(
                f"Invalid image file: expected {EXPECTED} of at most {MAX_ELEMENTS:,} elements, {MAX_DEPTH} deep"
            )
        if self.depth == 1 and (local != "svg" or space not in ("", SVG)):
            raise BadImage(f"Invalid image file: expected {EXPECTED}")
        if self.dropped or space not in ("", SVG) or not kept_element(local, attributes):
            self.dropped += 1
            return
        kept = _kept(local, attributes)
        if self.depth == 1:
            self.root = kept
            return
        self.parts.append(f"<{local}{_written(kept)}>")
        self.style = [] if local == "style" else None

    def end(self, name: str) -> None:
        self.depth -= 1
        if self.dropped:
            self.dropped -= 1
            return
        if self.style is not None:
            self.parts.append(escape(calm_style("".join(self.style))))
            self.style = None
        if self.depth:
            self.parts.append(f"</{name.rpartition(' ')[2]}>")

    def characters(self, text: str) -> None:
        if not self.dropped:
            (self.parts if self.style is None else self.style).append(escape(text) if self.style is None else text)


def _kept(element: str, attributes: dict[str, str]) -> dict[str, str]:
    kept = {}
    for name, value in attributes.items():
        space, _, local = name.rpartition(" ")
        if local == "href" and space in ("", XLINK):
            if kept_address(element, value):
                kept["xlink:href" if space else "href"] = value
        elif space == XML and local in ("space", "lang"):
            kept[f"xml:{local}"] = value
        elif not space and kept_attribute(local):
            kept[local] = calm_style(value) if local == "style" or "url" in value.lower() else value
    return kept


def _written(attributes: dict[str, str]) -> str:
    return "".join(f" {name}={quoteattr(value)}" for name, value in attributes.items())
