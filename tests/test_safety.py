"""What is unsafe is off, and is named once it is on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from keepsight.safety import unsafe
from keepsight.settings import Security, Settings

LONG = "a random text of 32 characters.."
OPENED: list[tuple[dict[str, Any], str]] = [
    ({"fetch": {"allowed_hosts": ["a.test", "*"]}}, "fetch.allowed_hosts"),
    ({"fetch": {"unsafe_origins": ["http://10.0.0.5:9000"]}}, "fetch.unsafe_origins"),
    ({"models": {"mirror": "http://mirror.test/"}}, "models.mirror"),
    ({"cdn": {"purge_url": "http://cdn.test/purge"}}, "cdn.purge_url"),
    ({"cloud": {"api_secret": "abcd"}}, "cloud.api_secret"),
    ({"cloud": {"api_secret": LONG, "previous_secrets": ["old"]}}, "cloud.previous_secrets"),
    ({"cloud": {"access_tokens": ["token"]}}, "cloud.access_tokens"),
    ({"security": {"auth_token_key": "00112233"}}, "security.auth_token_key"),
    ({"security": {"auth_token_key": "aa" * 32, "previous_token_keys": ["00"]}}, "security.auth_token_key"),
    ({"security": {"allow_unsigned": ["coco"]}}, "security.allow_unsigned"),
    ({"server": {"trusted_proxies": ["0.0.0.0/0"]}}, "server.trusted_proxies"),
    ({"server": {"trusted_proxies": ["::/0"]}}, "server.trusted_proxies"),
    ({"server": {"metrics": ["0.0.0.0/0"]}}, "server.metrics"),
    ({"server": {"host": "0.0.0.0"}, "cloud": {"api_secret": LONG}}, "server.public_url"),
    ({"storage": {"private": Path("private")}}, "cloud.api_secret"),
    ({"storage": {"originals": "s3://bucket/x?endpoint=http://minio:9000"}}, "storage.originals"),
]


def test_nothing_is_unsafe_by_default() -> None:
    assert not list(unsafe(Settings()))


def test_a_good_installation_hears_nothing() -> None:
    given = {
        "cloud": {"api_key": "key", "api_secret": LONG, "access_tokens": [LONG]},
        "server": {"host": "0.0.0.0", "public_url": "https://pictures.test", "trusted_proxies": ["10.1.2.0/24"]},
        "security": {"auth_token_key": "aa" * 32, "strict_transformations": True},
        "fetch": {"allowed_hosts": ["images.test", "*.example.test"]},
        "models": {"mirror": "https://mirror.test/"},
        "storage": {"originals": "s3://bucket/x?region=eu-central-1", "private": "private"},
    }
    assert not list(unsafe(Settings.model_validate(given)))


@pytest.mark.parametrize(("given", "setting"), OPENED)
def test_what_is_opened_is_named(given: dict[str, Any], setting: str) -> None:
    (found,) = unsafe(Settings.model_validate(given))
    assert found.setting == setting
    assert found.what
    assert found.mend


@pytest.mark.parametrize(("given", "setting"), OPENED)
def test_no_secret_is_told(given: dict[str, Any], setting: str) -> None:
    told = " ".join(f"{each} {each.mend}" for each in unsafe(Settings.model_validate(given)))
    for secret in ("abcd", "00112233", LONG):
        assert secret not in told


def test_every_setting_of_security_is_shut_by_default() -> None:
    """A new one has to be thought about here."""
    assert Security().model_dump() == {
        "allow_unsigned": (),
        "strict_transformations": False,
        "auth_token_key": None,
        "previous_token_keys": (),
    }
