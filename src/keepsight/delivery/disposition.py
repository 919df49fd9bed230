"""`Content-Disposition`: the name under which a picture is saved (RFC 6266, RFC 8187)."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote

from keepsight.assets.original import Original
from keepsight.transformation.output import Output

_LONGEST = 150
"""Characters of a name: file systems take 255 bytes, and one character may need four."""
_SEPARATORS = re.compile(r'[/\\:*?"<>|]')
_ATTRIBUTE = "!#$&+-.^_`|~"
"""Besides letters and digits what RFC 8187 leaves as it is."""


def attachment(name: str, extension: str) -> bytes:
    """The header that has a picture saved as `name` with the extension of its format, or any file with its own.

    Whatever a file name may not hold somewhere becomes `_`; control and formatting characters, which hide what a name
    is, and dots in front are dropped.
    """
    ending = f".{_safe(extension)}" if extension else ""
    name = f"{_safe(name) or 'image'}{ending}"
    plain, plain_ending = _plain(name), _plain(ending)
    if plain == name:
        return f'attachment; filename="{name}"'.encode()
    fallback = plain if plain.removesuffix(plain_ending).strip() else f"image{plain_ending}"
    return f"attachment; filename=\"{fallback}\"; filename*=UTF-8''{quote(name, safe=_ATTRIBUTE)}".encode()


def saved_as(output: Output, original: Original) -> str | None:
    """The name without an extension under which an answer is saved; None: it is shown."""
    return output.attachment or file_stem(original.key) if output.attachment is not None else None


def file_stem(key: str) -> str:
    """The name of an original without its folders and its extension; of an address without its query."""
    last = re.split(r"[?#]", key)[0].rstrip("/").rpartition("/")[2]
    return last.rpartition(".")[0] or last


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().replace("%", "_")


def _safe(name: str) -> str:
    visible = "".join(c for c in unicodedata.normalize("NFC", name) if unicodedata.category(c)[0] != "C")
    return _SEPARATORS.sub("_", visible).strip().lstrip(". ")[:_LONGEST]
