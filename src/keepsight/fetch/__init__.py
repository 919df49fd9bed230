"""Bytes from other servers: the one client through which every outbound request goes."""

from keepsight.fetch.caller import Answered, Caller
from keepsight.fetch.exchange import Limits
from keepsight.fetch.fetcher import Fetcher, OnProgress, Reply, Validators
from keepsight.fetch.teller import Teller

__all__ = ["Answered", "Caller", "Fetcher", "Limits", "OnProgress", "Reply", "Teller", "Validators"]
