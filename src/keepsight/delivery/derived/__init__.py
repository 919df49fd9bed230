"""Derived images: what one is, and the cache of them on disk."""

from keepsight.delivery.derived.cache import DerivedCache
from keepsight.delivery.derived.image import Content, Derived
from keepsight.delivery.derived.index import CacheStats
from keepsight.delivery.derived.packing import pack, unpack

__all__ = ["CacheStats", "Content", "Derived", "DerivedCache", "pack", "unpack"]
