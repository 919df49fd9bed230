"""Bytes from other servers: the one client through which every outbound request goes."""

from keepsight.fetch.fetcher import Fetcher, Limits, OnProgress

__all__ = ["Fetcher", "Limits", "OnProgress"]
