"""Where bytes are kept: a folder of the local disk, or object storage behind a URL."""

from keepsight.assets.store.opening import is_shared, open_store
from keepsight.assets.store.store import Digests, Listed, Store

__all__ = ["Digests", "Listed", "Store", "is_shared", "open_store"]
