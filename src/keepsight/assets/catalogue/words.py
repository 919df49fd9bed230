"""What an asset is found by: the words of its texts, and its tags and keys letter for letter.

Words are the same in both databases, which would each have rules of their own for full text.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator

from sqlalchemy import Connection, delete, insert

from keepsight.assets.catalogue.asset import AssetName, Described, Json, texts
from keepsight.assets.catalogue.tables import terms, values

_WORD = re.compile(r"[^\W_]+")
_LONGEST_WORD = 64
_MOST_WORDS = 500
"""Of one field: a text of that length is read by people, not looked up by its last word."""
_LONGEST_VALUE = 256


def words(text: str) -> list[str]:
    """Its runs of letters and digits, whatever their case and width, each once, in order; long ones cut."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return list(dict.fromkeys(word[:_LONGEST_WORD] for word in _WORD.findall(plain)))[:_MOST_WORDS]


def indexed(value: str) -> str:
    """A value as it is looked up: itself or, since no index takes longer ones, the digest of a long one."""
    if len(value) <= _LONGEST_VALUE:
        return value
    return f"sha256:{hashlib.sha256(value.encode('utf-8', 'surrogatepass')).hexdigest()}"


def index(connection: Connection, asset: int, name: AssetName, said: Described, *, anew: bool = True) -> None:
    """Write what the asset is found by; `anew`: in place of what was there."""
    for table in (values, terms) if anew else ():
        connection.execute(delete(table).where(table.c.asset == asset))
    exact = dict.fromkeys((field, indexed(value)) for field, value in _values(said))
    if exact:
        connection.execute(insert(values), [{"asset": asset, "field": f, "value": v} for f, v in exact])
    found = dict.fromkeys((field, word) for field, text in _texts(name, said) for word in words(text))
    if found:
        connection.execute(insert(terms), [{"asset": asset, "field": f, "term": w} for f, w in found])


def _values(said: Described) -> Iterator[tuple[str, str]]:
    yield from (("tags", tag) for tag in said.tags)
    for field, mapping in (("context", said.context), ("metadata", said.metadata)):
        for key, value in mapping.items():
            yield field, key
            yield from ((f"{field}.{key}", text) for text in texts(value))
    for moderation in said.moderation or ():
        yield "moderation", f"{moderation['kind']}/{moderation['status']}"
        yield "moderation_kind", moderation["kind"]
        yield "moderation_status", moderation["status"]


def _texts(name: AssetName, said: Described) -> Iterator[tuple[str, str]]:
    yield "public_id", name.public_id
    yield "filename", name.filename
    yield "folder", name.folder
    yield "asset_folder", said.asset_folder
    yield "display_name", said.display_name
    yield from (("tags", tag) for tag in said.tags)
    for field, mapping in (("context", said.context), ("metadata", said.metadata)):
        for key, value in mapping.items():
            yield field, key
            for text in texts(value):
                yield field, text
                yield f"{field}.{key}", text
    yield from (("colors", colour) for colour in _colours(said.colours))


def _colours(colours: Json) -> Iterator[str]:
    if isinstance(colours, dict):
        listed = [colours.get("colors") or (), *(colours.get("predominant") or {}).values()]
        yield from (str(pair[0]) for pairs in listed for pair in pairs)
