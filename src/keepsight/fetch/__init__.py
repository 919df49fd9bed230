"""Bytes from other servers: the one client through which every outbound request goes."""

from keepsight.fetch.exchange import Limits
from keepsight.fetch.fetcher import Fetcher, OnProgress, Reply, Validators
from keepsight.fetch.teller import Teller

__all__ = ["Fetcher", "Limits", "OnProgress", "Reply", "Teller", "Validators"]
