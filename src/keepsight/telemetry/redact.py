"""Nothing that opens a door is written down: signatures, tokens, passwords and the configured secrets are left out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from urllib.parse import quote

_GONE = "***"
_SIG = r"(?:(?<![A-Za-z0-9])|(?<=%26)|(?<=%3[fF]))sig"
"""As Azure calls a signature: the whole name of a parameter, or `design` would be one."""
_EQUALS = r"(?:=|%3[dD]|:|%3[aA])"
_VALUE = r"(?:(?!%26|%3[bB])[^\s&;,\"'\\<>)}\]])+"
_PATTERNS = (
    # A signature in a delivery URL, percent-encoded or not.
    (("--", "%2d"), re.compile(r"(\bs(?:-|%2[dD]){2})[A-Za-z0-9_-]{8,64}?((?:-|%2[dD]){2})"), rf"\1{_GONE}\2"),
    # The one that a caller of the APIs gave, in the words that refuse it.
    (("signature ",), re.compile(r"(signature )[0-9a-f]{20,}", re.IGNORECASE), rf"\1{_GONE}"),
    # Whoever asks, in a header.
    (
        ("basic ", "bearer ", "digest "),
        re.compile(r"\b(basic|bearer|digest) +[A-Za-z0-9+/=._~-]{6,}", re.IGNORECASE),
        rf"\1 {_GONE}",
    ),
    # User and password in an address.
    (
        ("@", "%40"),
        re.compile(r"((?::|%3[aA])(?://|%2[fF]%2[fF]))(?:(?!%2[fF]|%3[fF])[^\s/?#@\"'\\])+(@|%40)"),
        rf"\1{_GONE}\2",
    ),
    # A parameter whose name says what it is: token, sig, signature, api_secret, X-Amz-Credential, password …
    (
        ("token", "sig", "secret", "passw", "credential", "authorization"),
        re.compile(
            rf"((?:token|signature|secrets?|password|passwd|credential|authorization|{_SIG})_*[\"']?\s?"
            rf"{_EQUALS}\s?[\"']?)(?!{re.escape(_GONE)}|basic\b|bearer\b|digest\b){_VALUE}",
            re.IGNORECASE,
        ),
        rf"\1{_GONE}",
    ),
)
"""What a text in lower case has where the pattern may be found, which is quickly looked for; the pattern; the rest."""
_SHORTEST = 6
"""A secret of fewer characters is no secret, and leaving it out would leave out half of every line."""


def redacted(text: str) -> str:
    """The text without what looks like a secret."""
    lower = text.lower()
    for hints, pattern, rest in _PATTERNS:
        if any(hint in lower for hint in hints):
            text = pattern.sub(rest, text)
    return text


class Redactor:
    """Leaves out what looks like a secret and the secrets themselves, as they are written in text, JSON and URLs."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        """`secrets` in plain text; those of fewer than six characters are left as they are."""
        words = {word for secret in secrets if len(secret) >= _SHORTEST for word in _spellings(secret)}
        ordered = sorted(words, key=len, reverse=True)  # a secret may begin as another one does
        self._secrets = re.compile("|".join(map(re.escape, ordered))) if ordered else None

    def __call__(self, text: str) -> str:
        """The text without them."""
        if self._secrets is not None:
            text = self._secrets.sub(_GONE, text)
        return redacted(text)


def _spellings(secret: str) -> tuple[str, ...]:
    return secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1], quote(secret, safe="")
