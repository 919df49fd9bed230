"""Bytes from other servers: the one client through which every outbound request goes."""

from keepsight.fetch.exchange import Limits
from keepsight.fetch.fetcher import Fetcher, OnProgress, Reply, Validators

__all__ = ["Fetcher", "Limits", "OnProgress", "Reply", "Validators"]
