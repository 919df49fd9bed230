from __future__ import annotations

from ipaddress import ip_address

import pytest

from keepsight.fetch.addresses import EXCUSABLE, kind_of

TABLE = [
    ("0.0.0.0", "unspecified"),
    ("0.1.2.3", "unspecified"),
    ("::", "unspecified"),
    ("10.0.0.1", "private"),
    ("172.16.0.1", "private"),
    ("172.31.255.255", "private"),
    ("192.168.1.1", "private"),
    ("fc00::1", "private"),
    ("fd12:3456::1", "private"),
    ("fec0::1", "private"),
    ("100.64.0.1", "shared"),
    ("100.100.100.200", "shared"),
    ("100.127.255.255", "shared"),
    ("127.0.0.1", "loopback"),
    ("127.255.255.254", "loopback"),
    ("::1", "loopback"),
    ("169.254.169.254", "link-local"),
    ("fe80::1", "link-local"),
    ("fe80::1%eth0", "link-local"),
    ("224.0.0.1", "multicast"),
    ("239.255.255.250", "multicast"),
    ("ff02::1", "multicast"),
    ("::ffff:127.0.0.1", "embedding"),
    ("::ffff:8.8.8.8", "embedding"),
    ("::ffff:0:7f00:1", "embedding"),
    ("::7f00:1", "embedding"),
    ("2002:7f00:1::", "embedding"),
    ("64:ff9b::a9fe:a9fe", "embedding"),
    ("64:ff9b:1::a00:1", "embedding"),
    ("2001:0:4136:e378:8000:63bf:3fff:fdd2", "embedding"),
    ("192.0.0.192", "reserved"),
    ("192.0.2.1", "reserved"),
    ("192.88.99.1", "reserved"),
    ("198.18.0.1", "reserved"),
    ("198.19.255.255", "reserved"),
    ("198.51.100.1", "reserved"),
    ("203.0.113.1", "reserved"),
    ("240.0.0.1", "reserved"),
    ("255.255.255.255", "reserved"),
    ("168.63.129.16", "reserved"),
    ("100::1", "reserved"),
    ("2001:db8::1", "reserved"),
    ("2001:20::1", "reserved"),
    ("3fff::1", "reserved"),
    ("5f00::1", "reserved"),
    ("4000::1", "reserved"),
    ("fd00:ec2::254", "private"),
]


@pytest.mark.parametrize(("text", "kind"), TABLE)
def test_what_is_no_server_on_the_internet(text: str, kind: str) -> None:
    assert kind_of(ip_address(text)) == kind


@pytest.mark.parametrize(
    "text",
    ["8.8.8.8", "1.1.1.1", "172.15.0.1", "172.32.0.1", "100.63.0.1", "100.128.0.1", "2606:4700::1111", "2a00:1450::1"],
)
def test_the_internet(text: str) -> None:
    assert kind_of(ip_address(text)) is None


def test_nothing_that_python_calls_private_passes() -> None:
    for text, _ in TABLE:
        assert kind_of(ip_address(text)) is not None
    assert not EXCUSABLE & {"link-local", "multicast", "unspecified", "embedding", "reserved"}
