"""Bytes become an asset: first they are whole in the store, then one transaction makes them visible.

A crash between the two leaves bytes that no row names; `collect.py` takes them away later.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import uuid4

from keepsight.assets.store.store import Content, Digests, Store

ORIGINALS, DERIVED, PARTS = "originals", "derived", "parts"
"""Folders of the store: bytes of assets, images derived from them, parts of unfinished uploads."""
SHARED = "shared"
"""Folder of what servers share: images derived from a generation of an asset, `shared/<generation>/<key>`."""


@dataclass(frozen=True, slots=True)
class Stored:
    """Bytes that are in the store, and not yet named by a row."""

    key: str
    digests: Digests


def store_bytes(store: Store, folder: str, content: Content) -> Stored:
    """Put bytes under a key that nothing else ever has or had. Raises Unavailable.

    Not under their digest: then a second upload of the same bytes could rely on some that are just being deleted with
    the first asset, and only a lock around both would help. Equal bytes are rare among originals.
    """
    name = uuid4().hex
    key = f"{folder}/{name[:2]}/{name}"
    return Stored(key, store.put(key, content))
