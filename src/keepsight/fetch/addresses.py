"""Which addresses of the internet protocol a request may go to.

Python's own `is_global` changed its mind between patch releases, so the ranges are written down here, after the
registries of special-purpose addresses (RFC 6890 and its updates, as of 2025).
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from typing import Literal

Address = IPv4Address | IPv6Address
Kind = Literal["unspecified", "private", "shared", "loopback", "link-local", "multicast", "reserved", "embedding"]

EXCUSABLE: frozenset[Kind] = frozenset({"private", "shared", "loopback"})
"""Kinds that a server named by the administrator may have. The others are never servers, or give out secrets of the
machine (169.254.169.254)."""

_IPV6_INTERNET = IPv6Network("2000::/3")
"""The only part of IPv6 that is given out to networks; whatever lies outside is refused."""

_RANGES: tuple[tuple[Kind, tuple[str, ...]], ...] = (
    ("unspecified", ("0.0.0.0/8", "::/128")),
    ("private", ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "fec0::/10")),
    ("shared", ("100.64.0.0/10",)),  # between a provider and its customers (CGNAT)
    ("loopback", ("127.0.0.0/8", "::1/128")),
    ("link-local", ("169.254.0.0/16", "fe80::/10")),
    ("multicast", ("224.0.0.0/4", "ff00::/8")),
    # An IPv4 address in disguise: compatible, mapped, translated, NAT64 (two), Teredo, 6to4.
    (
        "embedding",
        ("::/96", "::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "2001::/32", "2002::/16"),
    ),
    (
        "reserved",
        (
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.88.99.0/24",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "240.0.0.0/4",
            "168.63.129.16/32",  # gives machines on Azure their configuration
            "2001::/23",
            "2001:db8::/32",
            "3fff::/20",
        ),
    ),
)
_NETWORKS: tuple[tuple[Kind, IPv4Network | IPv6Network], ...] = tuple(
    (kind, ip_network(text)) for kind, texts in _RANGES for text in texts
)


def kind_of(address: Address) -> Kind | None:
    """What keeps `address` from being a server on the internet; None when nothing does."""
    kind = next((kind for kind, network in _NETWORKS if address in network), None)
    if kind is None and isinstance(address, IPv6Address) and address not in _IPV6_INTERNET:
        return "reserved"
    return kind
