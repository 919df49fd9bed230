"""Which cloud is imported, and the credentials that open its Admin API."""

from __future__ import annotations

import base64
import hashlib
import re
import time
from dataclasses import dataclass, field
from urllib.parse import parse_qs, quote, unquote, urlencode, urlsplit

from keepsight.api.auth import string_to_sign
from keepsight.errors import ConfigurationError

VARIABLE = "CLOUDINARY_URL"
"""As the official SDKs read it."""
DEFAULT_PREFIX = "https://api.cloudinary.com"
_EXPECTED = "expected cloudinary://KEY:SECRET@CLOUD"
_CLOUD = re.compile(r"[A-Za-z0-9_-]{1,100}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Account:
    """One cloud. Its repr holds no secret."""

    cloud: str
    key: str
    secret: str = field(repr=False)
    prefix: str = DEFAULT_PREFIX
    """Scheme, host and port of its API, without a slash at the end."""
    named_prefix: bool = False
    """Whether whoever gave the command named that address, too: then it may be a private one."""

    def api_url(self, path: str, parameters: dict[str, str] | None = None) -> str:
        """The address of a call; `path` begins behind the name of the cloud, with its escapes."""
        query = f"?{urlencode(parameters)}" if parameters else ""
        return f"{self.prefix}/v1_1/{quote(self.cloud, safe='')}/{path}{query}"

    @property
    def authorization(self) -> dict[str, str]:
        """The header of the Admin API."""
        packed = base64.b64encode(f"{self.key}:{self.secret}".encode()).decode()
        return {"Authorization": f"Basic {packed}"}

    def signed_url(self, path: str, parameters: dict[str, str]) -> str:
        """The address of a download by the Upload API, signed now (SHA-1, as `private_download_url` of the SDKs)."""
        given = {name: value for name, value in parameters.items() if value} | {"timestamp": str(int(time.time()))}
        text = string_to_sign(tuple(given.items()), version=2) + self.secret
        signature = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()  # what the service expects
        return self.api_url(path, given | {"signature": signature, "api_key": self.key})


def read_account(url: str, prefix: str | None = None) -> Account:
    """The account behind `cloudinary://KEY:SECRET@CLOUD?upload_prefix=https://…`; `prefix` stands above the query.

    Raises ConfigurationError, which never holds the secret.
    """
    parts = urlsplit(url.strip())
    name = f"{VARIABLE} or the argument"
    if parts.scheme != "cloudinary":
        raise ConfigurationError((f"{name}: {_EXPECTED}",))
    userinfo, _, rest = parts.netloc.rpartition("@")
    key, colon, secret = userinfo.partition(":")
    cloud = unquote(rest)
    if not (key and colon and secret):
        raise ConfigurationError((f"{name}: {_EXPECTED}; the key or the secret is missing",))
    if not _CLOUD.fullmatch(cloud):
        raise ConfigurationError((f"{name}: {_EXPECTED}; {cloud[:40]!r} is no name of a cloud",))
    given = prefix or next(iter(parse_qs(parts.query).get("upload_prefix", ())), None)
    checked = DEFAULT_PREFIX if given is None else _checked_prefix(given)
    return Account(cloud, unquote(key), unquote(secret), checked, given is not None)


def _checked_prefix(prefix: str) -> str:
    parts = urlsplit(prefix.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query or parts.fragment:
        raise ConfigurationError(("--upload-prefix: expected an address such as https://api-eu.cloudinary.com",))
    return prefix.strip().rstrip("/")
