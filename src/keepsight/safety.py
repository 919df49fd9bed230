"""Which settings open doors that are shut by default: `keepsight doctor` and the log name them."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass

from keepsight.settings import Settings, is_loopback

_SHORT = 16
"""Characters of a secret, and bytes of a key of tokens, below which one signed URL is enough to find it by trying."""
_WIDE = {4: 8, 6: 32}
"""Bits of a network, by version, below which it is half of the internet rather than proxies of one's own."""


@dataclass(frozen=True, slots=True)
class Unsafe:
    """One setting that was turned on."""

    setting: str
    what: str
    """That it is unsafe, and to whom it gives what."""
    mend: str

    def __str__(self) -> str:
        return f"{self.setting}: {self.what}"


def unsafe(settings: Settings) -> Iterator[Unsafe]:
    """Every setting that makes the server less safe than it is by default."""
    yield from _fetching(settings)
    yield from _secrets(settings)
    yield from _surroundings(settings)


def _fetching(settings: Settings) -> Iterator[Unsafe]:
    fetch = settings.fetch
    if "*" in fetch.allowed_hosts:
        what = "* is unsafe: anybody's pictures appear under your address, at your cost"
        yield Unsafe("fetch.allowed_hosts", what, "Name the hosts whose pictures you show.")
    for origin in fetch.unsafe_origins:
        what = f"{origin} is unsafe: whoever asks for a picture has this server ask there"
        mend = "Fine for a trial or a server of nothing but pictures; else use HTTPS and a public host."
        yield Unsafe("fetch.unsafe_origins", what, mend)
    for name, address in (("models.mirror", settings.models.mirror), ("cdn.purge_url", settings.cdn.purge_url)):
        if address is not None and address.scheme == "http":
            what = f"{address} is unsafe: whoever is on the way reads and changes what is sent"
            yield Unsafe(name, what, "Use HTTPS.")


def _secrets(settings: Settings) -> Iterator[Unsafe]:
    cloud, security = settings.cloud, settings.security
    secrets = (("cloud.api_secret", cloud.secrets[:1]), ("cloud.previous_secrets", cloud.secrets[1:]))
    tokens = ("cloud.access_tokens", tuple(token.get_secret_value() for token in cloud.access_tokens))
    for name, values in (*secrets, tokens):
        if any(len(value) < _SHORT for value in values):
            what = f"under {_SHORT} characters is unsafe: it can be found by trying"
            yield Unsafe(name, what, "Take a random one: openssl rand -base64 24")
    if any(len(key) < 2 * _SHORT for key in security.token_keys):
        what = f"under {_SHORT} bytes is unsafe: it can be found by trying"
        yield Unsafe("security.auth_token_key", what, "Take a random one: openssl rand -hex 32")
    if security.allow_unsigned:
        what = f"{', '.join(security.allow_unsigned)}: anybody may have this server look for anything in any picture"
        yield Unsafe("security.allow_unsigned", what, "Sign such URLs, or make their images eagerly.")


def _surroundings(settings: Settings) -> Iterator[Unsafe]:
    server = settings.server
    wide = [text for text in server.trusted_proxies if _is_wide(text)]
    if wide:
        what = f"{', '.join(wide)} is unsafe: whoever asks from there says what address they have"
        yield Unsafe("server.trusted_proxies", what, "Name the addresses of your proxies.")
    everybody = next((text for text in server.metrics if ipaddress.ip_network(text).prefixlen == 0), None)
    if everybody is not None:
        what = f"{everybody} is unsafe: whoever reaches the port reads /metrics"
        mend = "Name the addresses of your Prometheus, or set server.metrics_token instead."
        yield Unsafe("server.metrics", what, mend)
    if settings.cloud.secrets and not is_loopback(server.host) and server.public_url is None:
        what = "not set, so that answers of the APIs name whatever host their callers say this is"
        yield Unsafe("server.public_url", what, "Set it to the address of your pictures.")
    if settings.development and any(settings.storage.folders.keys() - {"upload"}) and not settings.security.token_keys:
        protected = " and ".join(sorted(settings.storage.folders.keys() - {"upload"}))
        what = f"{protected} pictures are open to everybody here: nothing is configured that could open them"
        yield Unsafe("cloud.api_secret", what, "Set cloud.api_secret, or security.auth_token_key.")
    place = settings.storage.originals or ""
    if "://" in place and "http://" in place:
        yield Unsafe("storage.originals", "http:// is unsafe: whoever is on the way reads the originals", "Use HTTPS.")


def _is_wide(text: str) -> bool:
    network = ipaddress.ip_network(text)
    return network.prefixlen < _WIDE[network.version]
