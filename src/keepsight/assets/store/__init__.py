"""Where bytes are kept: a folder of the local disk, or object storage behind a URL."""

from keepsight.assets.store.opening import open_store
from keepsight.assets.store.store import Digests, Listed, Store

__all__ = ["Digests", "Listed", "Store", "open_store"]
