"""Types of settings: what the environment and a TOML file may write, checked."""

from __future__ import annotations

import ipaddress
import json
import os
import re
import string
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, ByteSize, SecretStr, StringConstraints
from pydantic_settings import NoDecode

CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
"""Those that this process may use: a container or `taskset` may have given it a part of them."""


def _listed(value: Any) -> Any:
    """A list written in the environment: JSON, or separated by commas."""
    if not isinstance(value, str):
        return value
    return json.loads(value) if value.lstrip().startswith("[") else [v.strip() for v in value.split(",") if v.strip()]


def byte_size(text: str) -> ByteSize:
    """Such as `50MiB`."""
    return ByteSize._validate(text, None)  # type: ignore[arg-type]  # the validator ignores its second argument


def _hexadecimal(secret: SecretStr) -> SecretStr:
    text = secret.get_secret_value()
    if len(text) < 2 or len(text) % 2 or not all(c in string.hexdigits for c in text):
        raise ValueError("expected hexadecimal digits, two a byte")
    return secret


def _fitting(pattern: str, expected: str) -> AfterValidator:
    """Every word of a list matches."""

    def check(words: tuple[str, ...]) -> tuple[str, ...]:
        if wrong := next((w for w in words if not re.fullmatch(pattern, w, re.ASCII)), None):
            raise ValueError(f"{wrong}: expected {expected}")
        return words

    return AfterValidator(check)


def _networks(words: tuple[str, ...]) -> tuple[str, ...]:
    for word in words:
        ipaddress.ip_network(word)
    return words


HexKey = Annotated[SecretStr, AfterValidator(_hexadecimal)]
Words = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_listed)]
Secrets = Annotated[tuple[SecretStr, ...], NoDecode, BeforeValidator(_listed)]
HexKeys = Annotated[tuple[HexKey, ...], NoDecode, BeforeValidator(_listed)]
Proxies = Annotated[Words, AfterValidator(_networks)]
Hosts = Annotated[
    Words, _fitting(r"\*|(\*\.)?[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?", "a host such as *.example.com")
]
Origins = Annotated[Words, _fitting(r"https?://[^/?#@\s]+", "scheme, host and port, such as http://10.0.0.5:9000")]
Paths = Annotated[tuple[Path, ...], NoDecode, BeforeValidator(_listed)]
Transformations = dict[
    Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]([A-Za-z0-9_ -]{0,98}[A-Za-z0-9_-])?$")],
    Annotated[str, StringConstraints(min_length=1, max_length=4_000)],
]
"""Name to transformation, for `t_<name>`; as it stands in URLs, percent-escapes undone."""
